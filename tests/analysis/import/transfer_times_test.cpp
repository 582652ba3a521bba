// Goal: a machine with the times of another has its transfers. Method: known files, and the sums of
// their links.
#include "analysis/import/transfer_times.hpp"

#include <doctest/doctest.h>

#include "analysis/import/machine_class.hpp"

using namespace pcpsim;

TEST_SUITE("analysis/import/transfer_times") {
    TEST_CASE("the links of a machine with every level come back") {
        const TransferTimes times = transfer_times(class_named("epyc-7742-2s").machine);
        CHECK(times.same_core == 8_ns);
        CHECK(times.same_cache == 25_ns);
        CHECK(times.cache_to_node == 94_ns);
        CHECK(times.node_to_socket == 9_ns);
        CHECK(times.socket_to_socket == 60_ns);
    }
    TEST_CASE("levels that a machine lacks follow from the ones it has") {
        const TransferTimes times = transfer_times(class_named("guest-4cpu").machine);
        CHECK(times.same_cache == 50_ns);
        CHECK(times.same_core == 50_ns / 3);
        CHECK(times.cache_to_node == 25_ns);
        CHECK(times.node_to_socket == 1_ps);
        CHECK(times.socket_to_socket == 50_ns);
    }
}
