#pragma once
#include "models/mm/percpu_depopulation.hpp"

namespace pcpsim {

/// What a percpu allocator has done, and what it held.
struct PercpuCounts {
    std::int64_t allocations = 0, frees = 0;
    std::int64_t failed = 0;  ///< for which no area was found
    std::int64_t created = 0, destroyed = 0, worker_runs = 0, tlb_flushes = 0;
    Pages populated, depopulated;  ///< of each unit
    Bytes most;                    ///< footprint

    void count(const BalanceStep& step);
    void holds(Bytes footprint);
};

}  // namespace pcpsim
