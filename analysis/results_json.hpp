#pragma once
#include <string>

#include "analysis/reference.hpp"
#include "analysis/result.hpp"

namespace pcpsim {

/// Schema 1: the same results give the same bytes. `errors` adds "reference".
std::string results_json(const ResultSet& results, const ReferenceErrors* errors = nullptr);

/// The same with the rules of a baseline, which are JSON.
std::string baseline_json(const ResultSet& results, const std::string& rules);

}  // namespace pcpsim
