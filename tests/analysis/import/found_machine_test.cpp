#include "analysis/import/found_machine.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/import/small_found.hpp"

using namespace pcpsim;
using test::small_found;

namespace {
std::string complaint(FoundMachine found) {
    return test::complaint([&] { make_consistent("f", found); });
}
}  // namespace

TEST_SUITE("analysis/import/found_machine") {
    TEST_CASE("CPUs and nodes are sorted, and distances go with their nodes") {
        FoundMachine found = small_found();
        std::swap(found.cpus[0], found.cpus[7]);
        found.nodes = {{8, 3_GiB}, {0, 1_GiB}, {4, 2_GiB}};
        found.distances = {10, 11, 12,   // from 8 to 8, 0, 4
                           13, 10, 14,   // from 0
                           15, 16, 10};  // from 4
        make_consistent("f", found);
        CHECK(found.cpus.front().cpu == 0);
        CHECK(found.nodes.front().node == 0);
        CHECK(*found.nodes.back().memory == 3_GiB);
        CHECK(found.distances == std::vector{10, 14, 13, 16, 10, 15, 11, 12, 10});
    }
    TEST_CASE("a machine without nodes is one node") {
        FoundMachine found{.tool = "t"};
        found.cpus.push_back({.cpu = 3});
        make_consistent("f", found);
        CHECK(found.nodes.size() == 1);
        CHECK(found.cpus.front().node == 0);
    }
    TEST_CASE("what cannot be a machine is refused") {
        CHECK(complaint(small_found()).empty());
        CHECK(complaint({.tool = "t"}) == "f: expected at least one CPU that is online, got none");
        FoundMachine found = small_found();
        found.cpus[1].cpu = 0;
        CHECK(complaint(found) == "f: expected each CPU once, got cpu0 again");
        found = small_found();
        found.nodes[1].node = 0;
        CHECK(complaint(found) == "f: expected each node once, got node0 again");
        found = small_found();
        found.cpus[2].node.reset();
        CHECK(complaint(found) ==
              "f: expected a node for each CPU that is online, got none for cpu2");
        found = small_found();
        found.cpus[2].node = 1;
        CHECK(complaint(found) ==
              "f: expected a node for each CPU that is online, got none for cpu2");
        for (auto member : {&FoundCpu::cache, &FoundCpu::socket}) {
            found = small_found();
            found.cpus[3].*member = 9;
            CHECK(complaint(found) ==
                  "f: expected the threads of a core on one node, in one socket and behind one "
                  "cache, got cpu2 and cpu3");
        }
    }
}
