#include "models/kernel/free_burst.hpp"

#include <algorithm>

#include "models/kernel/masks.hpp"
#include "sim/engine.hpp"

namespace pcpsim {
namespace {

constexpr Order order{0};

}  // namespace

FreeBurst::FreeBurst(PageAllocator& allocator, MigrateType type, std::span<const Phase> after,
                     PageRuns& pages)
    : allocator_{allocator},
      type_{type},
      pages_{pages},
      phases_{allocator.hot_path().free},
      after_{phases_.size()} {
    phases_.insert(phases_.end(), after.begin(), after.end());
}

Task<> FreeBurst::run(Context& self, Blocks count) {
    const Blocks left = pages_.size() - count;
    while (pages_.size() > left) co_await some(self, pages_.size() - left);
}

Task<> FreeBurst::some(Context& self, Blocks most) {
    Zone& zone = allocator_.zone_of(pages_.begin()->first);
    const HotPath& path = allocator_.hot_path();
    Guard<SpinLock> list_lock;
    Duration line;
    if (path.takes_pcp_lock) {
        list_lock = allocator_.try_pcp_lock(self, zone, line);
        const InterruptsOff irqs{self};
        co_await self.run(line);
    }
    const bool ours = list_lock || !path.takes_pcp_lock;
    const std::uint32_t times = ours ? frees_that_only_push(self, zone, most) : 0;
    if (times == 0) {
        list_lock.unlock();
        co_return co_await one_alone(self);
    }
    phases_[path.locked_phase].held = list_lock.leave_held();
    enter_zone(self, zone);
    co_await self.run(BurstPlan{.phases = phases_, .times = times, .burst = *this});
    leave_zone();
}

/// A free that spills, or finds the list locked.
Task<> FreeBurst::one_alone(Context& self) {
    co_await allocator_.free_pages(self, pages_.pop_head(), order, type_);
    if (after_ < phases_.size()) co_await self.run(Operation{phases_}.subspan(after_));
}

/// How many of the next frees go to the zone and leave its list below high.
std::uint32_t FreeBurst::frees_that_only_push(const Context& self, const Zone& zone,
                                              Blocks most) const {
    const Blocks wanted = std::min(most, Blocks{self.engine().longest_burst()});
    const Blocks fit = zone.frees_before_spill(self.processor().id(), wanted);
    std::uint32_t frees = 0;
    for (const PageRun& run : pages_)
        for (std::uint32_t i = 0; i < run.count; ++i, ++frees)
            if (Blocks{frees} == fit || !zone.spans(run.at(i))) return frees;
    return frees;
}

void FreeBurst::begin(std::uint32_t operations) {
    for (Blocks left{operations}; left > Blocks{};) {
        const PageRun run = pages_.take_head(left);
        zone().free_run(cpu(), run, type_);
        left -= run.blocks();
    }
}

}  // namespace pcpsim
