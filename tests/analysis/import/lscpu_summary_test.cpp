#include "analysis/import/lscpu_summary.hpp"

#include <doctest/doctest.h>

#include "analysis/import/lscpu.hpp"
#include "tests/analysis/import/small_found.hpp"
#include "tests/support/reading.hpp"

using namespace pcpsim;
using test::by_cpu;

namespace {

const std::string text = R"(Architecture:           x86_64
CPU(s):                 9
  On-line CPU(s) list:  0-7
  Off-line CPU(s) list: 8
Model name:             AMD EPYC 7543 32-Core Processor
Thread(s) per core:     2
Socket(s):              2
Flags:                  fpu vme
                        wrapped
L2 cache:               2 MiB (4 instances)
L3:                     1.5 MiB (2 instances)
NUMA node0 CPU(s):      0,1,4,5
NUMA node8 CPU(s):      2-3,6-7
NUMA node252 CPU(s):    
)";

FoundMachine changed(const std::string& from, const std::string& to) {
    return read_lscpu_summary("l", replaced(text, from, to));
}
std::string complaint(const std::string& from, const std::string& to) {
    return test::complaint([&] { changed(from, to); });
}

}  // namespace

TEST_SUITE("analysis/import/lscpu_summary") {
    TEST_CASE("nodes are as printed; cores, sockets and caches are guessed from their counts") {
        const FoundMachine found = read_lscpu_summary("l", text);
        CHECK(found.processor == "AMD EPYC 7543 32-Core Processor");
        CHECK(found.architecture == "x86_64");
        CHECK(found.left_out == 1);
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0 2:8 3:8 4:0 5:0 6:8 7:8");
        CHECK(found.nodes.back().node == 252);
        CHECK(by_cpu(found, &FoundCpu::core) == "0:0 1:1 2:2 3:3 4:0 5:1 6:2 7:3");
        CHECK(by_cpu(found, &FoundCpu::socket) == "0:0 1:0 2:1 3:1 4:0 5:0 6:1 7:1");
        CHECK(by_cpu(found, &FoundCpu::cache) == by_cpu(found, &FoundCpu::socket));
        CHECK(*found.cache_size == 768_KiB);
        CHECK(!found.remarks.empty());
    }
    TEST_CASE("older versions tell the size of one cache, and not how many there are") {
        const FoundMachine found = changed("1.5 MiB (2 instances)", "32768K");
        CHECK(*found.cache_size == 32_MiB);
        CHECK(!found.cpus.front().cache);
        CHECK(!changed("1.5 MiB (2 instances)", "much").cache_size);
        CHECK(!changed("1.5 MiB (2 instances)", "9999999999 MiB").cache_size);
        CHECK(*changed("1.5 MiB (2 instances)", "512 B").cache_size == Bytes{512});
    }
    TEST_CASE("JSON says the same, in groups or not") {
        const FoundMachine found = read_lscpu_json("l", R"({"lscpu": [
            {"field": "Architecture:", "data": "ppc64le", "children": [
                {"field": "On-line CPU(s) list:", "data": "0-7"}]},
            {"field": "Thread(s) per core:", "data": "4"},
            {"field": "NUMA node252 CPU(s):", "data": null},
            {"field": "NUMA node0 CPU(s):", "data": "0-7"}]})");
        CHECK(by_cpu(found, &FoundCpu::core) == "0:0 1:0 2:0 3:0 4:4 5:4 6:4 7:4");
        CHECK(found.nodes.size() == 2);
    }
    TEST_CASE("a kernel without NUMA names no node: all CPUs are on one") {
        const FoundMachine found =
            read_lscpu_summary("l", "Architecture: x86_64\nOn-line CPU(s) list: 0-1\n");
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0");
    }
    TEST_CASE("what lscpu does not print is refused") {
        CHECK(complaint("0-7", "0-x") ==
              "l: expected a list of CPUs below 8192 in \"On-line CPU(s) list\", got 0-x");
        CHECK(complaint("node8", "node1024") == "l: expected a node number below 1024, got 1024");
        CHECK(complaint("2-3,6-7", "2-3,6") ==
              "l: expected a node for each CPU that is online, got none for cpu7");
        CHECK(test::complaint([] { read_lscpu_summary("l", "Architecture: x86_64\n"); }) ==
              "l: expected at least one CPU that is online, got none");
    }
}
