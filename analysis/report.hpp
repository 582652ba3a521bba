#pragma once
// The text that a person reads, and pastes into a patch.
#include <string>

#include "analysis/reference.hpp"
#include "analysis/result.hpp"
#include "analysis/significance.hpp"

namespace pcpsim {

enum class Layout {
    text,      ///< mmtests' columns
    markdown,  ///< pipe tables
};

struct Judgement {
    double margin = 2;  ///< Percent.
    Significance significance = Significance::paired_t;
};

/// One mmtests table per benchmark and unit, every gain with a star if it is significant, the
/// half-width of its interval and its verdict at the margin, then the legend that says by which
/// rules.
std::string compare_report(const ResultSet& results, const Judgement& judgement,
                           Layout layout = Layout::text);

/// Every metric of the first strategy with its unit and meaning.
std::string run_report(const ResultSet& results, Layout layout = Layout::text);

/// Simulated beside published numbers, and the mean errors beside those of two naive guesses.
std::string reference_report(const ReferenceErrors& errors, Layout layout = Layout::text);

}  // namespace pcpsim
