#pragma once
// The text that a person reads, and pastes into a patch.
#include <string>

#include "analysis/reference.hpp"
#include "analysis/result.hpp"

namespace pcpsim {

/// One mmtests table per benchmark and unit, every gain with the half-width of its interval and its
/// verdict at the margin (percent), then the legend that says by which rule.
std::string compare_report(const ResultSet& results, double margin);

/// Every metric of the first strategy with its unit and meaning.
std::string run_report(const ResultSet& results);

/// Simulated beside published numbers, and the mean errors beside those of two naive guesses.
std::string reference_report(const ReferenceErrors& errors);

}  // namespace pcpsim
