#pragma once
// What a run did for want of memory: direct reclaim, kswapd, drains, the OOM killer.
#include <string>
#include <vector>

#include "models/kernel/kernel.hpp"
#include "models/kernel/measurement.hpp"

namespace pcpsim {

/// Since the start of the run, by all tasks; named WORKLOAD/METRIC.
std::vector<Measurement> reclaim_metrics(const std::string& workload, const Kernel& kernel);

}  // namespace pcpsim
