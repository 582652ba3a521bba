#pragma once
// The kernel's tracepoints and the probe events beside them, as structs: what a recording says, and
// what a model that emits events says. Kernel 5.10 to 6.12, include/trace/events/kmem.h.
#include <cstdint>
#include <limits>
#include <optional>
#include <variant>

#include "models/mm/page.hpp"
#include "models/trace/percpu_events.hpp"
#include "sim/ids.hpp"
#include "sim/units.hpp"

namespace pcpsim::trace {

/// What a probe has read from a per_cpu_pages. A field that it does not read is absent.
struct PcpFields {
    static constexpr std::int32_t absent = std::numeric_limits<std::int32_t>::min();
    std::int32_t count = absent, high = absent, high_min = absent, high_max = absent;
    std::int32_t batch = absent, free_factor = absent, alloc_factor = absent, free_count = absent;
    std::int32_t flags = absent;
    bool operator==(const PcpFields&) const = default;
};

/// No buddy allocator has larger blocks; what is larger is a gigantic page.
constexpr Order largest_block{14};

/// mm_page_alloc: an allocation has succeeded, or failed and has no page. Printed after the page
/// was prepared, hence perhaps well after it left its list.
struct PageAlloc {
    std::optional<Pfn> page;
    Order order;
    MigrateType type;
};
/// mm_page_free: a block is about to be freed, or a gigantic page.
struct PageFree {
    Pfn page;
    Order order;
};
/// mm_page_free_batched: a page that was announced before is freed now.
struct PageFreeBatched {
    Pfn page;
};
/// mm_page_alloc_zone_locked: a block leaves the buddy allocator, for a list or for the caller.
struct PageAllocZoneLocked {
    Pfn page;
    Order order;
    MigrateType type;
};
/// mm_page_alloc_extfrag: a block was taken from the free lists of another type.
struct PageAllocExtfrag {
    Pfn page;
    Order order;
    MigrateType type;  ///< the one that was wanted
};
/// mm_page_pcpu_drain: a block goes from a pcplist to the buddy allocator.
struct PagePcpuDrain {
    Pfn page;
    Order order;
    MigrateType type;
};

// The probes of captured kernels read their arguments at function entry.

/// rmqueue_bulk()
struct PcpRefill {
    Address zone;
    Order order;
    MigrateType type;
    Blocks asked;
};
/// free_unref_page_commit(): a block joins the head of the list of its type.
struct PcpCommit {
    std::optional<Pfn> page;
    Address page_struct;  ///< where the probe reads no frame number; perhaps not yet translated
    MigrateType type;
    Order order;
    std::optional<Address> pcp;
    PcpFields fields;  ///< before the block joins
};
/// free_pcppages_bulk()
struct PcpBulkfree {
    Address zone;
    Address pcp;
    Pages asked;
    std::int32_t list = PcpFields::absent;  ///< pindex: the list that asked for it
    PcpFields fields;
};
/// __alloc_pages_bulk(), whose pages no tracepoint names.
struct BulkAlloc {
    MigrateType type;
    Pages asked;
};
/// Its return: how many pages the caller's array holds.
struct BulkReturn {
    Pages pages;
};
/// drain_all_pages() and, since 5.11, its inner function; no zone means all of them.
struct DrainAll {
    std::optional<Address> zone;
    bool inner = false;
    bool forced = false;  ///< every online CPU is visited
};
/// Their return.
struct DrainReturn {};
/// workqueue_queue_work: drain_local_pages_wq() is queued on a CPU, or something else.
struct WorkQueued {
    CpuId cpu;  ///< if it drains
    bool drains = false;
};
/// drain_local_pages_wq(): a drain's work item runs on its CPU.
struct DrainWork {};
/// workqueue_execute_end of it.
struct DrainWorkEnd {};
/// drain_pages(): all zones of a CPU, up to 5.19 on that CPU.
struct DrainPages {
    CpuId cpu;
};
/// drain_pages_zone(): one zone of a CPU, since 6.0 from any CPU.
struct DrainPagesZone {
    CpuId cpu;
    Address zone;
};
/// drain_local_pages(): the CPU empties its own lists of one zone, or of all.
struct DrainLocal {
    std::optional<Address> zone;
};
/// zone_pcp_disable(): the lists of a zone are about to keep nothing, and to be drained.
struct ZonePcpDisable {
    Address zone;
};
/// drain_zone_pages(): up to a batch of a remote zone's pages that were idle.
struct DrainZonePages {
    Address zone;
    Address pcp;
};
/// decay_pcp_high()
struct DecayPcpHigh {
    Address zone;
    Address pcp;
    PcpFields fields;
};
/// The ring buffer of a CPU has lost events before this place; how many may be unknown.
struct LostEvents {
    std::int64_t count = 0;
};

using Event =
    std::variant<PageAlloc, PageFree, PageFreeBatched, PageAllocZoneLocked, PageAllocExtfrag,
                 PagePcpuDrain, PcpRefill, PcpCommit, PcpBulkfree, BulkAlloc, BulkReturn, DrainAll,
                 DrainReturn, WorkQueued, DrainWork, DrainWorkEnd, DrainPages, DrainPagesZone,
                 DrainLocal, ZonePcpDisable, DrainZonePages, DecayPcpHigh, PercpuEvent, LostEvents>;

/// Who runs: a thread, or an interrupt on top of it.
struct Actor {
    CpuId cpu;
    std::int32_t pid = 0;
    char context = '.';  ///< '.', 's', 'h' and so on, as in the third column of the flags
    bool operator==(const Actor&) const = default;
};

struct Record {
    std::int64_t line = 0;  ///< in the recording, from 1
    Time time;
    Actor actor;
    Event event;
};

}  // namespace pcpsim::trace
