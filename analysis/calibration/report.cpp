#include "analysis/calibration/report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/calibration/cost.hpp"
#include "analysis/table.hpp"

namespace pcpsim {
namespace {

using Lines = std::vector<std::vector<std::string>>;

std::string signed_percent(double value) { return fmt::format("{:+.2f}%", value); }
std::string percent(double value) { return fmt::format("{:.2f}%", value); }

std::string cost_table(const Calibration& calibration, const Fit& fit) {
    const CostTable& file = calibration.scenario.machine.costs;
    Lines lines{{"fitted cost", "value", "+-", "start", "lower", "upper", "in the file"}};
    for (std::size_t i = 0; i < calibration.fit.size(); ++i) {
        const auto& [name, start, lower, upper] = calibration.fit[i];
        const std::int64_t value = fit.best.fitted[i];
        const std::string bound = value == lower || value == upper ? " (bound)" : "";
        lines.push_back({name, cost_text(name, value) + bound,
                         fit.complete ? cost_text(name, rounded(fit.uncertainty[i], 2)) : "-",
                         cost_text(name, start), cost_text(name, lower), cost_text(name, upper),
                         cost_text(name, cost_of(file, name))});
    }
    for (std::size_t i = 0; i < calibration.anchors.size(); ++i) {
        const auto& [name, cell, start] = calibration.anchors[i];
        lines.push_back({name, cost_text(name, fit.best.anchored[i]), "anchor " + cell,
                         cost_text(name, start), "", "", cost_text(name, cost_of(file, name))});
    }
    return to_text(lines);
}

std::string cell_table(const Fit& fit) {
    Lines lines{{"", "published", "fitted", "error", "left out"}};
    const auto left_out = left_out_errors(fit);
    for (std::size_t i = 0; i < left_out.size(); ++i) {
        const CellError& cell = fit.best.errors.cells[i];
        const std::string error = signed_percent(cell.percent());
        lines.push_back({cell.operation, fmt::format("{:.2f}", cell.published),
                         fmt::format("{:.2f}", cell.simulated),
                         cell.anchor ? "(" + error + ")" : error + " ",
                         left_out[i] ? signed_percent(*left_out[i]) : "-"});
    }
    return to_text(lines);
}

/// Of the cells of a curve for which there is a value.
std::string mean_absolute(const Fit& fit, const std::string& curve) {
    double sum = 0;
    std::size_t rows = 0;
    const auto left_out = left_out_errors(fit);
    for (std::size_t i = 0; i < left_out.size(); ++i)
        if (left_out[i] && fit.best.errors.cells[i].operation.starts_with(curve + "-")) {
            sum += std::abs(*left_out[i]);
            ++rows;
        }
    return fit.complete && rows > 0 ? percent(sum / static_cast<double>(rows)) : "-";
}

std::string curve_table(const Fit& fit) {
    Lines lines{{"mean absolute error", "rows", "fit", "left out", "inner fit", "interpolated"}};
    for (const CurveError& curve : fit.best.errors.curves)
        lines.push_back({curve.curve, fmt::format("{}", curve.rows),
                         percent(curve.mean_absolute_error), mean_absolute(fit, curve.curve),
                         curve.inner_error ? percent(*curve.inner_error) : "-",
                         curve.interpolation ? percent(*curve.interpolation) : "-"});
    return to_text(lines);
}

}  // namespace

std::string fit_report(const Calibration& calibration, const Fit& fit, const std::string& command) {
    const Scenario& scenario = calibration.scenario;
    return fmt::format("{}, fitted to column \"{}\" of:\n{}\n\n", scenario.machine.name,
                       calibration.published.columns.front().name, calibration.published.source) +
           cost_table(calibration, fit) + '\n' + cell_table(fit) + '\n' + curve_table(fit) +
           "+-: standard error by the jackknife over the points; left out: predicted by a fit "
           "without that point\n"
           "(...%) is met by the anchors and not counted; inner: without the last point, as is "
           "the log-log\ninterpolation of the neighbours\n" +
           fmt::format("Fitted in {} trials by: {}\n", fit.trials, command);
}

}  // namespace pcpsim
