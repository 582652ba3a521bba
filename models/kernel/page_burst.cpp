#include "models/kernel/page_burst.hpp"

#include <algorithm>

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
    if (zone == nullptr) co_return co_await run_alone(self, node);
    zone->note_high_watermark();
    const CpuId cpu = self.processor().id();
    const bool refill = zone->needs_refill(cpu, order, type_);
    Guard<SpinLock> list_lock;
    Duration line;
    if (allocator_.hot_path().takes_pcp_lock)
        list_lock = allocator_.try_pcp_lock(self, *zone, line);
    bool listed = list_lock || !allocator_.hot_path().takes_pcp_lock;
    if (listed && refill) {
        const InterruptsOff irqs{self};
        co_await self.run(line);
        Duration hold;
        Guard<SpinLock> zone_lock = co_await allocator_.zone_lock(*zone).acquire(self, hold);
        hold += allocator_.refill(self, *zone, order, type_);
        listed = !zone->needs_refill(cpu, order, type_);
        if (listed) {
            phases_[refill_phase].work = hold;
            phases_[refill_phase].held = zone_lock.leave_held();
        } else {
            co_await self.run(hold);
        }
    }
    if (!listed) {
        list_lock.unlock();
        co_return co_await run_alone(self, node);
    }
    phases_[alloc_phase + allocator_.hot_path().locked_phase].held = list_lock.leave_held();
    most = std::min(most, Pages{self.engine().longest_burst()});
    const bool refill_crossed_watermark = allocator_.preferred_zone(node) != zone;
    if (refill_crossed_watermark || self.stop_requested()) most = Pages{1};
    // After a refill the first operation begins with what is left of it, both locks held and
    // interrupts off.
    co_await self.run(plan(self, *zone, most, refill ? refill_phase : alloc_phase));
    leave_zone();
    co_return taken_;
}

/// An allocation that may take its time.
Task<Pages> PageBurst::run_alone(Context& self, NodeId node) {
    const std::optional<Pfn> page = co_await allocator_.alloc_pages(self, node, order, type_);
    if (!page) co_return Pages{};
    pages_.push_tail(*page);
    co_await self.run(Operation{phases_}.subspan(after_));
    co_return Pages{1};
}

/// As long as pages are listed and the zone is the one to take them from.
BurstPlan PageBurst::plan(Context& self, Zone& zone, Pages most, std::uint32_t first) {
    const Pcplist& list = zone.pcplist(self.processor().id());
    const Pages listed = list.lists().list(order, type_).size() * order;
    const auto times = static_cast<std::uint32_t>(std::min(listed, most).count());
    taken_ = Pages{};
    enter_zone(self, zone);
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
        const PageRun run = zone().pop_run(cpu(), order, type_, wanted);
        pages_.push_tail(run);
        wanted -= run.blocks();
    }
}

}  // namespace pcpsim
