#pragma once
// Where fork puts a task: find_idlest_cpu() of 5.11 to 5.17, level by level from the widest domain.
//
//   NUMA levels    stay in the parent's group while fewer than a quarter of the domain's CPUs run
//                  a task (allow_numa_imbalance()), else go to the group with the most idle CPUs
//   within a node  the last-level cache, then the core, then the thread with the most idle CPUs
//
// Ties between equally idle groups are broken by a draw: on a real machine idle histories decide
// them.
#include <utility>
#include <vector>

#include "models/kernel/scheduler.hpp"
#include "models/machine/machine.hpp"
#include "sim/draws.hpp"

namespace pcpsim {

class ForkBalancer {
public:
    /// Chooses among `cpus`, of which none is isolated.
    ForkBalancer(const Machine& machine, const Draws& draws, CpuSet cpus)
        : machine_{machine}, draws_{draws}, cpus_{std::move(cpus)} {}

    /// Chooses a CPU for the `ordinal`-th child of a parent on `parent`, which is one of them;
    /// `running` holds the number of tasks on each CPU of the machine.
    [[nodiscard]] CpuId choose(CpuId parent, const std::vector<std::int64_t>& running,
                               std::uint64_t ordinal) const;

private:
    struct Search {
        const std::vector<std::int64_t>& running;
        std::uint64_t ordinal;
        std::uint32_t choices = 0;  ///< ties broken so far
    };
    [[nodiscard]] std::vector<int> balanced_distances(CpuId cpu) const;
    [[nodiscard]] CpuSet within(NodeId node, int distance) const;
    [[nodiscard]] CpuId descend(CpuId cpu, const CpuSet& domain, const std::vector<CpuSet>& groups,
                                bool numa_rule, Search& search) const;
    [[nodiscard]] std::size_t tie(std::size_t candidates, Search& search) const;

    const Machine& machine_;
    const Draws& draws_;
    CpuSet cpus_;
};

}  // namespace pcpsim
