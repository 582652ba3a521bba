#pragma once
// The layout that a kernel prints when it boots:
//
//   pcpu-alloc: s217088 r8192 d28672 u524288 alloc=1*2097152
//   pcpu-alloc: [0] 0 1 2 3 [1] 4 5 6 -
#include <string>
#include <vector>

#include "analysis/replay/percpu_snapshots.hpp"
#include "models/mm/percpu_geometry.hpp"

namespace pcpsim {

/// From these lines as far as they are there, and from the counters of a snapshot. Throws a
/// ScenarioError if both contradict each other, or the layout has no unit for each of the CPUs.
PercpuGeometry percpu_geometry_of(const std::vector<std::string>& boot_lines,
                                  const std::string& boot_file, const PercpuSnapshots& snapshots,
                                  std::size_t cpus);

}  // namespace pcpsim
