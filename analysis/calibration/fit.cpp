#include "analysis/calibration/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/calibration/cost.hpp"

namespace pcpsim {
namespace {

/// As many digits as a fitted value is written with.
constexpr int fitted_digits = 3;

std::string point_of(const CellError& cell) {
    return cell.operation.substr(cell.operation.rfind('-') + 1);
}

/// The points that the costs are fitted to, in order.
std::vector<std::string> points_of(const ColumnError& errors) {
    std::vector<std::string> points;
    for (const CellError& cell : errors.cells)
        if (!cell.anchor && std::find(points.begin(), points.end(), point_of(cell)) == points.end())
            points.push_back(point_of(cell));
    return points;
}

/// Of all cells but one point's. Those of the anchors are nothing as long as these can be met.
Vector residuals(const Trial& trial, const std::string& without) {
    Vector residuals;
    for (const CellError& cell : trial.errors.cells)
        if (cell.anchor || point_of(cell) != without) residuals.push_back(cell.percent() / 100);
    return residuals;
}

/// The search over whole numbers within bounds, as one over the unit cube.
class Search {
public:
    Search(const std::vector<FittedCost>& costs, Trials& trials) : costs_{costs}, trials_{trials} {}

    /// From `start`, without one point unless it is empty.
    const Trial& lowest(const std::vector<std::int64_t>& start, const std::string& without) {
        const Vector at = least_squares(
            [&](const Vector& x) { return residuals(trials_.at(costs_at(x)), without); },
            place_of(start));
        std::vector<std::int64_t> fitted = costs_at(at);
        for (std::size_t i = 0; i < fitted.size(); ++i)
            fitted[i] = std::clamp(rounded(static_cast<double>(fitted[i]), fitted_digits),
                                   costs_[i].lower, costs_[i].upper);
        return trials_.at(fitted);
    }

private:
    [[nodiscard]] Vector place_of(const std::vector<std::int64_t>& fitted) const {
        Vector place;
        for (std::size_t i = 0; i < fitted.size(); ++i)
            place.push_back(static_cast<double>(fitted[i] - costs_[i].lower) /
                            static_cast<double>(costs_[i].upper - costs_[i].lower));
        return place;
    }
    [[nodiscard]] std::vector<std::int64_t> costs_at(const Vector& place) const {
        std::vector<std::int64_t> fitted;
        for (std::size_t i = 0; i < place.size(); ++i) {
            const auto width = static_cast<double>(costs_[i].upper - costs_[i].lower);
            fitted.push_back(costs_[i].lower + std::llround(place[i] * width));
        }
        return fitted;
    }

    const std::vector<FittedCost>& costs_;
    Trials& trials_;
};

std::vector<double> jackknife(const std::vector<LeftOut>& left_out) {
    std::vector<double> errors;
    const auto count = static_cast<double>(left_out.size());
    for (std::size_t cost = 0; cost < left_out.front().trial.fitted.size(); ++cost) {
        double mean = 0, squares = 0;
        for (const LeftOut& fit : left_out)
            mean += static_cast<double>(fit.trial.fitted[cost]) / count;
        for (const LeftOut& fit : left_out)
            squares += std::pow(static_cast<double>(fit.trial.fitted[cost]) - mean, 2);
        errors.push_back(std::sqrt((count - 1) / count * squares));
    }
    return errors;
}

}  // namespace

Fit fit(const Calibration& calibration, Conduct how, const Trials::Watch& watch) {
    Fit fit;
    double least = 0;
    Trials trials{calibration, how, [&](const Trial& trial, std::size_t made) {
                      const double squares = sum_of_squares(residuals(trial, {}));
                      if (made == 1 || squares < least) least = squares, fit.best = trial;
                      fit.trials = made;
                      if (watch) watch(trial, made);
                  }};
    try {
        std::vector<std::int64_t> start;
        for (const FittedCost& cost : calibration.fit) start.push_back(cost.start);
        fit.start = trials.at(start);
        const std::vector<std::string> points = points_of(fit.start.errors);
        if (points.size() < calibration.fit.size() + 2)
            throw ScenarioError{fmt::format(
                "/fit: expected at least 2 points more than fitted costs behind the anchors of "
                "column \"{}\", got {} points and {} costs",
                calibration.published.columns.front().name, points.size(), calibration.fit.size())};
        Search search{calibration.fit, trials};
        const Trial best = search.lowest(start, {});
        for (const std::string& point : points)
            fit.left_out.push_back({point, search.lowest(best.fitted, point)});
        fit.best = best;
        fit.uncertainty = jackknife(fit.left_out);
        fit.complete = true;
    } catch (const Interrupted&) {
    }
    return fit;
}

std::vector<std::optional<double>> left_out_errors(const Fit& fit) {
    std::vector<std::optional<double>> errors;
    for (std::size_t i = 0; i < fit.best.errors.cells.size(); ++i) {
        const CellError& cell = fit.best.errors.cells[i];
        errors.emplace_back();
        if (cell.anchor) continue;
        for (const auto& [point, trial] : fit.left_out)
            if (point == point_of(cell)) errors.back() = trial.errors.cells[i].percent();
    }
    return errors;
}

}  // namespace pcpsim
