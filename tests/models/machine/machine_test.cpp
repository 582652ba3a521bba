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
    TEST_CASE("a second has HZ jiffies") {
        const Machine machine = tiny_machine();
        CHECK(machine.jiffy() * machine.kernel.hz == 1_s);
    }
}
