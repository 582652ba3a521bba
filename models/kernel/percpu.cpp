#include "models/kernel/percpu.hpp"

#include <algorithm>
#include <utility>

#include "models/kernel/masks.hpp"
#include "models/kernel/mutex_lock.hpp"

namespace pcpsim {
namespace {

constexpr Order single{0};
constexpr Pages one{1};

/// x86 groups the CPUs of each node: pcpu_cpu_distance().
PercpuGeometry geometry_of(const Machine& machine) {
    const Topology& topology = machine.topology;
    PercpuLayout layout;
    layout.page_size = machine.kernel.page_size;
    layout.static_size = machine.kernel.percpu_static;
    layout.atom_size = machine.kernel.percpu_atom;
    CpuSet seen;
    for (const CpuId cpu : topology.possible()) {
        if (seen.contains(cpu)) continue;
        const CpuSet& node = topology.cpus_of(topology.node_of(cpu));
        layout.groups.emplace_back(node.begin(), node.end());
        seen |= node;
    }
    return make_percpu_geometry(layout);
}

}  // namespace

class Percpu::BalanceWork final : public Work {
public:
    explicit BalanceWork(Percpu& percpu) : percpu_{percpu} {}
    Task<> execute(Context& self) override { return percpu_.balance(self); }

private:
    Percpu& percpu_;
};

Percpu::Percpu(Engine& engine, const Machine& machine, const PercpuRules& rules, Tlb& tlb,
               Workqueue& system_wq, PageAllocator& pages)
    : engine_{engine},
      machine_{machine},
      tlb_{tlb},
      system_wq_{system_wq},
      pages_{pages},
      allocator_{geometry_of(machine), rules},
      mutex_{engine, "pcpu_alloc_mutex"},
      lock_{engine, "pcpu_lock", machine.interconnect},
      balance_work_{std::make_unique<BalanceWork>(*this)} {
    allocator_.set_up_first_chunk();
}

Percpu::~Percpu() = default;

void Percpu::use(Depopulation& strategy) {
    depopulation_ = &strategy;
    allocator_.depopulate_by(&strategy);
}

// Allocation and free.

Task<std::optional<PercpuArea>> Percpu::alloc_percpu(Context& self, PercpuRequest request,
                                                     Wait wait) {
    Guard<Mutex> only_sleeper;
    if (!request.atomic) {
        const Time since = engine_.now();
        if (wait == Wait::nofail)
            only_sleeper = co_await mutex_lock(self, mutex_, machine_.costs);
        else
            only_sleeper = co_await mutex_lock_killable(self, mutex_, machine_.costs);
        activity_.mutex_waits.push_back(engine_.now() - since);
        if (!only_sleeper) co_return std::nullopt;
    }
    std::optional<PercpuArea> area = co_await find_area(self, request);
    while (!area && !request.atomic && !request.reserved) {
        if (!allocator_.has_free_chunk(request.type)) co_await create_chunk(self, request.type);
        area = co_await find_area(self, request);
    }
    if (area && !request.atomic) {
        const bool is_populated = co_await populate_all(self, *area);
        if (!is_populated) co_return std::nullopt;
    }
    // Looked at after population: what that takes off the empty pages counts.
    const bool has_failed = !area && request.atomic;
    if (has_failed || allocator_.wants_balance(request.type)) co_await schedule_balance(self);
    if (area) co_await self.run(zeroing(self.processor().id()));
    co_return area;
}

/// What changes, changes at once; the change returns for how long the lock is held for it.
template <class Change>
Task<> Percpu::under_lock(Context& self, Change change) {
    const InterruptsOff irqs{self};
    Duration hold;
    const auto held = co_await lock_.acquire(self, hold);
    const Time since = engine_.now();
    hold += machine_.costs.irq_save_restore + machine_.costs.atomic + change();
    co_await self.run(hold);
    const Duration held_for = engine_.now() - since;
    ++activity_.holds;
    activity_.held += held_for;
    activity_.longest_hold = std::max(activity_.longest_hold, held_for);
}

Task<std::optional<PercpuArea>> Percpu::find_area(Context& self, PercpuRequest request) {
    std::optional<PercpuArea> area;
    const auto search = [&] {
        const std::int64_t before = allocator_.stats().chunks_scanned;
        area = allocator_.allocate(request);
        const std::int64_t scanned = allocator_.stats().chunks_scanned - before;
        if (area) note(Contact::percpu_alloc, self, area->chunk, area->offset.count());
        return machine_.costs.percpu_hint * scanned + machine_.costs.percpu_area * (area ? 1 : 0);
    };
    co_await under_lock(self, search);
    co_return area;
}

/// Without pages the area is given up, as by its user.
Task<bool> Percpu::populate_all(Context& self, PercpuArea area) {
    const std::vector<PageRange> missing = allocator_.unpopulated(area);
    for (const PageRange& range : missing) {
        const bool is_populated = co_await populate(self, area.chunk, range);
        if (is_populated) continue;
        co_await free_percpu(self, area);
        co_return false;
    }
    co_return true;
}

Task<> Percpu::free_percpu(Context& self, PercpuArea area) {
    bool wants_balance = false;
    const auto clear = [&] {
        wants_balance = allocator_.free(area.chunk, area.offset).wants_balance;
        note(Contact::percpu_free, self, area.chunk, area.offset.count());
        return machine_.costs.percpu_area;
    };
    co_await under_lock(self, clear);
    if (wants_balance) co_await schedule_balance(self);
}

/// memset() for each possible CPU. The lines of one CPU's part come side by side, from where its
/// user or the page's zeroing left them.
Duration Percpu::zeroing(CpuId by) const {
    Duration sum;
    for (const CpuId cpu : machine_.topology.possible())
        sum += machine_.costs.percpu_zero + machine_.interconnect.transfer(cpu, by);
    return sum;
}

// Pages and chunks, under the mutex.

std::optional<Pfn>& Percpu::backing(ChunkId chunk, CpuId cpu, Pages page) {
    const auto unit = static_cast<std::size_t>(allocator_.geometry().unit_pages().count());
    return backing_[chunk.index()][cpu.index() * unit + static_cast<std::size_t>(page.count())];
}

Duration Percpu::mapping(PageRange range) const {
    const auto cpus = static_cast<std::int64_t>(machine_.topology.cpus());
    return machine_.costs.percpu_map_page * (range.size().count() * cpus);
}

/// pcpu_populate_chunk(). False, and nothing has changed, if there are too few pages.
Task<bool> Percpu::populate(Context& self, ChunkId chunk, PageRange range) {
    PagesInHand hand{pages_.in_hand(), single};
    bool is_short = false;
    for (const CpuId cpu : machine_.topology.possible())
        for (Pages page = range.start; page < range.end && !is_short; page += one) {
            const NodeId node = machine_.topology.node_of(cpu);
            const std::optional<Pfn> got =
                co_await pages_.alloc_pages(self, node, single, MigrateType::unmovable);
            if (got)
                hand.pages.push_tail(*got);
            else
                is_short = true;
        }
    while (is_short && !hand.pages.empty())
        co_await pages_.free_pages(self, hand.pages.pop_head(), single, MigrateType::unmovable);
    if (is_short) co_return false;

    co_await self.run(mapping(range));
    const auto apply = [&] {
        for (const CpuId cpu : machine_.topology.possible())
            for (Pages page = range.start; page < range.end; page += one)
                backing(chunk, cpu, page) = hand.pages.pop_head();
        allocator_.populated(chunk, range);
        activity_.populated += range.size();
        return machine_.costs.percpu_area;
    };
    co_await under_lock(self, apply);
    co_return true;
}

/// pcpu_depopulate_chunk(): the pages join the lists of the CPU that gives them back.
Task<> Percpu::depopulate(Context& self, ChunkId chunk, PageRange range) {
    co_await self.run(mapping(range));
    for (const CpuId cpu : machine_.topology.possible())
        for (Pages page = range.start; page < range.end; page += one) {
            const Pfn freed = *std::exchange(backing(chunk, cpu, page), std::nullopt);
            co_await pages_.free_pages(self, freed, single, MigrateType::unmovable);
        }
    const auto apply = [&] {
        allocator_.depopulated(chunk, range);
        activity_.depopulated += range.size();
        return machine_.costs.percpu_area;
    };
    co_await under_lock(self, apply);
}

/// pcpu_create_chunk(). Its address ranges and metadata take no pages of their own here.
Task<> Percpu::create_chunk(Context& self, PercpuType type) {
    co_await self.run(machine_.costs.percpu_chunk);
    const auto add = [&] {
        const ChunkId chunk = allocator_.create_chunk(type);
        const PercpuGeometry& geometry = allocator_.geometry();
        backing_.resize(chunk.index() + 1);
        backing_.back().resize(machine_.topology.cpus() *
                               static_cast<std::size_t>(geometry.unit_pages().count()));
        ++activity_.chunks_created;
        return machine_.costs.percpu_area;
    };
    co_await under_lock(self, add);
}

void Percpu::count_pages(Census& census) const {
    for (const Backing& chunk : backing_)
        for (const std::optional<Pfn>& page : chunk)
            if (page) census.count(PageRun{*page, 1, 0}, single);
}

// The balance worker.

Task<> Percpu::schedule_balance(Context& self) {
    if (depopulation_ != nullptr) co_await system_wq_.queue(self, *balance_work_);
}

/// pcpu_balance_workfn()
Task<> Percpu::balance(Context& self) {
    ++activity_.worker_runs;
    const auto only_one = co_await mutex_lock(self, mutex_, machine_.costs);
    Generator<BalanceStep> steps = depopulation_->balance();
    for (;;) {
        std::optional<BalanceStep> step;
        const auto decide = [&] {
            step = steps.next();
            return machine_.costs.percpu_area;
        };
        co_await under_lock(self, decide);
        if (!step) break;
        co_await execute(self, *step);
    }
}

Task<> Percpu::execute(Context& self, BalanceStep step) {
    switch (step.kind) {
        case BalanceStep::Kind::populate:
            static_cast<void>(co_await populate(self, step.chunk, step.pages));
            break;
        case BalanceStep::Kind::depopulate:
            co_await depopulate(self, step.chunk, step.pages);
            break;
        case BalanceStep::Kind::create:
            co_await create_chunk(self, step.type);
            break;
        case BalanceStep::Kind::destroy:
            allocator_.destroy_chunk(step.chunk);
            backing_[step.chunk.index()] = Backing{};
            ++activity_.chunks_destroyed;
            co_await self.run(machine_.costs.percpu_chunk);
            break;
        case BalanceStep::Kind::flush_tlb:
            // The addresses of all units are more than are dropped one by one.
            ++activity_.tlb_flushes;
            co_await tlb_.flush_kernel(self);
            break;
    }
}

void Percpu::note(Contact kind, const Context& self, ChunkId chunk, std::int64_t argument) {
    engine_.fingerprint().add(engine_.now(), static_cast<std::uint32_t>(kind),
                              self.processor().id(), chunk.number(),
                              static_cast<std::uint64_t>(argument));
}

}  // namespace pcpsim
