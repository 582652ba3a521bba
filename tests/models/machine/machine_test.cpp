// Goal: a machine contends for memory and counts time by its rules.
#include "models/machine/machine.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

TEST_SUITE("models/machine/machine") {
    TEST_CASE("memory is contended for per socket or per node") {
        RegularShape shape = tiny_shape;
        shape.nodes_per_socket = 2;
        Machine machine = tiny_machine(shape);
        machine.memory_domain = MemoryDomain::socket;
        CHECK(machine.domains() == 2);
        CHECK(machine.domain_of(NodeId{3}) == DomainId{1});
        machine.memory_domain = MemoryDomain::node;
        CHECK(machine.domains() == 4);
        CHECK(machine.domain_of(NodeId{3}) == DomainId{3});
    }
    TEST_CASE("a write interrupts neighbours of one socket, sibling threads side by side") {
        RegularShape shape = tiny_shape;  // 2 sockets, 4 cores each, 2 behind a cache
        shape.threads_per_core = 2;       // CPUs 0-7 are first threads, 8-15 second ones
        Machine machine = tiny_machine(shape);
        const auto clusters = [&](std::uint32_t cluster) {
            machine.ipi_reach.cluster = cluster;
            std::string text;
            for (const CpuSet& cpus : machine.ipi_clusters()) text += to_string(cpus) + ' ';
            return text;
        };
        CHECK(clusters(1) == "0 8 1 9 2 10 3 11 4 12 5 13 6 14 7 15 ");
        CHECK(clusters(4) == "0-1,8-9 2-3,10-11 4-5,12-13 6-7,14-15 ");
        CHECK(clusters(6) == "0-2,8-10 3,11 4-6,12-14 7,15 ");
        CHECK(clusters(16) == "0-3,8-11 4-7,12-15 ");
    }
    TEST_CASE("a second has HZ jiffies") {
        const Machine machine = tiny_machine();
        CHECK(machine.jiffy() * machine.kernel.hz == 1_s);
    }
}
