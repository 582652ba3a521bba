#pragma once
// The costs that meet a published curve best, and how far that can be trusted.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/calibration/trial.hpp"

namespace pcpsim {

/// The fit without one published point: what all but this point say about it.
struct LeftOut {
    std::string point;  ///< What is behind the dash of its operations: "48" clients.
    Trial trial;
};

struct Fit {
    Trial start;
    Trial best;  ///< Of all points; of those tried if the search was interrupted.
    std::vector<LeftOut> left_out;  ///< One per point that is no anchor, in order.
    /// The standard error of each fitted cost by the jackknife: from how far it moves as points are
    /// left out. Empty unless all of them were.
    std::vector<double> uncertainty;
    std::size_t trials = 0;
    bool complete = false;
};

/// Lowers the sum of squared relative errors over all cells within the bounds, from the start; then
/// again from there without each point. Results do not depend on the number of jobs. Throws a
/// ScenarioError if there are too few points for so many costs.
Fit fit(const Calibration& calibration, Conduct how, const Trials::Watch& watch = {});

/// The error of each left-out point in its own fit, in the order of the cells; none for anchors and
/// for points that no fit was made without.
std::vector<std::optional<double>> left_out_errors(const Fit& fit);

}  // namespace pcpsim
