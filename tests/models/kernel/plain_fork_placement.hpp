#pragma once
// Fork placement as the rule is told: every CPU of every group is counted anew for each child. What
// ForkBalancer is compared with.
#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "models/machine/machine.hpp"
#include "sim/draws.hpp"

namespace pcpsim::test {

class PlainForkBalancer {
public:
    PlainForkBalancer(const Machine& machine, const Draws& draws, CpuSet cpus)
        : machine_{machine}, draws_{draws}, cpus_{std::move(cpus)} {}

    CpuId choose(CpuId parent, const std::vector<std::int64_t>& running,
                 std::uint64_t ordinal) const {
        const Topology& topology = machine_.topology;
        Search search{running, ordinal};
        CpuId cpu = parent;
        const auto narrow = [&](const CpuSet& domain, bool numa_rule, auto group_of) {
            std::vector<CpuSet> groups;
            CpuSet covered;
            for (const CpuId member : domain) {
                if (covered.contains(member)) continue;
                groups.push_back(group_of(member) & domain);
                covered |= groups.back();
            }
            cpu = descend(cpu, domain, groups, numa_rule, search);
        };
        const std::vector<int> distances = balanced_distances(parent);
        for (std::size_t level = 0; level + 1 < distances.size(); ++level) {
            const bool rule = level == 0 || machine_.placement.levels == ForkPlacement::Levels::all;
            narrow(within(topology.node_of(cpu), distances[level]), rule,
                   [&](CpuId c) { return within(topology.node_of(c), distances[level + 1]); });
        }
        const CpuSet node = topology.cpus_of(topology.node_of(cpu)) & cpus_;
        narrow(node, false, [&](CpuId c) { return topology.cpus_of(topology.thread(c).cache); });
        const CpuSet cache = topology.cpus_of(topology.thread(cpu).cache) & node;
        narrow(cache, false, [&](CpuId c) { return topology.siblings(c); });
        narrow(topology.siblings(cpu) & cpus_, false, [](CpuId c) { return CpuSet{c}; });
        return cpu;
    }

private:
    struct Search {
        const std::vector<std::int64_t>& running;
        std::uint64_t ordinal;
        std::uint32_t choices = 0;
    };
    static std::int64_t tasks(const CpuSet& cpus, const std::vector<std::int64_t>& running) {
        std::int64_t sum = 0;
        for (const CpuId cpu : cpus) sum += running[cpu.index()];
        return sum;
    }
    static std::int64_t idle(const CpuSet& cpus, const std::vector<std::int64_t>& running) {
        std::int64_t sum = 0;
        for (const CpuId cpu : cpus) sum += running[cpu.index()] == 0 ? 1 : 0;
        return sum;
    }
    std::vector<int> balanced_distances(CpuId cpu) const {
        const Topology& topology = machine_.topology;
        std::vector<int> distances;
        for (const MemoryNode& node : topology.nodes()) {
            const int distance = topology.distance(topology.node_of(cpu), node.node);
            if (distance <= machine_.placement.reclaim_distance ||
                distance == Topology::local_distance)
                distances.push_back(distance);
        }
        std::sort(distances.begin(), distances.end(), std::greater<>{});
        distances.erase(std::unique(distances.begin(), distances.end()), distances.end());
        return distances;
    }

    CpuSet within(NodeId node, int distance) const {
        CpuSet cpus;
        for (const MemoryNode& other : machine_.topology.nodes())
            if (machine_.topology.distance(node, other.node) <= distance)
                cpus |= machine_.topology.cpus_of(other.node);
        return cpus & cpus_;
    }

    std::size_t tie(std::size_t candidates, Search& search) const {
        if (candidates == 1) return 0;
        return static_cast<std::size_t>(draws_.below(static_cast<std::int64_t>(candidates),
                                                     search.choices++, Purpose{"fork placement"},
                                                     search.ordinal));
    }

    CpuId descend(CpuId cpu, const CpuSet& domain, const std::vector<CpuSet>& groups,
                  bool numa_rule, Search& search) const {
        const auto& running = search.running;
        const auto local = std::find_if(groups.begin(), groups.end(),
                                        [&](const CpuSet& group) { return group.contains(cpu); });
        const Ratio share = machine_.placement.imbalance;
        const auto span = static_cast<std::int64_t>(domain.size());
        if (numa_rule && tasks(*local, running) * share.den < span * share.num) return cpu;

        std::vector<const CpuSet*> idlest;
        std::int64_t most_idle = idle(*local, running);
        for (const CpuSet& group : groups) {
            const std::int64_t idle_cpus = idle(group, running);
            if (idle_cpus < most_idle || (idlest.empty() && idle_cpus == most_idle)) continue;
            if (idle_cpus > most_idle) idlest.clear();
            most_idle = idle_cpus;
            idlest.push_back(&group);
        }
        if (idlest.empty()) {
            // Nobody is idler. When all CPUs are taken, the group with fewer tasks per CPU wins.
            if (most_idle > 0) return cpu;
            const CpuSet* least = &*local;
            for (const CpuSet& group : groups)
                if (tasks(group, running) < tasks(*least, running)) least = &group;
            return least == &*local ? cpu : least->first();
        }
        return idlest[tie(idlest.size(), search)]->first();
    }

    const Machine& machine_;
    const Draws& draws_;
    CpuSet cpus_;
};

}  // namespace pcpsim::test
