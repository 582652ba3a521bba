#include "analysis/reference.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/statistics.hpp"

namespace pcpsim {
namespace {

/// The mean of magnitudes, in the order in which they were added.
class MeanMagnitude {
public:
    void add(double value) { sum_ += std::abs(value), ++count_; }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::optional<double> value() const {
        if (count_ == 0) return std::nullopt;
        return sum_ / static_cast<double>(count_);
    }

private:
    double sum_ = 0;
    std::size_t count_ = 0;
};

/// A published cell with what was simulated for it.
struct Pair {
    PublishedCell published;
    double simulated = 0;
    double simulated_gain = 0;
    bool anchor = false;

    [[nodiscard]] CellError error() const {
        return {published.operation, simulated, published.mean, anchor};
    }
};

/// In the order of the results; the first simulated point of a published curve is its anchor only
/// if it is also the first published one.
std::vector<Pair> paired(const PublishedTable& table, const PublishedColumn& column,
                         const ResultSet& results, std::size_t strategy) {
    std::vector<Pair> pairs;
    for (const auto& [metric, samples] : results.series) {
        if (metric.benchmark() != table.benchmark || metric.unit != table.unit) continue;
        const std::string operation = metric.operation();
        const auto found =
            std::find_if(column.cells.begin(), column.cells.end(),
                         [&](const PublishedCell& cell) { return cell.operation == operation; });
        if (found == column.cells.end()) continue;
        const double mean = compared_mean(samples[strategy], metric);
        const double baseline = compared_mean(samples[0], metric);
        const bool anchor =
            found == column.cells.begin() || std::prev(found)->curve() != found->curve();
        pairs.push_back({*found, mean, gain_percent(baseline, mean, metric.direction), anchor});
    }
    return pairs;
}

/// The straight line through both neighbours on log-log axes, in percent of what was published.
double interpolation_error(const PublishedCell& before, const PublishedCell& cell,
                           const PublishedCell& after) {
    const double part = std::log(cell.at() / before.at()) / std::log(after.at() / before.at());
    const double guess = before.mean * std::pow(after.mean / before.mean, part);
    return 100 * (guess - cell.mean) / cell.mean;
}

CurveError error_of_curve(const std::vector<Pair>& pairs, const std::string& curve, bool baseline) {
    std::vector<Pair> points;
    std::copy_if(pairs.begin(), pairs.end(), std::back_inserter(points),
                 [&](const Pair& pair) { return pair.published.curve() == curve; });
    MeanMagnitude error, inner, interpolation, gain, no_difference;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Pair& point = points[i];
        if (point.anchor) continue;
        error.add(point.error().percent());
        if (!baseline && point.published.gain) {
            gain.add(point.simulated_gain - *point.published.gain);
            no_difference.add(*point.published.gain);
        }
        if (i == 0 || i + 1 == points.size()) continue;
        inner.add(point.error().percent());
        interpolation.add(
            interpolation_error(points[i - 1].published, point.published, points[i + 1].published));
    }
    return {curve,         error.count(), error.value().value_or(0), interpolation.value(),
            inner.value(), gain.value(),  no_difference.value()};
}

}  // namespace

ReferenceErrors errors_against(const PublishedTable& published, const ResultSet& results) {
    ReferenceErrors errors{published.source, published.machine, {}};
    for (std::size_t strategy = 0; strategy < results.strategies.size(); ++strategy) {
        const auto& [label, model] = results.strategies[strategy];
        for (const PublishedColumn& column : published.columns) {
            if (column.strategy != model) continue;
            ColumnError against{label, column.name, column.fitted, {}, {}};
            const std::vector<Pair> pairs = paired(published, column, results, strategy);
            std::vector<std::string> curves;
            for (const Pair& pair : pairs) {
                against.cells.push_back(pair.error());
                const std::string curve = pair.published.curve();
                if (std::find(curves.begin(), curves.end(), curve) != curves.end()) continue;
                curves.push_back(curve);
                against.curves.push_back(error_of_curve(pairs, curve, strategy == 0));
            }
            errors.columns.push_back(std::move(against));
        }
    }
    return errors;
}

}  // namespace pcpsim
