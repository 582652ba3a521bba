#pragma once
// The percpu allocator in time: alloc_percpu(), free_percpu() and the balance worker, with their
// locks, costs and pages around mm/.
//
//   alloc    |- mutex -|- pcpu_lock: search, mark -|- populate: pages, map -|- zero every unit -|
//   free                |- pcpu_lock: clear -|   worker wanted?
//   worker   |- mutex -|- pcpu_lock: next step -|- its pages, its TLB flush -|- next step -| ... |
//
// Synchronization rules
//   pcpu_alloc_mutex   chunks come and go, and pages of them, only under it; it is held while pages
//                      are allocated and zeroed. Atomic allocations and frees do without.
//   pcpu_lock          bitmaps, hints and lists of chunks; interrupts off
//   order              pcpu_alloc_mutex, then pcpu_lock, or those of the page allocator
// Kernel: mm/percpu.c, mm/percpu-vm.c, 5.10 to 6.12.
#include <memory>
#include <optional>
#include <vector>

#include "models/kernel/page_allocator.hpp"
#include "models/kernel/tlb.hpp"
#include "models/kernel/workqueue.hpp"
#include "models/mm/census.hpp"
#include "models/mm/percpu_depopulation.hpp"
#include "sim/lock.hpp"

namespace pcpsim {

/// Counted since the start of the run, beside PercpuStats. Pages are of each unit.
struct PercpuActivity {
    std::uint64_t worker_runs = 0;
    std::uint64_t tlb_flushes = 0;
    std::uint64_t chunks_created = 0, chunks_destroyed = 0;
    Pages populated, depopulated;
    std::uint64_t holds = 0;            ///< of pcpu_lock, interrupts off
    Duration held, longest_hold;        ///< it, in all and at most
    std::vector<Duration> mutex_waits;  ///< of every allocation that may sleep; 0 if it was free
};

class Percpu {
public:
    /// The first chunk is there, as at boot; its pages belong to no zone.
    Percpu(Engine& engine, const Machine& machine, const PercpuRules& rules, Tlb& tlb,
           Workqueue& system_wq, PageAllocator& pages);
    ~Percpu();
    Percpu(const Percpu&) = delete;
    Percpu& operator=(const Percpu&) = delete;

    /// Chunks from now on give pages back this way; the strategy, made for allocator(), outlives
    /// the run. Without one there is no balance worker.
    void use(Depopulation& strategy);

    /// Whether a fatal signal ends the wait for the mutex.
    enum class Wait : std::uint8_t { killable, nofail };
    /// __alloc_percpu_gfp() of a legal request. Nothing if an atomic request finds no populated
    /// area, if the caller is killed while it waits, or if there are no pages.
    Task<std::optional<PercpuArea>> alloc_percpu(Context& self, PercpuRequest request,
                                                 Wait wait = Wait::killable);
    /// free_percpu() of what was allocated, from any context.
    Task<> free_percpu(Context& self, PercpuArea area);

    [[nodiscard]] PercpuAllocator& allocator() { return allocator_; }
    [[nodiscard]] const PercpuAllocator& allocator() const { return allocator_; }
    [[nodiscard]] const PercpuActivity& activity() const { return activity_; }
    [[nodiscard]] const Mutex& mutex() const { return mutex_; }
    /// Those that chunks hold.
    void count_pages(Census& census) const;

private:
    class BalanceWork;
    /// A chunk's pages: those of the first possible CPU's unit, then those of the second, ...
    using Backing = std::vector<std::optional<Pfn>>;

    template <class Change>
    Task<> under_lock(Context& self, Change change);
    Task<std::optional<PercpuArea>> find_area(Context& self, PercpuRequest request);
    Task<bool> populate_all(Context& self, PercpuArea area);
    Task<bool> populate(Context& self, ChunkId chunk, PageRange range);
    Task<> depopulate(Context& self, ChunkId chunk, PageRange range);
    Task<> create_chunk(Context& self, PercpuType type);
    Task<> schedule_balance(Context& self);
    Task<> balance(Context& self);
    Task<> execute(Context& self, BalanceStep step);
    [[nodiscard]] std::optional<Pfn>& backing(ChunkId chunk, CpuId cpu, Pages page);
    [[nodiscard]] Duration zeroing(CpuId by) const;
    [[nodiscard]] Duration mapping(PageRange range) const;
    void note(Contact kind, const Context& self, ChunkId chunk, std::int64_t argument);

    Engine& engine_;
    const Machine& machine_;
    Tlb& tlb_;
    Workqueue& system_wq_;
    PageAllocator& pages_;
    PercpuAllocator allocator_;
    Depopulation* depopulation_ = nullptr;
    Mutex mutex_;
    SpinLock lock_;
    std::unique_ptr<BalanceWork> balance_work_;
    std::vector<Backing> backing_;  ///< by chunk; empty for the first one, which has its own pages
    PercpuActivity activity_;
};

}  // namespace pcpsim
