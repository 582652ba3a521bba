#include "models/mm/zonelist.hpp"

#include <algorithm>
#include <utility>

namespace pcpsim {
namespace {

/// MAX_NUMNODES of x86-64: distance outweighs any load.
constexpr std::int64_t max_nodes = 1024;

class FallbackOrder {
public:
    FallbackOrder(const Topology& topology, std::size_t node_numbers)
        : topology_{topology}, load_(node_numbers, 0) {}

    /// Only the load of a node that has its place already grows, so one sort finds all places.
    std::vector<NodeId> from(NodeId local) {
        std::vector<std::pair<std::int64_t, NodeId>> others;
        for (const auto& [node, socket, memory] : topology_.nodes())
            if (memory > Bytes{0} && node != local) others.emplace_back(score(local, node), node);
        std::sort(others.begin(), others.end());
        std::vector<NodeId> order{local};
        for (const auto& [ignored, next] : others) {
            // The first of several equally near nodes would serve everyone: rotate.
            if (topology_.distance(local, next) != topology_.distance(local, order.back()))
                ++load_[next.index()];
            order.push_back(next);
        }
        return order;
    }

private:
    [[nodiscard]] std::int64_t score(NodeId local, NodeId node) const {
        const int penalty = (node < local ? 1 : 0) + (topology_.cpus_of(node).empty() ? 0 : 1);
        return (topology_.distance(local, node) + penalty) * max_nodes + load_[node.index()];
    }

    const Topology& topology_;
    std::vector<std::int64_t> load_;
};

}  // namespace

std::vector<std::vector<NodeId>> fallback_orders(const Topology& topology) {
    if (topology.nodes().empty()) return {};
    const std::size_t numbers = topology.nodes().back().node.index() + 1;
    FallbackOrder rule{topology, numbers};
    std::vector<std::vector<NodeId>> orders(numbers);
    for (const MemoryNode& node : topology.nodes())
        orders[node.node.index()] = rule.from(node.node);
    return orders;
}

}  // namespace pcpsim
