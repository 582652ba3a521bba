#pragma once
// The page allocator in time: alloc_pages() and free_pages() with their locks and costs around mm/.
//
// Synchronization rules
//   zone->lock   a zone's buddy lists and its free count; interrupts off; held for a refill, a
//                spill, or the emptying of one pcplist
//   pcplists     local_lock (interrupts off on the owning CPU), or pcp->lock where the strategy of
//                draining lets other CPUs in; then an allocation or free that finds it taken goes
//                to the buddy lists instead (rmqueue(), free_unref_page(), 6.0)
//   order        pcp->lock, then zone->lock
#include <memory>
#include <optional>
#include <vector>

#include "models/kernel/hot_path.hpp"
#include "models/kernel/page_owners.hpp"
#include "models/kernel/pages_in_hand.hpp"
#include "models/kernel/scheduler.hpp"
#include "models/mm/memory.hpp"
#include "sim/lock.hpp"
#include "sim/task.hpp"

namespace pcpsim {

/// What kinds of contact with shared state the fingerprint records.
enum class Contact : std::uint32_t {
    refill,
    spill,
    drain,
    buddy_alloc,
    buddy_free,
    lists_swapped,
    shrink,
    percpu_alloc,
    percpu_free
};

/// Counted since the start of the run.
struct AllocatorStatistics {
    std::uint64_t refills = 0;
    std::uint64_t spills = 0;
    std::uint64_t buddy_allocs = 0;  ///< past the pcplists
    std::uint64_t buddy_frees = 0;
    Pages drained;
};

/// What an allocation may leave of a zone: ALLOC_WMARK_LOW, or ALLOC_WMARK_MIN once kswapd works.
enum class Watermark : std::uint8_t { low, min };

/// Where an allocation goes that finds every zone below its low watermark.
class SlowPath {
public:
    /// __alloc_pages_slowpath(): nothing if it fails for good.
    virtual Task<std::optional<Pfn>> alloc_slowpath(Context& self, NodeId node, Order order,
                                                    MigrateType type) = 0;

protected:
    SlowPath() = default;
    SlowPath(const SlowPath&) = default;
    SlowPath& operator=(const SlowPath&) = default;
    ~SlowPath() = default;
};

class PageAllocator final : public WatermarkObserver {
public:
    PageAllocator(Engine& engine, const Machine& machine, Scheduler& scheduler, Memory& memory);
    ~PageAllocator();
    PageAllocator(const PageAllocator&) = delete;
    PageAllocator& operator=(const PageAllocator&) = delete;

    void set_hot_path(HotPath path);
    [[nodiscard]] const HotPath& hot_path() const { return hot_path_; }

    /// What alloc_pages() does when it finds no zone; the path outlives the run. Without, it fails.
    void set_slow_path(SlowPath& path) { slow_path_ = &path; }

    /// alloc_pages(): one block, from the first zone of the node's zonelist whose low watermark
    /// allows it, or by the slow path; nothing if that fails too.
    Task<std::optional<Pfn>> alloc_pages(Context& self, NodeId node, Order order, MigrateType type);
    /// One block from the first zone of the node's zonelist that keeps its watermark; or nothing.
    Task<std::optional<Pfn>> get_page_from_freelist(Context& self, NodeId node, Order order,
                                                    MigrateType type, Watermark keeps);
    /// A block off the zone's buddy lists, past its pcplists and whatever its watermarks say, as
    /// alloc_contig_range() takes them; nothing if there is none.
    Task<std::optional<Pfn>> alloc_from_buddy(Context& self, Zone& zone, Order order,
                                              MigrateType type);
    /// __free_pages(): the block joins the caller's pcplist.
    Task<> free_pages(Context& self, Pfn block, Order order, MigrateType type);

    [[nodiscard]] Zone& zone_of(Pfn page) { return memory_.zone_of(page); }
    /// The zone that a page on the node would come from now; null if every watermark fails.
    [[nodiscard]] Zone* preferred_zone(NodeId node);

