#pragma once
// Whether a results file can be repeated.
#include <optional>
#include <string>

#include "analysis/baseline.hpp"
#include "analysis/experiment.hpp"

namespace pcpsim {

/// Leaves of the experiment the strategies and seeds that the file has, if these are its first
/// ones. Returns what is different otherwise, or of the scenario.
std::optional<std::string> narrow_to(const Baseline& file, Experiment& experiment);

/// Of the numbers: "drain/latency [us] of workqueue under seed 2: 4.5, now 4.6".
std::optional<std::string> first_difference(const Baseline& file, const ResultSet& now);

}  // namespace pcpsim
