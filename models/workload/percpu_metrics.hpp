#pragma once
// What percpu memory looks like at an instant, and what its allocator did until then.
#include <string>
#include <vector>

#include "models/kernel/measurement.hpp"
#include "models/kernel/percpu.hpp"

namespace pcpsim {

/// Pages are of each unit.
struct PercpuSnapshot {
    Bytes footprint;  ///< `Percpu:` of /proc/meminfo
    std::int64_t chunks = 0;
    Pages populated, empty;
    Pages sidelined;  ///< populated, of chunks that are allocated from last
    /// What is not allocated of the populated pages of all chunks but the first.
    std::int64_t fragmentation_percent = 0;
};
PercpuSnapshot take_snapshot(const PercpuAllocator& allocator);

struct PercpuMark {
    std::string when;
    PercpuSnapshot seen;
};
/// PREFIX/kB-WHEN for each mark, then likewise fragmentation-, populated-, empty-, sidelined- and
/// chunks-WHEN.
std::vector<Measurement> percpu_metrics(const std::string& prefix,
                                        const std::vector<PercpuMark>& marks);
/// PREFIX/mutex-wait-mean, -p50, -p99, -max, PREFIX/lock-hold-mean and -max.
std::vector<Measurement> percpu_latency_metrics(const std::string& prefix, const Percpu& percpu);
/// Counts of the search and of the worker.
std::vector<Measurement> percpu_activity_metrics(const std::string& prefix, const Percpu& percpu);

}  // namespace pcpsim
