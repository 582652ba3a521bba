#pragma once
// Where an allocation looks next when its own node has nothing left.
#include <vector>

#include "models/machine/topology.hpp"

namespace pcpsim {

/// The nodes in the order of fallback from each node: itself, then those with memory, the nearest
/// first. Of nodes as near as each other, those after `node` come first,
/// and nodes whose turn has come early in other orders come later: find_next_best_node() and
/// build_zonelists(). Indexed by node number; empty for numbers that are no node.
std::vector<std::vector<NodeId>> fallback_orders(const Topology& topology);

}  // namespace pcpsim
