#pragma once
// Where fork puts a task: find_idlest_cpu() of 5.11 to 5.17, level by level from the widest domain.
//
//   NUMA levels    stay in the parent's group while fewer than a quarter of the domain's CPUs run
//                  a task (allow_numa_imbalance()), else go to the group with the most idle CPUs
//   within a node  the last-level cache, then the core, then the thread with the most idle CPUs
//
// Ties between equally idle groups are broken by a draw: on a real machine idle histories decide
// them.
#include <cstdint>
#include <vector>

#include "models/machine/machine.hpp"
#include "sim/draws.hpp"

namespace pcpsim {

/// Places the children of one parent.
class ForkBalancer {
public:
    /// Chooses among `cpus`; `parent` is one of them, and none is isolated. No task runs yet, not
    /// even the parent. Machine and draws outlive the balancer.
    ForkBalancer(const Machine& machine, const Draws& draws, CpuId parent, CpuSet cpus);

    /// One more task runs on the CPU. O(levels).
    void add(CpuId cpu);
    /// Chooses a CPU for the `ordinal`-th child; whoever puts it there adds it. O(groups passed).
    [[nodiscard]] CpuId choose(std::uint64_t ordinal);

private:
    struct Group {
        CpuId first;
        std::int64_t tasks = 0;
        std::int64_t idle = 0;  ///< CPUs without a task
    };
    /// CPUs that are searched together; its groups are neighbours in groups_.
    struct Domain {
        std::int64_t cpus = 0;
        std::uint32_t first_group = 0;
        std::uint32_t end_group = 0;  ///< 0 until it is looked at for the first time
    };
    struct Search {
        std::uint64_t ordinal;
        std::uint32_t choices = 0;  ///< ties broken so far
    };
    [[nodiscard]] CpuSet within(NodeId node, int distance) const;
    [[nodiscard]] CpuSet span(std::size_t level, CpuId cpu) const;
    const Domain& domain(std::size_t level, CpuId cpu);
    Domain divide(const CpuSet& cpus, std::size_t level);
    [[nodiscard]] CpuId descend(std::size_t level, CpuId cpu, Search& search);
    [[nodiscard]] std::int64_t tie(std::int64_t candidates, Search& search) const;

    const Machine& machine_;
    const Draws& draws_;
    CpuSet cpus_;
    CpuId parent_;
    std::vector<int> distances_;  ///< NUMA distances at which fork balances, widest first
    std::size_t levels_;
    std::vector<std::int64_t> running_;                  ///< tasks by CPU
    std::vector<Domain> domains_;                        ///< by level, then CPU
    std::vector<Group> groups_;                          ///< of the domains looked at so far
    std::vector<std::vector<std::uint32_t>> groups_of_;  ///< by CPU, ascending
};

}  // namespace pcpsim
