#include "analysis/replay/percpu_counts.hpp"

#include <algorithm>

namespace pcpsim {

void PercpuCounts::count(const BalanceStep& step) {
    switch (step.kind) {
        case BalanceStep::Kind::populate:
            populated += step.pages.size();
            break;
        case BalanceStep::Kind::depopulate:
            depopulated += step.pages.size();
            break;
        case BalanceStep::Kind::create:
            ++created;
            break;
        case BalanceStep::Kind::destroy:
            ++destroyed;
            break;
        case BalanceStep::Kind::flush_tlb:
            ++tlb_flushes;
            break;
    }
}

void PercpuCounts::holds(Bytes footprint) { most = std::max(most, footprint); }

}  // namespace pcpsim
