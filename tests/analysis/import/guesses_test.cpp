#include "analysis/import/guesses.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/import/small_found.hpp"

using namespace pcpsim;
using test::by_cpu;

namespace {

/// CPUs 0, 1, ... of which `node_of` says the node.
template <class NodeOf>
FoundMachine machine(std::uint32_t cpus, NodeOf node_of) {
    FoundMachine found{.tool = "a test"};
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        found.cpus.emplace_back().cpu = cpu;
        found.cpus.back().node = node_of(cpu);
    }
    return found;
}
FoundMachine one_node() {
    return machine(8, [](std::uint32_t) { return 0U; });
}

std::string cores(FoundMachine found, std::optional<std::uint64_t> threads) {
    guess_cores(found, threads);
    return by_cpu(found, &FoundCpu::core);
}

}  // namespace

TEST_SUITE("analysis/import/guesses") {
    TEST_CASE("x86 numbers the first threads of a node's cores first") {
        CHECK(cores(one_node(), 2) == "0:0 1:1 2:2 3:3 4:0 5:1 6:2 7:3");
        CHECK(cores(one_node(), 4) == "0:0 1:1 2:0 3:1 4:0 5:1 6:0 7:1");
        const FoundMachine odd_and_even = machine(8, [](std::uint32_t cpu) { return cpu % 2; });
        CHECK(cores(odd_and_even, 2) == "0:0 1:1 2:2 3:3 4:0 5:1 6:2 7:3");
    }
    TEST_CASE("elsewhere the threads of a core follow each other") {
        FoundMachine found = one_node();
        found.architecture = "ppc64le";
        CHECK(cores(found, 4) == "0:0 1:0 2:0 3:0 4:4 5:4 6:4 7:4");
        guess_cores(found, 4);
        CHECK(found.remarks.back() == "each 4 CPUs in a row are assumed to be a core");
    }
    TEST_CASE("unsaid, two threads show by a gap in the numbers of each node") {
        const auto half = [](std::uint32_t cpu) { return cpu / 2 % 2; };
        CHECK(cores(machine(8, half), {}) == "0:0 1:1 2:2 3:3 4:0 5:1 6:2 7:3");
        CHECK(cores(one_node(), {}) == "0:- 1:- 2:- 3:- 4:- 5:- 6:- 7:-");
    }
    TEST_CASE("threads that do not divide the CPUs of a node are none") {
        for (const std::uint64_t threads : {0U, 1U, 3U, 16U})
            CHECK(cores(one_node(), threads) == "0:- 1:- 2:- 3:- 4:- 5:- 6:- 7:-");
    }
    TEST_CASE("sockets have as many nodes each, or are one") {
        FoundMachine found = machine(4, [](std::uint32_t cpu) { return cpu * 3; });
        guess_sockets(found, 2);
        CHECK(by_cpu(found, &FoundCpu::socket) == "0:0 1:0 2:1 3:1");
        found = machine(3, [](std::uint32_t cpu) { return cpu; });
        guess_sockets(found, 2);
        CHECK(by_cpu(found, &FoundCpu::socket) == "0:- 1:- 2:-");
        CHECK(found.remarks.back() == "all CPUs are of one socket here, of 2 there");
    }
    TEST_CASE("nodes nearer than 20 share a socket") {
        FoundMachine found = machine(3, [](std::uint32_t cpu) { return cpu; });
        found.nodes = {{0, {}}, {1, {}}, {2, {}}};
        found.distances = {10, 20, 12, 20, 10, 20, 12, 20, 10};
        guess_sockets_by_distance(found);
        CHECK(by_cpu(found, &FoundCpu::socket) == "0:0 1:1 2:0");
    }
    TEST_CASE("caches have as many cores each, or are not known") {
        const auto caches = [](std::uint64_t count) {
            FoundMachine found = one_node();
            guess_cores(found, 2);
            guess_caches(found, count);
            return by_cpu(found, &FoundCpu::cache);
        };
        CHECK(caches(2) == "0:0 1:0 2:1 3:1 4:0 5:0 6:1 7:1");
        CHECK(caches(4) == "0:0 1:1 2:2 3:3 4:0 5:1 6:2 7:3");
        CHECK(caches(3) == "0:- 1:- 2:- 3:- 4:- 5:- 6:- 7:-");
        CHECK(caches(0) == caches(3));
    }
}
