// Goal: whoever shares a domain queues for it. Method: bookings at chosen times.
#include "models/kernel/memory_bandwidth.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

TEST_SUITE("models/kernel/memory_bandwidth") {
    TEST_CASE("bookings are served first come first served, each ahead makes one longer") {
        const Machine machine = tiny_machine();
        MemoryBandwidth bandwidth{machine};
        const Duration page = machine.costs.memory_service_per_page;
        const auto behind = [&](std::int64_t ahead) {
            const std::int64_t ppm =
                1'000'000 + ahead * machine.costs.memory_service_per_waiter_ppm;
            return scale_up(page * 10, {ppm, 1'000'000});
        };
        Time done{5_us};
        for (std::int64_t ahead = 0; ahead < 5; ++ahead) {
            done += behind(ahead);
            CHECK(bandwidth.book(Time{5_us}, NodeId{0}, 10_pages) == done);
        }
        CHECK(bandwidth.busy(DomainId{0}) == done - Time{5_us});
        CHECK(bandwidth.book(done, NodeId{0}, 10_pages) == done + 10 * page);
    }
    TEST_CASE("nodes of one domain share it, those of another do not") {
        RegularShape shape = tiny_shape;
        shape.nodes_per_socket = 2;
        Machine machine = tiny_machine(shape);
        for (const MemoryDomain domain : {MemoryDomain::socket, MemoryDomain::node}) {
            machine.memory_domain = domain;
            MemoryBandwidth bandwidth{machine};
            const Duration page = machine.costs.memory_service_per_page;
            CHECK(bandwidth.book(Time{}, NodeId{0}, 1_pages) == Time{page});
            CHECK((bandwidth.book(Time{}, NodeId{1}, 1_pages) == Time{page}) ==
                  (domain == MemoryDomain::node));
            CHECK(bandwidth.book(Time{}, NodeId{2}, 1_pages) == Time{page});
        }
    }
}
