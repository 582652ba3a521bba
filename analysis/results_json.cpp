#include "analysis/results_json.hpp"

#include <nlohmann/json.hpp>

#include "analysis/sha256.hpp"
#include "analysis/statistics.hpp"
#include "models/config/values.hpp"

namespace pcpsim {
namespace {

using Json = nlohmann::ordered_json;

Json manifest_json(const Manifest& manifest) {
    return {{"program", "pcpsim"},
            {"version", manifest.version},
            {"scenario", Json::parse(manifest.scenario)},
            {"scenario_sha256", sha256(manifest.scenario)},
            {"seeds", manifest.seeds},
            {"parameters", Json::parse(manifest.parameters)},
            {"fingerprint", manifest.fingerprint}};
}

Json metric_json(const Series& series, const std::vector<StrategyName>& strategies) {
    const Metric& metric = series.metric;
    Json values = Json::object();
    for (std::size_t i = 0; i < strategies.size(); ++i)
        values[strategies[i].label] = {{"mean", arithmetic_mean(series.samples[i])},
                                       {"samples", series.samples[i]}};
    return {{"metric", metric.name},
            {"unit", metric.unit},
            {"direction", Scalar<Direction>::text(metric.direction)},
            {"values", values}};
}

Json column_json(const ColumnError& column) {
    Json mean = Json::object();
    for (const CurveError& curve : column.curves) mean[curve.curve] = curve.mean_absolute_error;
    Json cells = Json::object();
    for (const CellError& cell : column.cells)
        cells[cell.operation] = {
            {"published", cell.published}, {"error", cell.percent()}, {"anchor", cell.anchor}};
    return {{"column", column.column},
            {"fitted", column.fitted},
            {"mean_absolute_error", mean},
            {"cells", cells}};
}

/// The top-level error is that of the first strategy with a published column.
Json reference_json(const ReferenceErrors& errors) {
    Json strategies = Json::object();
    for (const ColumnError& column : errors.columns) strategies[column.label] = column_json(column);
    Json mean = Json::object();
    if (!errors.columns.empty())
        mean = strategies[errors.columns.front().label]["mean_absolute_error"];
    return {{"source", errors.source},
            {"machine", errors.machine},
            {"mean_absolute_error", mean},
            {"strategies", strategies}};
}

Json schema_1(const ResultSet& results) {
    Json json{{"schema", 1}, {"manifest", manifest_json(results.manifest)}};
    json["metrics"] = Json::array();
    for (const Series& series : results.series)
        json["metrics"].push_back(metric_json(series, results.strategies));
    return json;
}

Json mean_json(const std::optional<double>& mean) { return mean ? Json(*mean) : Json(nullptr); }

Json finding_json(const Finding& finding) {
    return {{"metric", finding.metric},
            {"unit", finding.unit},
            {"strategy", finding.strategy},
            {"change", to_string(finding.change)},
            {"baseline", mean_json(finding.baseline)},
            {"now", mean_json(finding.now)},
            {"gain_percent", finding.gain},
            {"rule", finding.rule}};
}

}  // namespace

std::string results_json(const ResultSet& results, const ReferenceErrors* errors) {
    Json json = schema_1(results);
    if (errors != nullptr) json["reference"] = reference_json(*errors);
    return json.dump(2) + '\n';
}

std::string baseline_json(const ResultSet& results, const std::string& rules) {
    Json json = schema_1(results);
    json["rules"] = Json::parse(rules);
    return json.dump(2) + '\n';
}

std::string findings_json(const std::vector<Finding>& findings, const Baseline& baseline,
                          const ResultSet& results) {
    Json json{{"schema", 1},
              {"baseline", baseline.path},
              {"same_scenario", sha256(results.manifest.scenario) == baseline.scenario_sha256},
              {"fails", fails(findings)}};
    json["findings"] = Json::array();
    for (const Finding& finding : findings) json["findings"].push_back(finding_json(finding));
    return json.dump(2) + '\n';
}

}  // namespace pcpsim
