#pragma once
// Results held against a baseline: what got worse, what got better, what is missing.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/baseline.hpp"
#include "analysis/result.hpp"

namespace pcpsim {

/// One metric of one strategy.
struct Finding {
    enum class Change {
        none,
        better,   ///< By more than the rule lets pass: told, and no failure.
        worse,    ///< A failure.
        missing,  ///< In the baseline or now: a failure, because nothing guards the other.
    };
    Change change = Change::none;
    std::string metric;
    std::string unit;
    std::string strategy;
    std::optional<double> baseline;  ///< Mean, if it has one.
    std::optional<double> now;
    double gain = 0;   ///< Percent, positive is better; 0 if one of them is missing.
    std::string rule;  ///< What was asked, or why it could not be.
};

/// "as before", "better", "worse", "missing".
std::string_view to_string(Finding::Change change);

/// In the order of the baseline, then what it lacks. Both have the same seeds.
std::vector<Finding> judge(const Baseline& baseline, const ResultSet& results);

/// Something is worse or missing.
bool fails(const std::vector<Finding>& findings);

/// A row per finding that is a change, failures first; then the count of all.
std::string gate_report(const std::vector<Finding>& findings, const Baseline& baseline,
                        const ResultSet& results);

}  // namespace pcpsim
