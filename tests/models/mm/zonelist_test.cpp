// Goal: allocations fall back to the nearest node, and not all to the same one. Method: orders
// worked out by hand from distances.
#include "models/mm/zonelist.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

namespace {

std::vector<std::vector<std::uint32_t>> numbers(const std::vector<std::vector<NodeId>>& orders) {
    std::vector<std::vector<std::uint32_t>> result;
    for (const auto& order : orders) {
        result.emplace_back();
        for (const NodeId node : order) result.back().push_back(node.number());
    }
    return result;
}

using Orders = std::vector<std::vector<std::uint32_t>>;

}  // namespace

TEST_SUITE("models/mm/zonelist") {
    TEST_CASE("own node, then own socket, then the other; equally far nodes take turns") {
        const Topology topology{RegularShape{.sockets = 2,
                                             .nodes_per_socket = 2,
                                             .memory_per_node = 1_GiB,
                                             .same_socket_distance = 12,
                                             .other_socket_distance = 32}};
        // Node 0 bumps 1 and 2, node 1 bumps 0 and, as 2 has a load, 3. Node 2 bumps 3 and, as
        // both have a load of one, 0; node 3 bumps 2 and 1.
        CHECK(numbers(fallback_orders(topology)) ==
              Orders{{0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}});
    }
    TEST_CASE("of equally far nodes those that follow come first") {
        const Topology topology{
            RegularShape{.sockets = 3, .memory_per_node = 1_GiB, .other_socket_distance = 20}};
        CHECK(numbers(fallback_orders(topology)) == Orders{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}});
    }
    TEST_CASE("a node without CPUs is preferred, one without memory is left out") {
        const auto thread = [](std::uint32_t cpu, std::uint32_t node) {
            return HardwareThread{CpuId{cpu}, CoreId{cpu}, CacheId{cpu}, NodeId{node},
                                  SocketId{node}};
        };
        const auto memory = [](std::uint32_t node, Bytes size) {
            return MemoryNode{NodeId{node}, SocketId{node}, size};
        };
        const Topology topology{
            {thread(0, 0), thread(1, 1), thread(2, 2)},
            {memory(0, 1_GiB), memory(1, 1_GiB), memory(2, 0_GiB), memory(3, 1_GiB)},
            {10, 20, 20, 20, 20, 10, 20, 20, 20, 20, 10, 20, 20, 20, 20, 10},
            16_MiB};
        CHECK(numbers(fallback_orders(topology)).at(0) == std::vector<std::uint32_t>{0, 3, 1});
        CHECK(numbers(fallback_orders(topology)).at(2).front() == 2);
    }
}
