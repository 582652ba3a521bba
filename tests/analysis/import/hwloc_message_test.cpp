// Goal: what the child sends is facts, whole, or refused: libhwloc may have been led astray.
#include <doctest/doctest.h>

#include "analysis/import/hwloc.hpp"
#include "tests/analysis/import/small_found.hpp"
#include "tests/support/reading.hpp"

using namespace pcpsim;
using test::by_cpu;

namespace {

const std::string message = R"(processor A B C
architecture ppc64le
left_out 3
page_size 65536
node 0 1073741824
node 8 0
cache_size 1048576
cpu 0 0 10 20 30
cpu 9 8 - - -
distances 10 40 40 10
end
)";

std::string complaint(const std::string& from, const std::string& to) {
    return test::complaint([&] { machine_of_message("f", replaced(message, from, to)); });
}

}  // namespace

TEST_SUITE("analysis/import/hwloc_message") {
    TEST_CASE("every fact arrives") {
        const FoundMachine found = machine_of_message("f", message);
        CHECK(found.processor == "A B C");
        CHECK(found.architecture == "ppc64le");
        CHECK(found.left_out == 3);
        CHECK(*found.page_size == 64_KiB);
        CHECK(*found.cache_size == 1_MiB);
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 9:8");
        CHECK(by_cpu(found, &FoundCpu::core) == "0:10 9:-");
        CHECK(by_cpu(found, &FoundCpu::cache) == "0:20 9:-");
        CHECK(by_cpu(found, &FoundCpu::socket) == "0:30 9:-");
        CHECK(found.distances == std::vector{10, 40, 40, 10});
    }
    TEST_CASE("every beginning of a message but the whole is refused") {
        for (std::size_t size = 0; size + 4 < message.size(); ++size)
            CHECK_THROWS(machine_of_message("f", message.substr(0, size)));
        CHECK(complaint("end\n", "") == "f: libhwloc stopped in the middle of its answer");
    }
    TEST_CASE("numbers beyond what a machine has are refused by name") {
        CHECK(complaint("cpu 9", "cpu 8192") == "f: expected CPU numbers below 8192, got 8192");
        CHECK(complaint("node 8", "node 1024") == "f: expected node numbers below 1024, got 1024");
        CHECK(complaint("10 40 40 10", "10 40 40") ==
              "f: expected 4 distances between 2 nodes, got 3");
        CHECK(complaint("page_size 65536", "page_size -1") ==
              "f: expected facts of libhwloc, got page_size -1");
        CHECK(complaint("left_out 3", "left 3") == "f: expected facts of libhwloc, got left 3");
        CHECK(complaint("cpu 9 8", "cpu 9 7") ==
              "f: expected a node for each CPU that is online, got none for cpu9");
    }
}
