// Goal: a machine cuts its memory into zones and domains by its rules.
#include "models/machine/machine.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

namespace {

std::string text(const std::vector<ZoneSpan>& zones) {
    std::string all;
    for (const ZoneSpan& zone : zones)
        all +=
            to_string(zone.type) + " " + to_string(zone.start) + "+" + to_string(zone.size) + " ";
    return all;
}

}  // namespace

TEST_SUITE("models/machine/machine") {
    TEST_CASE("x86 puts DMA and DMA32 where the low addresses are") {
        RegularShape shape = tiny_shape;
        shape.memory_per_node = 8_GiB;
        Machine machine = tiny_machine(shape);
        machine.kernel.zones = ZoneRule::x86;
        CHECK(text(machine.zones_of(NodeId{0})) ==
              "DMA 0B+16MiB DMA32 16MiB+4080MiB Normal 4GiB+4GiB ");
        CHECK(text(machine.zones_of(NodeId{1})) == "Normal 8GiB+8GiB ");
    }
    TEST_CASE("x86 gives a second node DMA32 memory if the first one ends below 4 GiB") {
        RegularShape shape = tiny_shape;
        shape.memory_per_node = 3_GiB;
        Machine machine = tiny_machine(shape);
        machine.kernel.zones = ZoneRule::x86;
        CHECK(text(machine.zones_of(NodeId{1})) == "DMA32 3GiB+1GiB Normal 4GiB+2GiB ");
    }
    TEST_CASE("the single rule makes one zone per node") {
        CHECK(text(tiny_machine().zones_of(NodeId{1})) == "Normal 64MiB+64MiB ");
    }
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
    TEST_CASE("a second has HZ jiffies") {
        const Machine machine = tiny_machine();
        CHECK(machine.jiffy() * machine.kernel.hz == 1_s);
    }
}
