#include "analysis/csv.hpp"

#include <fmt/format.h>

#include "analysis/statistics.hpp"
#include "models/config/values.hpp"

namespace pcpsim {
namespace {

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string{c};
    return quoted + '"';
}

std::string number(double value) { return fmt::format("{}", value); }

/// The rows of one metric and strategy.
class Rows {
public:
    Rows(const Metric& metric, const std::string& strategy)
        : begin_{fmt::format("{},{},{},{}", csv_field(metric.name), csv_field(metric.unit),
                             Scalar<Direction>::text(metric.direction), csv_field(strategy))} {}

    void add(const std::string& statistic, const std::string& value, const std::string& seed = "") {
        text_ += fmt::format("{},{},{},{}\n", begin_, statistic, seed, value);
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string begin_;
    std::string text_;
};

void add_comparison(Rows& rows, const Samples& baseline, const Samples& samples,
                    const Metric& metric, const Judgement& judgement) {
    const Comparison comparison = compare(baseline, samples, metric, judgement.margin);
    rows.add("gain_percent", number(comparison.gain));
    rows.add("half_width_percent", comparison.half_width ? number(*comparison.half_width) : "");
    rows.add("significant",
             is_significant(judgement.significance, baseline, samples, metric) ? "1" : "0");
    rows.add("verdict", std::string{to_string(comparison.verdict)});
}

void add_published(Rows& rows, const Metric& metric, const std::string& strategy,
                   const ReferenceErrors& errors) {
    for (const ColumnError& column : errors.columns) {
        if (column.label != strategy) continue;
        for (const CellError& cell : column.cells) {
            if (cell.operation != metric.operation()) continue;
            rows.add("published", number(cell.published));
            rows.add("error_percent", number(cell.percent()));
        }
    }
}

}  // namespace

std::string results_csv(const ResultSet& results, const Judgement& judgement,
                        const ReferenceErrors* errors) {
    std::string text = "metric,unit,direction,strategy,statistic,seed,value\n";
    for (const auto& [metric, samples] : results.series)
        for (std::size_t strategy = 0; strategy < samples.size(); ++strategy) {
            const std::string& label = results.strategies[strategy].label;
            Rows rows{metric, label};
            for (std::size_t seed = 0; seed < samples[strategy].size(); ++seed)
                rows.add("sample", number(samples[strategy][seed]),
                         fmt::format("{}", results.manifest.seeds[seed]));
            rows.add("mean", number(compared_mean(samples[strategy], metric)));
            if (strategy > 0)
                add_comparison(rows, samples[0], samples[strategy], metric, judgement);
            if (errors) add_published(rows, metric, label, *errors);
            text += rows.text();
        }
    return text;
}

}  // namespace pcpsim
