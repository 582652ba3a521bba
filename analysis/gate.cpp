#include "analysis/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/sha256.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "sim/check.hpp"

namespace pcpsim {
namespace {

using Change = Finding::Change;

Change exactly(const Samples& before, const Samples& now, double gain) {
    if (before == now) return Change::none;
    return gain > 0 ? Change::better : Change::worse;
}

Change beyond(double tolerance, double difference, Direction direction) {
    if (std::abs(difference) <= tolerance) return Change::none;
    return (difference < 0) == (direction == Direction::lower) ? Change::better : Change::worse;
}

Change beyond_chance(const GateRule& rule, const Samples& before, const Samples& now,
                     const Metric& metric) {
    const Comparison comparison = compare(before, now, metric, rule.margin);
    const bool certain =
        comparison.exact() || is_significant(rule.significance, before, now, metric);
    if (!certain || std::abs(comparison.gain) <= rule.margin) return Change::none;
    return comparison.gain > 0 ? Change::better : Change::worse;
}

Change changed(const Metric& metric, const Samples& before, const Samples& now, double gain,
               const GateRule& rule) {
    switch (rule.mode) {
        case GateRule::Mode::exact:
            return exactly(before, now, gain);
        case GateRule::Mode::tolerance: {
            const double old_mean = compared_mean(before, metric);
            const double share = rule.relative / 100 * std::abs(old_mean);
            return beyond(std::max(share, rule.absolute), compared_mean(now, metric) - old_mean,
                          metric.direction);
        }
        case GateRule::Mode::significance:
            return beyond_chance(rule, before, now, metric);
    }
    broken_law("a rule has a mode");
}

Finding compared(const Metric& metric, const std::string& strategy, const Samples& before,
                 const Samples& now, const GateRule& rule) {
    const double old_mean = compared_mean(before, metric);
    const double mean = compared_mean(now, metric);
    const double gain = gain_percent(old_mean, mean, metric.direction);
    const Change change = changed(metric, before, now, gain, rule);
    return {change,   metric.name, metric.unit, strategy,
            old_mean, mean,        gain,        rule.text(metric.unit)};
}

/// In the metric's unit and as a gain.
std::string difference_text(const Finding& finding) {
    if (!finding.baseline || !finding.now) return "-";
    const double difference = *finding.now - *finding.baseline;
    if (difference == 0) return "other samples, same mean";
    return fmt::format("{:+.4g} ({:.2f}%)", difference, finding.gain);
}

std::string mean_text(const std::optional<double>& mean) {
    return mean ? fmt::format("{}", *mean) : "-";
}

/// One whose unit or direction has changed is another one.
bool is_same(const Metric& a, const Metric& b) {
    return a.name == b.name && a.unit == b.unit && a.direction == b.direction;
}

const Series* find(const std::vector<Series>& series, const Metric& metric) {
    const auto found = std::find_if(series.begin(), series.end(), [&](const Series& candidate) {
        return is_same(candidate.metric, metric);
    });
    return found == series.end() ? nullptr : &*found;
}

bool has(const Baseline& baseline, const Metric& metric, const std::string& strategy) {
    return std::any_of(baseline.series.begin(), baseline.series.end(),
                       [&](const BaselineSeries& series) {
                           const auto& labels = series.strategies;
                           return is_same(series.metric, metric) &&
                                  std::find(labels.begin(), labels.end(), strategy) != labels.end();
                       });
}

void add_lacking(const Baseline& baseline, const ResultSet& results,
                 std::vector<Finding>& findings) {
    for (const auto& [metric, samples] : results.series)
        for (std::size_t i = 0; i < samples.size(); ++i)
            if (const std::string& label = results.strategies[i].label;
                !has(baseline, metric, label))
                findings.push_back({Change::missing, metric.name, metric.unit, label, std::nullopt,
                                    compared_mean(samples[i], metric), 0,
                                    "not in the baseline; --update adds it"});
}

}  // namespace

std::string_view to_string(Change change) {
    switch (change) {
        case Change::none:
            return "as before";
        case Change::better:
            return "better";
        case Change::worse:
            return "worse";
        case Change::missing:
            return "missing";
    }
    broken_law("a change has a name");
}

std::vector<Finding> judge(const Baseline& baseline, const ResultSet& results) {
    std::vector<Finding> findings;
    const auto position = [&](const std::string& label) {
        const auto& all = results.strategies;
        return static_cast<std::size_t>(
            std::find_if(all.begin(), all.end(),
                         [&](const StrategyName& strategy) { return strategy.label == label; }) -
            all.begin());
    };
    for (const BaselineSeries& before : baseline.series) {
        const Metric& metric = before.metric;
        const Series* const now = find(results.series, metric);
        for (std::size_t i = 0; i < before.strategies.size(); ++i) {
            const std::string& label = before.strategies[i];
            const std::size_t strategy = position(label);
            if (now && strategy < now->samples.size())
                findings.push_back(compared(metric, label, before.samples[i],
                                            now->samples[strategy], baseline.rule_of(metric.name)));
            else
                findings.push_back({Change::missing, metric.name, metric.unit, label,
                                    compared_mean(before.samples[i], metric), std::nullopt, 0,
                                    "no longer measured"});
        }
    }
    add_lacking(baseline, results, findings);
    return findings;
}

bool fails(const std::vector<Finding>& findings) {
    return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.change == Change::worse || finding.change == Change::missing;
    });
}

std::string gate_report(const std::vector<Finding>& findings, const Baseline& baseline,
                        const ResultSet& results) {
    std::vector<std::vector<std::string>> lines{
        {"", "metric", "strategy", "baseline", "now", "difference", "rule"}};
    std::string counts;
    for (const Change change : {Change::worse, Change::missing, Change::better, Change::none}) {
        std::size_t count = 0;
        for (const Finding& finding : findings) {
            if (finding.change != change) continue;
            ++count;
            if (change == Change::none) continue;
            const std::string unit = finding.unit.empty() ? "" : " [" + finding.unit + "]";
            lines.push_back({std::string{to_string(change)}, finding.metric + unit,
                             finding.strategy, mean_text(finding.baseline), mean_text(finding.now),
                             difference_text(finding), finding.rule});
        }
        counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, to_string(change));
    }
    std::string text = lines.size() > 1 ? to_text(lines, "<<<>>><") + '\n' : "";
    text += fmt::format("{} against {}: {}\n", fails(findings) ? "Worse" : "Nothing is worse",
                        baseline.path, counts);
    const std::string hash = sha256(results.manifest.scenario);
    if (hash != baseline.scenario_sha256)
        text += fmt::format("The scenario is not that of the baseline: sha256 {:.12}, was {:.12}\n",
                            hash, baseline.scenario_sha256);
    return text;
}

}  // namespace pcpsim
