#include "models/kernel/page_burst.hpp"

#include <algorithm>
#include <utility>

#include "models/kernel/masks.hpp"
#include "sim/engine.hpp"

namespace pcpsim {
namespace {

constexpr Order order{0};
constexpr std::uint32_t refill_phase = 0;
constexpr std::uint32_t alloc_phase = 1;

}  // namespace

PageBurst::PageBurst(PageAllocator& allocator, MigrateType type, std::span<const Phase> after,
                     PageRuns& pages)
    : allocator_{allocator}, type_{type}, pages_{pages} {
    const std::vector<Phase>& alloc = allocator.hot_path().alloc;
    phases_.push_back({Duration{}, Activity::kernel, true});
    phases_.insert(phases_.end(), alloc.begin(), alloc.end());
    after_ = phases_.size();
    phases_.insert(phases_.end(), after.begin(), after.end());
}

Task<Pages> PageBurst::run(Context& self, NodeId node, Pages most) {
    Zone* const zone = allocator_.preferred_zone(node);
    self_ = &self;
    cpu_ = self.processor().id();
    bool refill = false;
    bool list_is_ours = false;
    if (zone != nullptr) {
        zone->note_high_watermark();
        refill = zone->needs_refill(cpu_, order, type_);
        list_is_ours = refill ? co_await refill_list(self, *zone) : lock_list(self, *zone);
    }
    if (!list_is_ours) {
        const std::optional<Pfn> page = co_await allocator_.alloc_pages(self, node, order, type_);
        if (!page) co_return Pages{};
        pages_.push_tail(*page);
        co_await self.run(Operation{phases_}.subspan(after_));
        co_return Pages{1};
    }
    most = std::min(most, Pages{self.engine().longest_burst()});
    const bool refill_crossed_watermark = allocator_.preferred_zone(node) != zone;
    if (refill_crossed_watermark || self.stop_requested()) most = Pages{1};
    co_await self.run(plan(*zone, most, refill ? refill_phase : alloc_phase));
    leave_zone();
    co_return taken_;
}

/// Without a lock the list is the CPU's alone.
bool PageBurst::lock_list(Context& self, const Zone& zone) {
    if (!allocator_.hot_path().takes_pcp_lock) return true;
    SpinLock& lock = allocator_.pcp_lock(zone, cpu_);
    if (!lock.try_hold(self)) return false;
    list_lock() = &lock;
    return true;
}

/// The first operation begins with what is left of the refill, both locks held and interrupts off.
Task<bool> PageBurst::refill_list(Context& self, Zone& zone) {
    const InterruptsOff irqs{self};
    Guard<SpinLock> list_is_ours;
    if (allocator_.hot_path().takes_pcp_lock) {
        Duration line;
        list_is_ours = allocator_.try_pcp_lock(self, zone, line);
        if (!list_is_ours) co_return false;
        co_await self.run(line);
    }
    Duration hold;
    Guard<SpinLock> zone_lock = co_await allocator_.zone_lock(zone).acquire(self, hold);
    hold += allocator_.refill(self, zone, order, type_);
    if (zone.needs_refill(cpu_, order, type_)) {
        co_await self.run(hold);
        co_return false;
    }
    phases_[refill_phase].work = hold;
    phases_[refill_phase].held = zone_lock.leave_held();
    list_lock() = list_is_ours.leave_held();
    co_return true;
}

/// As long as pages are listed and the zone is the one to take them from.
BurstPlan PageBurst::plan(Zone& zone, Pages most, std::uint32_t first) {
    const Pages listed = zone.pcplist(cpu_).lists().list(order, type_).size() * order;
    const auto times = static_cast<std::uint32_t>(std::min(listed, most).count());
    taken_ = Pages{};
    zone_ = &zone;
    zone.set_burst(cpu_, this);
    return {.phases = phases_,
            .first = first,
            .again = alloc_phase,
            .times = times,
            .burst = *this,
            .entered = first == refill_phase};
}

void PageBurst::begin(std::uint32_t operations) {
    Blocks wanted{operations};
    taken_ += wanted * order;
    while (wanted > Blocks{}) {
        const PageRun run = zone_->pop_run(cpu_, order, type_, wanted);
        pages_.push_tail(run);
        wanted -= run.blocks();
    }
}

void PageBurst::leave_zone() {
    if (zone_ != nullptr) std::exchange(zone_, nullptr)->set_burst(cpu_, nullptr);
}

}  // namespace pcpsim
