#pragma once
// What is known of a recorded percpu allocator beside its events: its chunks at some instants, and
// the layout that its kernel prints when it boots:
//
//   pcpu-alloc: s217088 r8192 d28672 u524288 alloc=1*2097152
//   pcpu-alloc: [0] 0 1 2 3 [1] 4 5 6 -
#include <string>
#include <vector>

#include "analysis/replay/percpu_snapshots.hpp"
#include "analysis/replay/recorded_kernel.hpp"
#include "models/mm/percpu_geometry.hpp"

namespace pcpsim {

struct RecordedPercpu {
    PercpuGeometry geometry;
    PercpuRules rules;
    PercpuSnapshots snapshots;
};

/// Throws a ScenarioError that says where the file of chunks is wrong, or that it contradicts the
/// kernel's boot lines.
RecordedPercpu read_recorded_percpu(const std::string& chunks_file, const RecordedKernel& kernel,
                                    const PercpuRules& rules);

/// From the boot lines as far as they are there, and from the counters of a snapshot. Throws a
/// ScenarioError if both contradict each other, or the layout has no unit for each of the CPUs.
PercpuGeometry percpu_geometry_of(const RecordedKernel& kernel, const PercpuSnapshots& snapshots);

/// The same kernel on a machine with as many possible CPUs, on as many nodes. Throws a
/// ScenarioError if its units cannot be laid out.
PercpuGeometry percpu_geometry_for(const PercpuGeometry& recorded, std::int64_t cpus);

}  // namespace pcpsim
