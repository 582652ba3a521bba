#pragma once
// What a recording asks of the page allocator, in the order in which the recorded kernel did it,
// and what that kernel did about it.
#include <cstdint>
#include <optional>

#include "models/kernel/drain_control.hpp"
#include "models/mm/pcplist.hpp"

namespace pcpsim {

/// A kernel's answers to the same requests.
struct AllocatorCounts {
    std::int64_t refills = 0;
    Pages refilled;
    std::int64_t spills = 0;
    Pages spilled;
    std::int64_t drains = 0;   ///< that run
    std::int64_t gave_up = 0;  ///< as another one ran
    std::int64_t visited = 0, left_alone = 0;
    std::int64_t work_items = 0, interrupts = 0;
    std::int64_t slices = 0;
    Pages drained;
    std::int64_t expiries = 0;  ///< bulks that a vmstat worker has given back
    Pages expired;
    std::int64_t past_lists = 0;  ///< blocks straight from or to the buddy allocator

    /// Times that zone->lock was taken.
    [[nodiscard]] std::int64_t zone_locks() const {
        return refills + spills + slices + expiries + past_lists;
    }
    bool operator==(const AllocatorCounts&) const = default;
};

/// Told of a pcplist by CPU and zone from when all that it holds is known.
class Requests {
public:
    /// From here on the list is known, or known again; it holds what `list` holds.
    virtual void begin(CpuId cpu, std::size_t zone, const Pcplist& list) = 0;
    /// An allocation looks at the list, which may be empty.
    virtual void wanted(CpuId cpu, std::size_t zone, Order order, MigrateType type) = 0;
    virtual void allocated(CpuId cpu, std::size_t zone, Pfn block, Order order,
                           MigrateType type) = 0;
    /// __alloc_pages_bulk() has taken single pages, one after the other.
    virtual void allocated_in_bulk(CpuId cpu, std::size_t zone, MigrateType type,
                                   const PageRun& pages) = 0;
    virtual void freed(CpuId cpu, std::size_t zone, Pfn block, Order order, MigrateType type) = 0;
    /// A block that has no list, or found it locked.
    virtual void allocated_past_lists(CpuId cpu, std::size_t zone, Pfn block, Order order,
                                      MigrateType type, bool locked) = 0;
    virtual void freed_past_lists(CpuId cpu, std::size_t zone, Pfn block, Order order) = 0;

    /// The caller's drain looks at the counts, now.
    virtual void drain_begins(std::int32_t caller, std::optional<ZoneId> zone,
                              DrainReason reason) = 0;
    /// The recorded drain has freed a slice of the list; the last one if it is empty now. Without a
    /// caller (0) the CPU empties its own list.
    virtual void drained(std::int32_t caller, CpuId cpu, std::size_t zone, bool last) = 0;
    /// It is done with the lists of a CPU, in one zone or in all.
    virtual void drain_left(std::int32_t caller, CpuId cpu, std::optional<std::size_t> zone) = 0;
    /// It is over; `recorded` has drains or gave_up, visited, left_alone and work_items.
    virtual void drain_ends(std::int32_t caller, const AllocatorCounts& recorded) = 0;

    /// drain_zone_pages(): a batch of a remote zone's pages that were idle.
    virtual void expired(CpuId cpu, std::size_t zone) = 0;
    /// decay_pcp_high()
    virtual void decayed(CpuId cpu, std::size_t zone) = 0;

    // What the recorded kernel has moved.
    virtual void has_refilled(Pages pages) = 0;
    virtual void has_spilled(Pages pages) = 0;
    virtual void has_drained(Pages pages) = 0;
    virtual void has_expired(Pages pages) = 0;

protected:
    Requests() = default;
    Requests(const Requests&) = default;
    Requests& operator=(const Requests&) = default;
    ~Requests() = default;
};

}  // namespace pcpsim
