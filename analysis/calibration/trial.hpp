#pragma once
// A machine with some costs changed, simulated and held against what was published.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "analysis/calibration/calibration.hpp"
#include "analysis/calibration/least_squares.hpp"
#include "analysis/experiment.hpp"
#include "analysis/reference.hpp"

namespace pcpsim {

/// Thrown out of a search whose user has lost patience.
struct Interrupted {};

struct Trial {
    std::vector<std::int64_t> fitted;    ///< In the order of Calibration::fit.
    std::vector<std::int64_t> anchored;  ///< In the order of Calibration::anchors.
    ColumnError errors;                  ///< Of the anchors, too: what the search could not meet.

    [[nodiscard]] double mean_absolute_error() const;  ///< Percent; without the anchors.
};

/// Every trial is made once: asked again, it is remembered.
class Trials {
public:
    /// Called after each trial with how many were made so far.
    using Watch = std::function<void(const Trial&, std::size_t)>;

    Trials(const Calibration& calibration, Conduct how, Watch watch);

    /// Throws Interrupted if the conduct is stopped.
    const Trial& at(const std::vector<std::int64_t>& fitted);
    [[nodiscard]] std::size_t made() const { return made_.size(); }

private:
    [[nodiscard]] ColumnError simulate(const std::vector<std::int64_t>& fitted,
                                       const std::vector<std::int64_t>& anchored,
                                       bool anchors_alone) const;
    [[nodiscard]] Vector missed(const std::vector<std::int64_t>& fitted,
                                const std::vector<std::int64_t>& anchored) const;
    void learn_slopes();
    [[nodiscard]] std::vector<std::int64_t> anchor(const std::vector<std::int64_t>& fitted) const;

    const Calibration& calibration_;
    Conduct how_;
    Watch watch_;
    std::vector<Vector> slopes_;  ///< Of each anchor's cell (row) by each anchored cost.
    std::map<std::vector<std::int64_t>, Trial> made_;
};

}  // namespace pcpsim
