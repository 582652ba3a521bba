// Goal: a transfer costs the shortest path between the caches.
// Method: the tiny machine, whose distances can be added up by hand.
#include "models/machine/interconnect.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

TEST_SUITE("models/machine/interconnect") {
    TEST_CASE("each level of sharing has its own cost") {
        RegularShape shape = tiny_shape;
        shape.nodes_per_socket = 2;
        shape.threads_per_core = 2;
        const Machine machine = tiny_machine(shape);
        const Interconnect& interconnect = machine.interconnect;
        const CpuId from{0};
        CHECK(interconnect.transfer(from, from) == 0_ns);
        CHECK(interconnect.transfer(from, CpuId{16}) == 8_ns);                // its sibling
        CHECK(interconnect.transfer(from, CpuId{1}) == 20_ns);                // same cache
        CHECK(interconnect.transfer(from, CpuId{17}) == 20_ns);               // its sibling
        CHECK(interconnect.transfer(from, CpuId{2}) == 2 * 30_ns);            // same node
        CHECK(interconnect.transfer(from, CpuId{4}) == 2 * (30_ns + 20_ns));  // same socket
        CHECK(interconnect.transfer(from, CpuId{8}) == 2 * (30_ns + 20_ns) + 100_ns);
    }
    TEST_CASE("a transfer costs the same in both directions, and no detour is shorter") {
        const Machine machine = tiny_machine();
        const Interconnect& line = machine.interconnect;
        for (const CpuId a : machine.topology.possible())
            for (const CpuId b : machine.topology.possible()) {
                CHECK(line.transfer(a, b) == line.transfer(b, a));
                for (const CpuId via : machine.topology.possible())
                    CHECK(line.transfer(a, b) <= line.transfer(a, via) + line.transfer(via, b));
            }
    }
    TEST_CASE("of two paths the shorter one counts") {
        const Topology topology{tiny_shape};
        using Level = Vertex::Level;
        const Vertex cache0{Level::cache, 0};
        const Vertex cache1{Level::cache, 1};
        const Vertex node0{Level::node, 0};
        const Interconnect line{
            topology,
            1_ns,
            2_ns,
            {{cache0, node0, 30_ns}, {cache1, node0, 30_ns}, {cache0, cache1, 59_ns}}};
        CHECK(line.transfer(CpuId{0}, CpuId{2}) == 59_ns);
    }
    TEST_CASE("caches without a path are named") {
        const Topology topology{tiny_shape};
        const Interconnect none{topology, 1_ns, 2_ns, {}};
        CHECK(none.unconnected() == std::pair{CacheId{0}, CacheId{1}});
        CHECK(tiny_machine().interconnect.unconnected() == std::nullopt);
    }
}
