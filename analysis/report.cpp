#include "analysis/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/sha256.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "models/config/values.hpp"

namespace pcpsim {
namespace {

using Lines = std::vector<std::vector<std::string>>;

std::string to_table(const Lines& lines, Layout layout, std::string_view alignment = "<") {
    return layout == Layout::text ? to_text(lines, alignment) : to_markdown(lines, alignment);
}

Cell compared_cell(const Samples& baseline, const Samples& samples, const Metric& metric,
                   const Judgement& judgement) {
    const double value = compared_mean(samples, metric);
    const Comparison comparison = compare(baseline, samples, metric, judgement.margin);
    if (comparison.verdict == Verdict::identical) return {value, 0, Cell::Mark::identical};
    const std::string interval = comparison.exact() ? "exact"
                                 : comparison.half_width
                                     ? fmt::format("{:.2f}", *comparison.half_width)
                                     : "-";
    return {value,
            comparison.gain,
            is_significant(judgement.significance, baseline, samples, metric) ? Cell::Mark::star
                                                                              : Cell::Mark::none,
            {interval, std::string{to_string(comparison.verdict)}}};
}

Row compared_row(const Series& series, const Judgement& judgement) {
    const Metric& metric = series.metric;
    Row row{metric.is_rate() ? "Hmean" : "Amean", metric.operation(), {}};
    row.cells.push_back({compared_mean(series.samples.front(), metric)});
    for (std::size_t strategy = 1; strategy < series.samples.size(); ++strategy)
        row.cells.push_back(
            compared_cell(series.samples.front(), series.samples[strategy], metric, judgement));
    return row;
}

bool same_table(const Metric& a, const Metric& b) {
    return a.benchmark() == b.benchmark() && a.unit == b.unit && a.direction == b.direction;
}

std::string title(const Metric& metric) {
    const std::string unit = metric.unit.empty() ? "" : " [" + metric.unit + "]";
    return fmt::format("{}{}, {} is better:\n", metric.benchmark(), unit,
                       Scalar<Direction>::text(metric.direction));
}

/// "1-10", or the seeds one by one where they are not consecutive.
std::string seeds_text(const std::vector<std::uint64_t>& seeds) {
    if (seeds.size() > 1 && seeds.back() - seeds.front() + 1 == seeds.size())
        return fmt::format("seeds {}-{}", seeds.front(), seeds.back());
    std::string text = seeds.size() == 1 ? "seed" : "seeds";
    for (const std::uint64_t seed : seeds) text += fmt::format(" {}", seed);
    return text;
}

std::string heading(const Subject& subject) {
    std::string text = subject.question.empty() ? "" : subject.question + '\n';
    if (!subject.machine_name.empty()) text += "On " + subject.machine_name + ", simulated\n";
    return text.empty() ? text : text + '\n';
}

std::string provenance(const ResultSet& results) {
    const Manifest& manifest = results.manifest;
    std::string notes;
    for (const std::string& note : results.subject.notes) notes += note + '\n';
    return fmt::format("Simulated by pcpsim {}: scenario sha256 {}, {}, fingerprint {}\n",
                       manifest.version, sha256(manifest.scenario).substr(0, 12),
                       seeds_text(manifest.seeds), manifest.fingerprint) +
           notes;
}

std::string rule(std::size_t seeds, const Judgement& judgement) {
    if (seeds < 2)
        return "n = 1: the variance over seeds is unknown, so nothing is decided but identity\n";
    return fmt::format(
        "+-95%: paired t interval over seeds, alpha 0.05, n = {}; verdict at a margin of {:g}%\n"
        "*...*: significant by {}: {}\n",
        seeds, judgement.margin, Scalar<Significance>::text(judgement.significance),
        explanation(judgement.significance));
}

std::string percent(double value) { return fmt::format("{:.2f}%", value); }

std::string percent(const std::optional<double>& value) { return value ? percent(*value) : "-"; }

/// All operations of all columns, in benchmark order.
std::vector<std::string> operations(const ReferenceErrors& errors) {
    std::vector<std::string> all;
    for (const ColumnError& column : errors.columns)
        for (const CellError& cell : column.cells)
            if (std::find(all.begin(), all.end(), cell.operation) == all.end())
                all.push_back(cell.operation);
    return all;
}

std::string cell_table(const ReferenceErrors& errors, Layout layout) {
    Lines lines{{""}};
    for (const ColumnError& column : errors.columns)
        for (const std::string& entry :
             {column.label, column.column, std::string{column.fitted ? "fit error" : "error"}})
            lines[0].push_back(entry);
    for (const std::string& operation : operations(errors)) {
        std::vector<std::string> line{operation};
        for (const ColumnError& column : errors.columns) {
            const auto cell =
                std::find_if(column.cells.begin(), column.cells.end(),
                             [&](const CellError& c) { return c.operation == operation; });
            if (cell == column.cells.end()) {
                line.insert(line.end(), 3, "");
                continue;
            }
            line.push_back(fmt::format("{:.2f}", cell->simulated));
            line.push_back(fmt::format("{:.2f}", cell->published));
            const std::string error = fmt::format("{:+.2f}%", cell->percent());
            line.push_back(cell->anchor ? "(" + error + ")" : error + " ");
        }
        lines.push_back(line);
    }
    return to_table(lines, layout);
}

std::string curve_table(const ReferenceErrors& errors, Layout layout) {
    Lines lines{
        {"mean absolute error", "rows", "all", "inner", "interpolated", "gain", "no difference"}};
    for (const ColumnError& column : errors.columns)
        for (const CurveError& curve : column.curves)
            lines.push_back({column.label + " " + curve.curve + (column.fitted ? " (fitted)" : ""),
                             fmt::format("{}", curve.rows), percent(curve.mean_absolute_error),
                             percent(curve.inner_error), percent(curve.interpolation),
                             percent(curve.gain_error), percent(curve.no_difference)});
    return to_table(lines, layout);
}

}  // namespace

std::string compare_report(const ResultSet& results, const Judgement& judgement, Layout layout) {
    std::string text = heading(results.subject);
    for (std::size_t first = 0; first < results.series.size();) {
        const Metric& metric = results.series[first].metric;
        CompareTable table{.rates = metric.is_rate(), .notes = {"+-95%", "verdict"}};
        for (const StrategyName& strategy : results.strategies)
            table.labels.push_back(strategy.label);
        for (; first < results.series.size() && same_table(metric, results.series[first].metric);
             ++first)
            table.rows.push_back(compared_row(results.series[first], judgement));
        text += title(metric) +
                (layout == Layout::text ? to_text(table) : '\n' + to_markdown(table)) + '\n';
    }
    return text + provenance(results) + rule(results.manifest.seeds.size(), judgement);
}

std::string run_report(const ResultSet& results, Layout layout) {
    Lines lines;
    if (layout == Layout::markdown) lines.push_back({"metric", "value", "unit", "meaning"});
    for (const auto& [metric, samples] : results.series)
        lines.push_back({metric.name, fmt::format("{:.2f}", compared_mean(samples.front(), metric)),
                         metric.unit, metric.sentence});
    return heading(results.subject) + to_table(lines, layout, "<><<") + '\n' + provenance(results);
}

std::string reference_report(const ReferenceErrors& errors, Layout layout) {
    return fmt::format("\nAgainst {}, as published in:\n{}\n\n", errors.machine, errors.source) +
           cell_table(errors, layout) + '\n' + curve_table(errors, layout) +
           (layout == Layout::markdown ? "\n" : "") +
           "(...%) anchors the costs and is not counted; inner: without the last row, as is the "
           "log-log\n"
           "interpolation of the neighbours; gain: in percentage points, beside \"no "
           "difference\"\n";
}

}  // namespace pcpsim
