#include "models/mm/zonelist.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace pcpsim {
namespace {

/// MAX_NUMNODES of x86-64: distance outweighs any load.
constexpr std::int64_t max_nodes = 1024;

class FallbackOrder {
public:
    FallbackOrder(const Topology& topology, std::size_t node_numbers)
        : topology_{topology}, load_(node_numbers, 0) {}

    std::vector<NodeId> from(NodeId local) {
        std::vector<NodeId> order{local};
        while (const std::optional<NodeId> next = best(local, order)) {
            // The first of several equally near nodes would serve everyone: rotate.
            if (topology_.distance(local, *next) != topology_.distance(local, order.back()))
                ++load_[next->index()];
            order.push_back(*next);
        }
        return order;
    }

private:
    std::optional<NodeId> best(NodeId local, const std::vector<NodeId>& used) const {
        std::optional<NodeId> best;
        std::int64_t least = std::numeric_limits<std::int64_t>::max();
        for (const auto& [node, socket, memory] : topology_.nodes()) {
            if (memory == Bytes{0} || std::ranges::find(used, node) != used.end()) continue;
            const int penalty = (node < local ? 1 : 0) + (topology_.cpus_of(node).empty() ? 0 : 1);
            const std::int64_t score =
                (topology_.distance(local, node) + penalty) * max_nodes + load_[node.index()];
            if (score < least) {
                least = score;
                best = node;
            }
        }
        return best;
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
