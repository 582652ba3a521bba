#pragma once
#include <deque>
#include <string>
#include <vector>

#include "models/kernel/measurement.hpp"
#include "sim/interruptions.hpp"

namespace pcpsim {

/// What the threads of a workload were interrupted by, over all of them: how often in all and by
/// cause, for how long, and the longest.
std::vector<Measurement> report_interruptions(const std::string& workload,
                                              const std::deque<Interruptions>& threads);

}  // namespace pcpsim
