#include "models/kernel/fork_placement.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace pcpsim {
namespace {

/// Around a CPU; the nearest is its own node's.
std::vector<int> balanced_distances(const Machine& machine, CpuId cpu) {
    const Topology& topology = machine.topology;
    std::vector<int> distances;
    for (const MemoryNode& node : topology.nodes()) {
        const int distance = topology.distance(topology.node_of(cpu), node.node);
        if (distance <= machine.placement.reclaim_distance || distance == Topology::local_distance)
            distances.push_back(distance);
    }
    std::sort(distances.begin(), distances.end(), std::greater<>{});
    distances.erase(std::unique(distances.begin(), distances.end()), distances.end());
    return distances;
}

}  // namespace

ForkBalancer::ForkBalancer(const Machine& machine, const Draws& draws, CpuId parent, CpuSet cpus)
    : machine_{machine},
      draws_{draws},
      cpus_{std::move(cpus)},
      parent_{parent},
      distances_{balanced_distances(machine, parent)},
      levels_{distances_.size() + 3},
      running_(machine.topology.cpus()),
      domains_(levels_ * running_.size()),
      groups_of_(running_.size()) {}

void ForkBalancer::add(CpuId cpu) {
    const bool was_idle = running_[cpu.index()]++ == 0;
    for (const std::uint32_t group : groups_of_[cpu.index()]) {
        ++groups_[group].tasks;
        if (was_idle) --groups_[group].idle;
    }
}

CpuSet ForkBalancer::within(NodeId node, int distance) const {
    CpuSet cpus;
    for (const MemoryNode& other : machine_.topology.nodes())
        if (machine_.topology.distance(node, other.node) <= distance)
            cpus |= machine_.topology.cpus_of(other.node);
    return cpus & cpus_;
}

/// The CPUs around one: ever less NUMA distance, then its node, last-level cache, core, and itself.
CpuSet ForkBalancer::span(std::size_t level, CpuId cpu) const {
    const Topology& topology = machine_.topology;
    CpuSet node = topology.cpus_of(topology.node_of(cpu)) & cpus_;
    if (level < distances_.size()) return within(topology.node_of(cpu), distances_[level]);
    switch (level - distances_.size()) {
        case 0:
            return node;
        case 1:
            return topology.cpus_of(topology.thread(cpu).cache) & node;
        case 2:
            return topology.siblings(cpu) & cpus_;
        default:
            return CpuSet{cpu};
    }
}

/// CPUs of one node have the same domains around them as long as these contain them.
const ForkBalancer::Domain& ForkBalancer::domain(std::size_t level, CpuId cpu) {
    Domain* const of_level = domains_.data() + level * running_.size();
    if (of_level[cpu.index()].end_group == 0) {
        const CpuSet cpus = span(level, cpu);
        const Domain divided = divide(cpus, level);
        const Topology& topology = machine_.topology;
        for (const CpuId sharer : cpus& topology.cpus_of(topology.node_of(cpu)))
            of_level[sharer.index()] = divided;
    }
    return of_level[cpu.index()];
}

ForkBalancer::Domain ForkBalancer::divide(const CpuSet& cpus, std::size_t level) {
    Domain domain{static_cast<std::int64_t>(cpus.size()),
                  static_cast<std::uint32_t>(groups_.size())};
    CpuSet covered;
    for (const CpuId cpu : cpus) {
        if (covered.contains(cpu)) continue;
        const CpuSet members = span(level + 1, cpu) & cpus;
        covered |= members;
        Group group{members.first()};
        for (const CpuId member : members) {
            group.tasks += running_[member.index()];
            group.idle += running_[member.index()] == 0 ? 1 : 0;
            groups_of_[member.index()].push_back(static_cast<std::uint32_t>(groups_.size()));
        }
        groups_.push_back(group);
    }
    domain.end_group = static_cast<std::uint32_t>(groups_.size());
    return domain;
}

std::int64_t ForkBalancer::tie(std::int64_t candidates, Search& search) const {
    if (candidates == 1) return 0;
    return draws_.below(candidates, search.choices++, Purpose{"fork placement"}, search.ordinal);
}

/// find_idlest_group(): the CPU's own group, unless another one is idler and the rule lets it go.
CpuId ForkBalancer::descend(std::size_t level, CpuId cpu, Search& search) {
    const Domain& searched = domain(level, cpu);
    const auto begin = groups_.cbegin() + searched.first_group;
    const auto end = groups_.cbegin() + searched.end_group;
    const auto& own = groups_of_[cpu.index()];
    const Group& local = groups_[*std::lower_bound(own.begin(), own.end(), searched.first_group)];

    const bool numa = level + 1 < distances_.size();
    const bool may_stay =
        numa && (level == 0 || machine_.placement.levels == ForkPlacement::Levels::all);
    const Ratio share = machine_.placement.imbalance;
    if (may_stay && local.tasks * share.den < searched.cpus * share.num) return cpu;

    const auto idler = [](const Group& a, const Group& b) { return a.idle < b.idle; };
    const std::int64_t most_idle = std::max_element(begin, end, idler)->idle;
    if (most_idle > local.idle) {
        const auto is_idlest = [&](const Group& group) { return group.idle == most_idle; };
        std::int64_t others = tie(std::count_if(begin, end, is_idlest), search);
        return std::find_if(begin, end,
                            [&](const Group& group) { return is_idlest(group) && others-- == 0; })
            ->first;
    }
    // Nobody is idler. When all CPUs are taken, the group with fewer tasks per CPU wins.
    if (most_idle > 0) return cpu;
    const auto least = std::min_element(
        begin, end, [](const Group& a, const Group& b) { return a.tasks < b.tasks; });
    return least->tasks < local.tasks ? least->first : cpu;
}

CpuId ForkBalancer::choose(std::uint64_t ordinal) {
    Search search{ordinal};
    CpuId cpu = parent_;
    for (std::size_t level = 0; level < levels_; ++level) {
        const bool nearest_nodes = level + 1 == distances_.size();  // the next level divides a node
        if (!nearest_nodes) cpu = descend(level, cpu, search);
    }
    return cpu;
}

}  // namespace pcpsim
