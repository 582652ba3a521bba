#pragma once
// Results held against a baseline: what got worse, what got better, what is missing.
#include <string>
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
    std::string baseline;    ///< Mean; "-" if missing.
    std::string now;         ///< Mean; "-" if missing.
    std::string difference;  ///< In the metric's unit and as a gain.
    std::string rule;        ///< What was asked, or why it could not be.
};

/// In the order of the baseline, then what it lacks. Both have the same seeds.
std::vector<Finding> judge(const Baseline& baseline, const ResultSet& results);

/// Something is worse or missing.
bool fails(const std::vector<Finding>& findings);

/// A row per finding that is a change, failures first; then the count of all.
std::string gate_report(const std::vector<Finding>& findings, const Baseline& baseline,
                        const ResultSet& results);

}  // namespace pcpsim
