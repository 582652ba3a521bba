#pragma once
// How long something took, as mmtests sums up samples.
#include <string>
#include <vector>

#include "models/kernel/measurement.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// PREFIX-mean, -p50, -p99 and -max of the samples, all 0 if there are none. `what` completes "mean
/// ..."; percentiles are sorted[n x p / 100 - 1], without interpolation.
std::vector<Measurement> latency_metrics(const std::string& prefix, const std::string& what,
                                         std::vector<Duration> samples);

}  // namespace pcpsim
