#include "analysis/calibration/trial.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/calibration/cost.hpp"
#include "analysis/simulation.hpp"

namespace pcpsim {
namespace {

constexpr double met = 1e-4;  // of an anchor's cell
constexpr int anchor_steps = 4;
constexpr int anchor_digits = 4;

}  // namespace

double Trial::mean_absolute_error() const {
    double sum = 0;
    std::size_t rows = 0;
    for (const CellError& cell : errors.cells) {
        if (cell.anchor) continue;
        sum += std::abs(cell.percent());
        ++rows;
    }
    return rows == 0 ? 0 : sum / static_cast<double>(rows);
}

Trials::Trials(const Calibration& calibration, Conduct how, Watch watch)
    : calibration_{calibration}, how_{how}, watch_{std::move(watch)} {}

const Trial& Trials::at(const std::vector<std::int64_t>& fitted) {
    const auto known = made_.find(fitted);
    if (known != made_.end()) return known->second;
    if (slopes_.empty()) learn_slopes();
    std::vector<std::int64_t> anchored = anchor(fitted);
    ColumnError errors = simulate(fitted, anchored, false);
    const Trial& trial =
        made_.emplace(fitted, Trial{fitted, std::move(anchored), std::move(errors)}).first->second;
    if (watch_) watch_(trial, made_.size());
    return trial;
}

/// The anchors' cells belong to the first point of the workload.
ColumnError Trials::simulate(const std::vector<std::int64_t>& fitted,
                             const std::vector<std::int64_t>& anchored, bool anchors_alone) const {
    Scenario scenario = calibration_.scenario;
    CostTable& costs = scenario.machine.costs;
    for (std::size_t i = 0; i < fitted.size(); ++i)
        set_cost(costs, calibration_.fit[i].name, fitted[i]);
    for (std::size_t i = 0; i < anchored.size(); ++i)
        set_cost(costs, calibration_.anchors[i].name, anchored[i]);
    Experiment experiment = experiment_of(std::move(scenario));
    if (anchors_alone) experiment.points = 1;
    const Outcome outcome = conduct(experiment, how_);
    if (outcome.runs_done < outcome.runs_planned) throw Interrupted{};
    return errors_against(calibration_.published, outcome.results).columns.front();
}

/// By how much of itself each anchor's cell is missed.
Vector Trials::missed(const std::vector<std::int64_t>& fitted,
                      const std::vector<std::int64_t>& anchored) const {
    const ColumnError errors = simulate(fitted, anchored, true);
    Vector missed;
    for (const AnchoredCost& anchor : calibration_.anchors)
        for (const CellError& cell : errors.cells)
            if (cell.operation == anchor.cell) missed.push_back(cell.percent() / 100);
    return missed;
}

/// At the costs' starts, once: a cell is a sum that a cost has a constant share in, so that the
/// slopes are the same everywhere.
void Trials::learn_slopes() {
    std::vector<std::int64_t> fitted, anchored;
    for (const FittedCost& cost : calibration_.fit) fitted.push_back(cost.start);
    for (const AnchoredCost& cost : calibration_.anchors) anchored.push_back(cost.start);
    if (anchored.empty()) return;
    const Vector here = missed(fitted, anchored);
    if (here.size() < anchored.size())
        throw ScenarioError{"/anchors: expected cells of the workload's first point, got others"};
    slopes_.assign(anchored.size(), Vector(anchored.size()));
    for (std::size_t cost = 0; cost < anchored.size(); ++cost) {
        std::vector<std::int64_t> aside = anchored;
        aside[cost] += std::max<std::int64_t>(aside[cost] / 10, 1);
        const Vector there = missed(fitted, aside);
        for (std::size_t cell = 0; cell < anchored.size(); ++cell)
            slopes_[cell][cost] =
                (there[cell] - here[cell]) / static_cast<double>(aside[cost] - anchored[cost]);
    }
}

/// From the same start every time, so that a trial does not depend on those before it.
std::vector<std::int64_t> Trials::anchor(const std::vector<std::int64_t>& fitted) const {
    std::vector<std::int64_t> anchored;
    for (const AnchoredCost& cost : calibration_.anchors) anchored.push_back(cost.start);
    for (int step = 0; !anchored.empty() && step < anchor_steps; ++step) {
        const Vector miss = missed(fitted, anchored);
        if (std::all_of(miss.begin(), miss.end(), [](double m) { return std::abs(m) < met; }))
            break;
        const std::optional<Vector> change = solve(slopes_, miss);
        if (!change) break;
        for (std::size_t i = 0; i < anchored.size(); ++i) {
            const double wanted = static_cast<double>(anchored[i]) - (*change)[i];
            anchored[i] = rounded(std::max(wanted, 1.0), anchor_digits);
        }
    }
    return anchored;
}

}  // namespace pcpsim
