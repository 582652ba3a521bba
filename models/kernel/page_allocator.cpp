#include "models/kernel/page_allocator.hpp"

#include "models/kernel/masks.hpp"
#include "sim/engine.hpp"

namespace pcpsim {

/// Adds up what fetching page structs costs the CPU that moves pages.
class PageAllocator::OwnerLedger final : public PageMoves {
public:
    explicit OwnerLedger(const Interconnect& interconnect) : owners_{interconnect} {}
    void begin(CpuId cpu) {
        cpu_ = cpu;
        fetched_ = Duration{};
    }
    [[nodiscard]] Duration fetched() const { return fetched_; }
    void taken(Order order, const PageRun& run) override {
        fetched_ += owners_.taken(run, order, cpu_);
    }
    void given_back(Order order, const PageRun& run) override { owners_.freed(run, order, cpu_); }

private:
    PageOwners owners_;
    CpuId cpu_;
    Duration fetched_;
};

PageAllocator::PageAllocator(Engine& engine, const Machine& machine, Scheduler& scheduler,
                             Memory& memory)
    : engine_{engine},
      machine_{machine},
      scheduler_{scheduler},
      memory_{memory},
      owners_{std::make_unique<OwnerLedger>(machine.interconnect)},
      pcp_locks_(memory.zones().size() * machine.topology.cpus()),
      changed_counters_(pcp_locks_.size()) {
    for (Zone& zone : memory.zones()) {
        const std::string name = to_string(zone) + " zone->lock";
        zone_locks_.push_back(std::make_unique<SpinLock>(engine, name, machine.interconnect));
        zone.watch(*owners_);
        zone.observe_watermarks(*this);
    }
}

PageAllocator::~PageAllocator() = default;

SpinLock& PageAllocator::pcp_lock(const Zone& zone, CpuId cpu) {
    auto& lock = pcp_locks_[index_of(zone, cpu)];
    if (!lock) {
        const std::string name = to_string(zone) + " pcp->lock of " + to_string(cpu);
        lock = std::make_unique<SpinLock>(engine_, name, machine_.interconnect);
        lock->set_home(scheduler_.processor(cpu));  // it shares a line with the list's count
    }
    return *lock;
}

void PageAllocator::note(Contact kind, CpuId cpu, const Zone& zone, Pages pages) {
    engine_.fingerprint().add(engine_.now(), static_cast<std::uint32_t>(kind), cpu,
                              zone.id().number(), static_cast<std::uint64_t>(pages.count()));
    // Exchanged lists move no page: their owner's counters stay.
    if (kind != Contact::lists_swapped) changed_counters_[index_of(zone, cpu)] = 1;
}

/// What moving pages under zone->lock takes when no other CPU has their structs.
Duration PageAllocator::hold_time(Pages pages, Order order) const {
    const CostTable& costs = machine_.costs;
    return costs.zone_lock_hold_base +
           costs.zone_lock_hold_per_page * (pages.count() / order.pages().count());
}

Zone* PageAllocator::preferred_zone(NodeId node) {
    for (const ZoneId id : memory_.zonelist(node))
        if (Zone& zone = memory_.zone(id); zone.above_low()) return &zone;
    return nullptr;
}

Task<std::optional<Pfn>> PageAllocator::alloc_pages(Context& self, NodeId node, Order order,
                                                    MigrateType type) {
    const std::optional<Pfn> block =
        co_await get_page_from_freelist(self, node, order, type, Watermark::low);
    if (block || slow_path_ == nullptr) co_return block;
    co_return co_await slow_path_->alloc_slowpath(self, node, order, type);
}

Task<std::optional<Pfn>> PageAllocator::get_page_from_freelist(Context& self, NodeId node,
                                                               Order order, MigrateType type,
                                                               Watermark keeps) {
    for (const ZoneId id : memory_.zonelist(node)) {
        Zone& zone = memory_.zone(id);
        const Watermarks& marks = zone.watermarks();
        const Pages mark = keeps == Watermark::low ? marks.low : marks.min;
        if (!zone.watermark_ok(order, mark, highest_zone)) continue;
        zone.note_high_watermark();
        const std::optional<Pfn> block = co_await rmqueue(self, zone, order, type);
        if (block) co_return block;
    }
    co_return std::nullopt;
}

void PageAllocator::watermark_crossed() {
    for (Zone& zone : memory_.zones()) zone.end_bursts();
}

Task<std::optional<Pfn>> PageAllocator::rmqueue(Context& self, Zone& zone, Order order,
                                                MigrateType type) {
    PagesInHand hand{in_hand_, order};
    Guard<SpinLock> list_is_ours;
    {
        const InterruptsOff irqs{self};
        bool ours = zone.pcplist(self.cpu()).lists().layout().has_list(order);
        if (ours && hot_path_.takes_pcp_lock) {
            Duration line;
            list_is_ours = try_pcp_lock(self, zone, line);
            co_await self.run(line);
            ours = static_cast<bool>(list_is_ours);
        }
        if (ours) {
            co_await rmqueue_pcplist(self, zone, type, hand);
            if (hand.pages.empty()) co_return std::nullopt;
            co_await self.run(Operation{hot_path_.alloc});
            list_is_ours.unlock();
            co_return hand.pages.pop_head();
        }
    }
    co_return co_await alloc_from_buddy(self, zone, order, type);
}

Task<std::optional<Pfn>> PageAllocator::alloc_from_buddy(Context& self, Zone& zone, Order order,
                                                         MigrateType type) {
    PagesInHand hand{in_hand_, order};
    co_await rmqueue_buddy(self, zone, type, hand);
    if (hand.pages.empty()) co_return std::nullopt;
    co_return hand.pages.pop_head();
}

Guard<SpinLock> PageAllocator::try_pcp_lock(Context& self, const Zone& zone, Duration& line) {
    SpinLock& lock = pcp_lock(zone, self.processor().id());
    if (!lock.try_hold(self)) return {};
    line = lock.handoff_to(self);
    return {lock, self};
}

/// __rmqueue_pcplist(). The block is ours as soon as the list has it: lists that are not locked may
/// be exchanged for others while a refill takes its time.
Task<> PageAllocator::rmqueue_pcplist(Context& self, Zone& zone, MigrateType type,
                                      PagesInHand& hand) {
    const CpuId cpu = self.cpu();
    const Order order = hand.order();
    Guard<SpinLock> held;
    Duration hold;
    if (zone.needs_refill(cpu, order, type)) {
        held = co_await zone_lock(zone).acquire(self, hold);
        hold += refill(self, zone, order, type);
    }
    if (!zone.needs_refill(cpu, order, type)) hand.pages.push_tail(zone.pop(cpu, order, type));
    co_await self.run(hold);
}

Duration PageAllocator::refill(const Context& self, Zone& zone, Order order, MigrateType type) {
    const CpuId cpu = self.cpu();
    owners_->begin(cpu);
    const Moved moved = zone.refill(cpu, order, type);
    ++statistics_.refills;
    note(Contact::refill, cpu, zone, moved.pages);
    return hold_time(moved.pages, order) + owners_->fetched();
}

/// rmqueue_buddy(): one block straight from the free lists.
Task<> PageAllocator::rmqueue_buddy(Context& self, Zone& zone, MigrateType type,
                                    PagesInHand& hand) {
    const Order order = hand.order();
    const InterruptsOff irqs{self};
    const auto held = co_await zone_lock(zone).acquire(self);
    owners_->begin(self.cpu());
    if (const std::optional<Pfn> block = zone.alloc_block(order, type)) {
        hand.pages.push_tail(*block);
        owners_->taken(order, PageRun{*block, 1, 0});
    }
    ++statistics_.buddy_allocs;
    note(Contact::buddy_alloc, self.cpu(), zone, order.pages());
    co_await self.run(machine_.costs.buddy_single + owners_->fetched());
}

Task<> PageAllocator::free_pages(Context& self, Pfn block, Order order, MigrateType type) {
    Zone& zone = memory_.zone_of(block);
    PagesInHand hand{in_hand_, order};
    hand.pages.push_tail(block);
    {
        const InterruptsOff irqs{self};
        const CpuId cpu = self.cpu();
        bool ours = zone.pcplist(cpu).lists().layout().has_list(order);
        Guard<SpinLock> list_is_ours;
        if (ours && hot_path_.takes_pcp_lock) {
            Duration line;
            list_is_ours = try_pcp_lock(self, zone, line);
            co_await self.run(line);
            ours = static_cast<bool>(list_is_ours);
        }
        if (ours) {
            const Pages surplus = zone.free(cpu, hand.pages.pop_head(), order, type);
            co_await self.run(Operation{hot_path_.free});
            if (surplus == Pages{}) co_return;
            const auto held = co_await zone_lock(zone).acquire(self);
            owners_->begin(cpu);
            const Moved moved = zone.spill(cpu, surplus, order, type);
            ++statistics_.spills;
            note(Contact::spill, cpu, zone, moved.pages);
            co_await self.run(hold_time(moved.pages, Order{0}));
            co_return;
        }
    }
    co_await free_to_buddy(self, zone, type, hand);
}

/// free_one_page()
Task<> PageAllocator::free_to_buddy(Context& self, Zone& zone, MigrateType type,
                                    PagesInHand& hand) {
    const Order order = hand.order();
    const InterruptsOff irqs{self};
    const auto held = co_await zone_lock(zone).acquire(self);
    owners_->begin(self.cpu());
    const Pfn block = hand.pages.pop_head();
    zone.free_block(block, order, type);
    owners_->given_back(order, PageRun{block, 1, 0});
    ++statistics_.buddy_frees;
    note(Contact::buddy_free, self.cpu(), zone, order.pages());
    co_await self.run(machine_.costs.buddy_single);
}

Task<Pages> PageAllocator::drain_pcplist(Context& self, Zone& zone, CpuId owner, Duration owed) {
    const auto held = co_await zone_lock(zone).acquire(self, owed);
    owners_->begin(self.cpu());
    const Moved moved = zone.drain(owner, zone.pcplist(owner).drain_slice());
    const Pages left = zone.pcplist(owner).count();
    co_await self.run(owed + note_drained(self, zone, owner, moved));
    co_return left;
}

Task<> PageAllocator::drain_lists(Context& self, Zone& zone, PcpLists& lists, CpuId owner) {
    Duration line;
    const auto held = co_await zone_lock(zone).acquire(self, line);
    owners_->begin(self.cpu());
    co_await self.run(line + note_drained(self, zone, owner, zone.drain(lists)));
}

Task<> PageAllocator::shrink_pcplist(Context& self, Zone& zone, Pages most) {
    const CpuId cpu = self.processor().id();
    {
        const InterruptsOff irqs{self};
        Guard<SpinLock> list_is_ours;
        if (hot_path_.takes_pcp_lock) list_is_ours = co_await pcp_lock(zone, cpu).acquire(self);
        const auto held = co_await zone_lock(zone).acquire(self);
        owners_->begin(cpu);
        const Moved moved = zone.drain(cpu, most);
        note(Contact::shrink, cpu, zone, moved.pages);
        co_await self.run(hold_time(moved.pages, Order{0}));
    }
    co_await self.run(machine_.costs.irq_save_restore);
}

/// Returns what draining them takes: pages of another CPU's list have their structs in that CPU's
/// cache.
Duration PageAllocator::note_drained(const Context& self, Zone& zone, CpuId owner, Moved moved) {
    statistics_.drained += moved.pages;
    note(Contact::drain, self.cpu(), zone, moved.pages);
    const Duration fetch = machine_.interconnect.transfer(owner, self.cpu());
    return hold_time(moved.pages, Order{0}) + fetch * moved.pages.count();
}

void PageAllocator::set_hot_path(HotPath path) { hot_path_ = std::move(path); }

}  // namespace pcpsim
