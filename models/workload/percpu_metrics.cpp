#include "models/workload/percpu_metrics.hpp"

#include <algorithm>

#include "models/workload/latency_metrics.hpp"

namespace pcpsim {

PercpuSnapshot take_snapshot(const PercpuAllocator& allocator) {
    const Bytes page = allocator.geometry().page_size;
    PercpuSnapshot seen;
    seen.footprint = allocator.footprint();
    seen.chunks = allocator.stats().nr_chunks;
    seen.populated = allocator.nr_populated();
    Bytes populated, allocated;
    for (const PercpuType type : allocator.types()) {
        seen.empty += allocator.nr_empty_populated(type);
        for (auto id = allocator.first_in(type, allocator.sidelined_slot()); id;
             id = allocator.next_after(*id))
            seen.sidelined += allocator.chunk(*id).nr_populated();
    }
    for (const ChunkId id : allocator.chunks()) {
        if (!allocator.is_reclaimable(id)) continue;
        const PercpuChunk& chunk = allocator.chunk(id);
        populated += page * chunk.nr_populated().count();
        allocated += allocator.geometry().unit_size - chunk.free_bytes();
    }
    if (populated > Bytes{0})
        seen.fragmentation_percent = 100 * (populated - allocated) / populated;
    return seen;
}

std::vector<Measurement> percpu_metrics(const std::string& prefix,
                                        const std::vector<PercpuMark>& marks) {
    std::vector<Measurement> metrics;
    const auto at_each = [&](const std::string& name, const char* unit, const std::string& sentence,
                             auto value) {
        for (const PercpuMark& mark : marks)
            metrics.push_back({prefix + "/" + name + "-" + mark.when, unit, Direction::lower,
                               sentence + ", " + mark.when, value(mark.seen)});
    };
    using Seen = const PercpuSnapshot&;
    at_each("kB", "kB", "Percpu: of /proc/meminfo", [](Seen s) { return s.footprint / 1_KiB; });
    at_each("fragmentation", "%",
            "share of populated pages that is not allocated, but for the first chunk",
            [](Seen s) { return s.fragmentation_percent; });
    at_each("populated", "pages", "pages of a unit that have memory",
            [](Seen s) { return s.populated.count(); });
    at_each("empty", "pages", "of them empty, in chunks in service",
            [](Seen s) { return s.empty.count(); });
    at_each("sidelined", "pages", "of them in sidelined chunks",
            [](Seen s) { return s.sidelined.count(); });
    at_each("chunks", "count", "percpu chunks", [](Seen s) { return s.chunks; });
    return metrics;
}

std::vector<Measurement> percpu_latency_metrics(const std::string& prefix, const Percpu& percpu) {
    const PercpuActivity& activity = percpu.activity();
    std::vector<Measurement> metrics =
        latency_metrics(prefix + "/mutex-wait", "wait for pcpu_alloc_mutex", activity.mutex_waits);
    const auto holds = static_cast<std::int64_t>(std::max<std::uint64_t>(activity.holds, 1));
    metrics.push_back(microseconds(prefix + "/lock-hold-mean", activity.held / holds,
                                   "hold of pcpu_lock, interrupts off"));
    metrics.push_back(microseconds(prefix + "/lock-hold-max", activity.longest_hold,
                                   "longest hold of pcpu_lock, interrupts off"));
    return metrics;
}

std::vector<Measurement> percpu_activity_metrics(const std::string& prefix, const Percpu& percpu) {
    const PercpuActivity& activity = percpu.activity();
    const PercpuStats& stats = percpu.allocator().stats();
    const auto count = [&](const char* name, auto value, const char* sentence) {
        return counted(prefix + "/" + name, static_cast<std::uint64_t>(value), sentence);
    };
    return {count("chunks-scanned", stats.chunks_scanned, "chunks asked for room"),
            count("chunk-creations", activity.chunks_created, "percpu chunks created"),
            count("chunk-destructions", activity.chunks_destroyed, "percpu chunks destroyed"),
            count("pages-populated", activity.populated.count(), "pages of a unit populated"),
            count("pages-depopulated", activity.depopulated.count(), "pages of a unit depopulated"),
            count("worker-runs", activity.worker_runs, "runs of the balance worker"),
            count("tlb-flushes", activity.tlb_flushes, "TLB flushes on all CPUs"),
            count("atomic-failures", stats.atomic_failures, "atomic allocations that failed")};
}

}  // namespace pcpsim
