#pragma once
#include <string>

#include "analysis/gate.hpp"
#include "analysis/reference.hpp"
#include "analysis/result.hpp"

namespace pcpsim {

/// Schema 1: the same results give the same bytes. `errors` adds "reference".
std::string results_json(const ResultSet& results, const ReferenceErrors* errors = nullptr);

/// The same with the rules of a baseline, which are JSON.
std::string baseline_json(const ResultSet& results, const std::string& rules);

/// What `check` found, whether it changed or not; a missing mean is null.
std::string findings_json(const std::vector<Finding>& findings, const Baseline& baseline,
                          const ResultSet& results);

}  // namespace pcpsim
