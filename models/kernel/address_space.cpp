#include "models/kernel/address_space.hpp"

#include <algorithm>
#include <array>

#include "models/kernel/free_burst.hpp"
#include "models/kernel/page_burst.hpp"

namespace pcpsim {

namespace {

constexpr Purpose fault_work{"fault work"};

/// What follows the allocation in a fault.
std::array<Phase, 2> fault_phases(const Machine& machine) {
    const CostTable& costs = machine.costs;
    const bool preemptible = machine.kernel.preemption == Preemption::full ||
                             machine.kernel.preemption == Preemption::rt;
    return {Phase{costs.page_fault + costs.page_zero, Activity::kernel, false, preemptible},
            Phase{costs.user_per_page, Activity::user, false, true}};
}

constexpr Bytes page_table_entry{8};

/// How many pages an mmu_gather holds at most (tlb_next_batch(), 3.0 and later): 8 in itself, and
/// as many as make up to 10,000 in batches of a page each, whose head takes 16 bytes.
Blocks gather_limit(Bytes page_size) {
    const std::int64_t batch = (page_size - Bytes{16}) / Bytes{8};
    return Blocks{8 + 10'000 / batch * batch};
}

}  // namespace

Pages AddressSpace::mapped() const {
    kernel_.memory.catch_up();
    Pages sum;
    for (const PageRuns& runs : mapped_) sum += runs.size() * Order{0};
    return sum;
}

void AddressSpace::count_pages(Census& census) const {
    kernel_.memory.catch_up();
    for (const PageRuns& runs : mapped_)
        for (const PageRun& run : runs) census.count(run, Order{0});
}

/// The mean over the other active tasks of fetching a line from them, times the chance that it was
/// one of them and not this task who wrote it last.
Duration AddressSpace::shared_lines(CpuId cpu) const {
    return scale_down(active_.fetches_to(cpu),
                      {kernel_.machine.costs.fault_shared_lines_permille, 1000 * active_.size()});
}

Task<> AddressSpace::touch(Context& self, Pages pages, Toucher toucher) {
    const CpuId cpu = self.processor().id();
    const NodeId node = kernel_.machine.topology.node_of(cpu);
    active_.add(cpu);

    const std::array<Phase, 2> fault = fault_phases(kernel_.machine);
    if (mapped_.size() <= toucher.number) mapped_.resize(toucher.number + 1);
    PageBurst faults{kernel_.pages, MigrateType::movable, fault, mapped_[toucher.number]};
    Pages booked;
    Duration shared;
    std::uint64_t seen_version = 0;
    std::uint64_t batches = 0;
    for (Pages left = pages; left > Pages{} && !self.stop_requested();) {
        if (booked == Pages{}) {
            const Zone* zone = kernel_.pages.preferred_zone(node);
            if (zone == nullptr) zone = &kernel_.memory.zone(kernel_.memory.zonelist(node).front());
            booked = std::min(left, zone->pcplist(cpu).tuning().batch);
            const Time served = kernel_.bandwidth.book(kernel_.engine.now(), zone->node(), booked);
            co_await self.stall(served);
            if (std::exchange(seen_version, active_.version()) != active_.version())
                shared = shared_lines(cpu);
            const std::int64_t jitter = toucher.jitter_permille * 1000;
            const std::int64_t ppm =
                1'000'000 - jitter +
                kernel_.draws.below(2 * jitter + 1, toucher.number, fault_work, batches++);
            faults.after(0).work = scale_down(fault[0].work, {ppm, 1'000'000}) + shared;
        }
        const Pages faulted = co_await faults.run(self, node, std::min(left, booked));
        if (faulted == Pages{}) break;
        left -= faulted;
        booked -= faulted;
    }
    active_.remove(cpu);
}

Task<> AddressSpace::unmap(Context& self, std::uint32_t toucher, Duration work_per_page) {
    if (mapped_.size() <= toucher) co_return;
    PageRuns& pages = mapped_[toucher];
    // zap_pte_range() looks for who else wants the CPU.
    const Phase zap{work_per_page, Activity::kernel, false, true};
    const std::size_t phases = work_per_page > Duration{} ? 1 : 0;
    FreeBurst frees{kernel_.pages, MigrateType::movable, {&zap, phases}, pages};
    const Bytes page_size = kernel_.machine.kernel.page_size;
    const bool spans_table = pages.size() >= Blocks{page_size / page_table_entry};
    while (!pages.empty()) {
        const Blocks gathered = std::min(pages.size(), gather_limit(page_size));
        const bool frees_tables = spans_table && gathered == pages.size();
        co_await kernel_.tlb.flush(self, mm_, gathered * Order{0},
                                   frees_tables ? Tlb::PageTables::freed : Tlb::PageTables::kept);
        co_await frees.run(self, gathered);
    }
}

}  // namespace pcpsim