    // The parts of an allocation, for those who plan several of them.
    /// The caller's pcp->lock by trylock; an empty guard if somebody else has it. After a drain the
    /// lock's line is in the drainer's cache, and the next owner fetches it, for `line`.
    Guard<SpinLock> try_pcp_lock(Context& self, const Zone& zone, Duration& line);
    /// rmqueue_bulk() for the caller's list, which is empty, under zone->lock, interrupts off.
    /// Returns for how long it moves pages.
    Duration refill(const Context& self, Zone& zone, Order order, MigrateType type);

    /// free_pcppages_bulk() of the CPU's lists, as much of them as the era frees in one hold of
    /// zone->lock. Returns what is left. The caller owns their protection, whose line it may still
    /// owe.
    Task<Pages> drain_pcplist(Context& self, Zone& zone, CpuId owner, Duration owed = {});
    /// All of lists that were exchanged, whose pages `owner` touched last.
    Task<> drain_lists(Context& self, Zone& zone, PcpLists& lists, CpuId owner);
    /// drain_zone_pages(), decay_pcp_high(): up to `most` pages of the list of the CPU that the
    /// caller stays on, which it protects itself.
    Task<> shrink_pcplist(Context& self, Zone& zone, Pages most);
    /// Whether the CPU has changed counters of the zone that it has not folded: vm_stat_diff. Only
    /// contacts with the zone change them.
    [[nodiscard]] bool has_changed_counters(const Zone& zone, CpuId cpu) const {
        return changed_counters_[index_of(zone, cpu)] != 0;
    }
    /// Returns whether there was anything to fold.
    bool fold_counters(const Zone& zone, CpuId cpu) {
        return std::exchange(changed_counters_[index_of(zone, cpu)], std::uint8_t{0}) != 0;
    }
    [[nodiscard]] SpinLock& zone_lock(const Zone& zone) { return *zone_locks_[zone.id().index()]; }
    [[nodiscard]] SpinLock& pcp_lock(const Zone& zone, CpuId cpu);

    [[nodiscard]] const AllocatorStatistics& statistics() const { return statistics_; }
    /// Whoever allocates in a burst looks at the watermarks again before the next page.
    void watermark_crossed() override;
    /// Of blocks that are between two owners.
    [[nodiscard]] PagesInHand::List& in_hand() { return in_hand_; }
    [[nodiscard]] const PagesInHand::List& in_hand() const { return in_hand_; }
    void note(Contact kind, CpuId cpu, const Zone& zone, Pages pages);

private:
    class OwnerLedger;
    Task<std::optional<Pfn>> rmqueue(Context& self, Zone& zone, Order order, MigrateType type);
    Task<> rmqueue_buddy(Context& self, Zone& zone, MigrateType type, PagesInHand& hand);
    Task<> rmqueue_pcplist(Context& self, Zone& zone, MigrateType type, PagesInHand& hand);
    Task<> free_to_buddy(Context& self, Zone& zone, MigrateType type, PagesInHand& hand);
    Duration note_drained(const Context& self, Zone& zone, CpuId owner, Moved moved);
    [[nodiscard]] std::size_t index_of(const Zone& zone, CpuId cpu) const {
        return zone.id().index() * machine_.topology.cpus() + cpu.index();
    }
    [[nodiscard]] Duration hold_time(Pages pages, Order order) const;

    Engine& engine_;
    const Machine& machine_;
    Scheduler& scheduler_;
    Memory& memory_;
    HotPath hot_path_;
    SlowPath* slow_path_ = nullptr;
    PagesInHand::List in_hand_;
    std::unique_ptr<OwnerLedger> owners_;
    std::vector<std::unique_ptr<SpinLock>> zone_locks_;
    std::vector<std::unique_ptr<SpinLock>> pcp_locks_;  ///< by zone, then CPU; made when first used
    std::vector<std::uint8_t> changed_counters_;        ///< likewise; not 0 if there are some
    AllocatorStatistics statistics_;
};

}  // namespace pcpsim
