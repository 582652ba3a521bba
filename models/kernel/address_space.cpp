#include "models/kernel/address_space.hpp"

#include <algorithm>

namespace pcpsim {

/// One task's fault as a table of phases: the strategy's allocation, then the rest.
class AddressSpace::Fault {
public:
    explicit Fault(const Kernel& kernel)
        : hot_{kernel.pages.hot_path()}, phases_{hot_.alloc}, costs_{kernel.machine.costs} {
        const bool preemptible = kernel.machine.kernel.preemption == Preemption::full ||
                                 kernel.machine.kernel.preemption == Preemption::rt;
        phases_.push_back(
            {costs_.page_fault + costs_.page_zero, Activity::kernel, false, preemptible});
        phases_.push_back({costs_.user_per_page, Activity::user, false, true});
    }
    /// The work of the faults to come.
    void set_work(Duration shared_lines, Ratio variation) {
        const Duration own = costs_.page_fault + costs_.page_zero;
        phases_[hot_.alloc.size()].work = scale_down(own, variation) + shared_lines;
    }
    Operation from_allocation(SpinLock* pcp_lock) {
        phases_[hot_.locked_phase].held = pcp_lock;
        return phases_;
    }
    Operation after_allocation() { return Operation{phases_}.subspan(hot_.alloc.size()); }

private:
    const HotPath& hot_;
    std::vector<Phase> phases_;
    const CostTable& costs_;
};

Pages AddressSpace::mapped() const {
    Pages sum;
    for (const PageRuns& runs : mapped_) sum += runs.size() * Order{0};
    return sum;
}

void AddressSpace::count_pages(Census& census) const {
    for (const PageRuns& runs : mapped_)
        for (const PageRun& run : runs) census.count(run, Order{0});
}

/// The mean over the other active tasks of fetching a line from them, times the chance that it was
/// one of them and not this task who wrote it last.
Duration AddressSpace::shared_lines(CpuId cpu) const {
    Duration fetches;
    for (const CpuId other : active_) fetches += kernel_.machine.interconnect.transfer(other, cpu);
    const auto tasks = static_cast<std::int64_t>(active_.size());
    return scale_down(fetches, {kernel_.machine.costs.fault_shared_lines_permille, 1000 * tasks});
}

Task<> AddressSpace::touch(Context& self, Pages pages, Toucher toucher) {
    constexpr Order order{0};
    constexpr MigrateType type = MigrateType::movable;
    const CpuId cpu = self.processor().id();
    const NodeId node = kernel_.machine.topology.node_of(cpu);
    active_.push_back(cpu);
    ++version_;

    Fault fault{kernel_};
    PageRuns& touched = mapped_.emplace_back();
    Pages booked;
    Duration shared;
    std::uint64_t seen_version = 0;
    std::uint64_t batches = 0;
    for (Pages left = pages; left > Pages{}; left -= Pages{1}) {
        Zone* const zone = kernel_.pages.preferred_zone(node, order);
        if (zone == nullptr) throw OutOfMemory{self.name() + ": out of memory"};
        if (booked == Pages{}) {
            booked = std::min(left, zone->pcplist(cpu).tuning().batch);
            const Time served = kernel_.bandwidth.book(kernel_.engine.now(), zone->node(), booked);
            co_await self.stall(served);
            if (std::exchange(seen_version, version_) != version_) shared = shared_lines(cpu);
            const auto spread = static_cast<std::uint64_t>(toucher.jitter_permille * 2000 + 1);
            const std::uint64_t drawn =
                kernel_.draws.below(spread, toucher.number, Purpose{"fault work"}, batches++);
            const std::int64_t ppm =
                1'000'000 - toucher.jitter_permille * 1000 + static_cast<std::int64_t>(drawn);
            fault.set_work(shared, {ppm, 1'000'000});
        }
        booked -= Pages{1};
        SpinLock* lock = nullptr;
        if (const auto listed = kernel_.pages.take_listed(self, *zone, cpu, type, lock)) {
            touched.push_tail(*listed);
            co_await self.run(fault.from_allocation(lock));
        } else {
            const std::optional<Pfn> page =
                co_await kernel_.pages.alloc_pages(self, node, order, type);
            if (!page) throw OutOfMemory{self.name() + ": out of memory"};
            touched.push_tail(*page);
            co_await self.run(fault.after_allocation());
        }
    }
    active_.erase(std::find(active_.begin(), active_.end(), cpu));
    ++version_;
}

}  // namespace pcpsim
