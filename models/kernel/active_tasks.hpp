#pragma once
// Tasks that write the same lines, and what fetching one of these from any of them costs.
#include <cstdint>
#include <vector>

#include "models/machine/machine.hpp"

namespace pcpsim {

class ActiveTasks {
public:
    explicit ActiveTasks(const Machine& machine);

    /// A task on the CPU begins or ceases to write them. O(caches).
    void add(CpuId cpu) { count(cpu, 1); }
    void remove(CpuId cpu) { count(cpu, -1); }
    [[nodiscard]] std::int64_t size() const { return size_; }
    /// Changes with every add() and remove().
    [[nodiscard]] std::uint64_t version() const { return version_; }
    /// The sum over all tasks of a line's way from theirs to this CPU. O(CPUs of its cache).
    [[nodiscard]] Duration fetches_to(CpuId cpu) const;

private:
    void count(CpuId cpu, std::int64_t change);

    const Machine& machine_;
    std::vector<std::int64_t> on_cpu_;
    std::vector<Duration> from_other_caches_;  ///< by the cache that the line comes to
    std::int64_t size_ = 0;
    std::uint64_t version_ = 0;
};

}  // namespace pcpsim
