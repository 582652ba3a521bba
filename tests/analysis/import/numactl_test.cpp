#include "analysis/import/numactl.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/import/small_found.hpp"
#include "tests/support/reading.hpp"

using namespace pcpsim;
using test::by_cpu;

namespace {

// An 8-CPU machine with second threads 4-7, a node without memory, and one without CPUs.
const std::string text = R"(available: 3 nodes (0,8,252)
node 0 cpus: 0 1 4 5
node 0 size: 1024 MB
node 0 free: 12 MB
node 8 cpus: 2-3,6-7
node 8 size: 0 MB
node 8 free: 0 MB
node 252 cpus:
node 252 size: 16384 MB
node 252 free: 16383 MB
node distances:
node   0   8  252
  0:  10  12  80
  8:  12  10  80
 252:  80  80  10
)";

std::string complaint(const std::string& from, const std::string& to) {
    return test::complaint([&] { read_numactl("n", replaced(text, from, to)); });
}

}  // namespace

TEST_SUITE("analysis/import/numactl") {
    TEST_CASE("nodes, CPUs, memory and distances are those printed") {
        const FoundMachine found = read_numactl("n", text);
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0 2:8 3:8 4:0 5:0 6:8 7:8");
        REQUIRE(found.nodes.size() == 3);
        CHECK(*found.nodes[0].memory == 1_GiB);
        CHECK(*found.nodes[1].memory == Bytes{0});
        CHECK(found.nodes[2].node == 252);
        CHECK(*found.nodes[2].memory == 16_GiB);
        CHECK(found.distances == std::vector{10, 12, 80, 12, 10, 80, 80, 80, 10});
    }
    TEST_CASE("two runs of the same length on each node are first and second threads") {
        CHECK(by_cpu(read_numactl("n", text), &FoundCpu::core) ==
              "0:0 1:1 2:2 3:3 4:0 5:1 6:2 7:3");
        const std::string odd = replaced(text, "0 1 4 5", "0 1 4 5 8");
        CHECK(by_cpu(read_numactl("n", odd), &FoundCpu::core) ==
              "0:- 1:- 2:- 3:- 4:- 5:- 6:- 7:- 8:-");
        const std::string interleaved =
            replaced(replaced(text, "0 1 4 5", "0 2 4 6"), "2-3,6-7", "1 3 5 7");
        CHECK(by_cpu(read_numactl("n", interleaved), &FoundCpu::core) ==
              "0:- 1:- 2:- 3:- 4:- 5:- 6:- 7:-");
    }
    TEST_CASE("nodes nearer than 20 share a socket") {
        CHECK(by_cpu(read_numactl("n", text), &FoundCpu::socket) ==
              "0:0 1:0 2:0 3:0 4:0 5:0 6:0 7:0");
        const std::string far =
            replaced(replaced(text, "10  12  80", "10  20  80"), "12  10  80", "20  10  80");
        CHECK(by_cpu(read_numactl("n", far), &FoundCpu::socket) ==
              "0:0 1:0 2:8 3:8 4:0 5:0 6:8 7:8");
    }
    TEST_CASE("a host without NUMA says nothing of distances") {
        const FoundMachine found =
            read_numactl("n",
                         "available: 1 nodes (0)\nnode 0 cpus: 0\nnode 0 size: 9 MB\nNo distance "
                         "information available.\n");
        CHECK(found.distances.empty());
        CHECK(found.nodes.size() == 1);
    }
    TEST_CASE("a node whose size is not available has none, and the source says so") {
        const FoundMachine found =
            read_numactl("n", replaced(text, "node 8 size: 0 MB", "node 8 size: <not available>"));
        CHECK(!found.nodes[1].memory);
        CHECK(found.remarks.front() == "no memory on node 8, whose size is not said");
    }
    TEST_CASE("what numactl does not print is refused, with its line") {
        CHECK(complaint("0 1 4 5", "0 x") ==
              "n:2:1: expected CPU numbers below 8192, got node 0 cpus: 0 x");
        CHECK(complaint("2-3,6-7", "0-999999999") ==
              "n:5:1: expected CPU numbers below 8192, got node 8 cpus: 0-999999999");
        CHECK(complaint("2-3,6-7", "1 2") == "n:5:1: expected each CPU once, got node 8 cpus: 1 2");
        CHECK(complaint("node 0 size: 1024 MB", "node 0 size: lots") ==
              "n:3:1: expected a size such as 64215 MB, got node 0 size: lots");
        CHECK(complaint("1024 MB", "1024 GB") ==
              "n:3:1: expected a size such as 64215 MB, got node 0 size: 1024 GB");
        CHECK(complaint("node 252 cpus", "node 1024 cpus") ==
              "n:8:1: expected a node number below 1024, got 1024");
        CHECK(complaint("  80  80  10", "  80  80") ==
              "n:15:1: expected 3 distances, one per node, got  252:  80  80");
        CHECK(complaint("10  12", "10  256") ==
              "n:13:1: expected distances below 256, got   0:  10  256  80");
        CHECK(complaint(" 252:  80  80  10\n", "") ==
              "n: expected a distance from node 252 to node 0, got none");
        CHECK(complaint("node 0 free: 12 MB", "\xff\x01") ==
              "n:4:1: expected a line of numactl --hardware, got \\xFF\\x01");
        CHECK(test::complaint([] { read_numactl("n", "available: 0 nodes ()\n"); }) ==
              "n:1:1: expected nodes with their CPUs, got none");
    }
}
