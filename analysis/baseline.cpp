#include "analysis/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "models/config/json.hpp"

namespace pcpsim {
namespace {

struct ManifestEntry {
    std::string program;
    std::string version;
    Node scenario;
    std::string scenario_sha256;
    std::vector<std::uint64_t> seeds;
    Node parameters;
    std::string fingerprint;

    static constexpr auto fields() {
        return std::tuple{
            field("program", &ManifestEntry::program, "what simulated"),
            field("version", &ManifestEntry::version, "of the program"),
            field("scenario", &ManifestEntry::scenario, "after defaults").required(),
            field("scenario_sha256", &ManifestEntry::scenario_sha256, "its hash").required(),
            field("seeds", &ManifestEntry::seeds, "in the order of the samples").required(),
            field("parameters", &ManifestEntry::parameters, "that were in effect"),
            field("fingerprint", &ManifestEntry::fingerprint, "of all contacts")};
    }
};

struct ValueEntry {
    double mean = 0;
    Node samples;

    static constexpr auto fields() {
        return std::tuple{field("mean", &ValueEntry::mean, "of the samples"),
                          field("samples", &ValueEntry::samples, "a number per seed").required()};
    }
};

struct MetricEntry {
    std::string metric;
    std::string unit;
    Direction direction = Direction::lower;
    Node values;

    static constexpr auto fields() {
        return std::tuple{
            field("metric", &MetricEntry::metric, "BENCHMARK/OPERATION").required(),
            field("unit", &MetricEntry::unit, "of the samples").required(),
            field("direction", &MetricEntry::direction, "which way is good").required(),
            field("values", &MetricEntry::values, "by strategy").required()};
    }
};

struct ResultFile {
    std::uint32_t schema = 1;
    ManifestEntry manifest;
    std::vector<MetricEntry> metrics;
    Node reference;
    Node rules;

    static constexpr auto fields() {
        return std::tuple{
            field("schema", &ResultFile::schema, "of results").within(1, 1).required(),
            field("manifest", &ResultFile::manifest, "what makes them repeatable").required(),
            field("metrics", &ResultFile::metrics, "the results").required(),
            field("reference", &ResultFile::reference, "errors against published numbers"),
            field("rules", &ResultFile::rules, "how each metric is judged")};
    }
};

/// A key of another mode would be a rule that its author believes in and nobody follows.
void check_mode(const Node& node, const GateRule& rule, Errors& errors) {
    const auto belongs = [&](const char* key, GateRule::Mode mode) {
        const Node* const given = node.find(key);
        if (given && rule.mode != mode)
            errors.add(
                given->place,
                "no such key in a rule of mode " + quote(Scalar<GateRule::Mode>::text(rule.mode)),
                given->as_written());
    };
    belongs("relative", GateRule::Mode::tolerance);
    belongs("absolute", GateRule::Mode::tolerance);
    belongs("significance", GateRule::Mode::significance);
    belongs("margin", GateRule::Mode::significance);
}

std::vector<GateRule> read_rules(const Node& node, Errors& errors) {
    std::vector<GateRule> rules;
    if (node.place.source == nullptr) return rules;  // A results file has none.
    read(node, rules, errors);
    for (std::size_t i = 0; i < rules.size(); ++i) check_mode(node.elements[i], rules[i], errors);
    return rules;
}

BaselineSeries read_series(const MetricEntry& entry, std::size_t seeds, Errors& errors) {
    BaselineSeries series{{entry.metric, entry.unit, entry.direction, {}}, {}, {}};
    if (entry.values.place.source == nullptr) return series;
    if (entry.values.kind != Node::Kind::object) errors.add(entry.values, "an object");
    for (const auto& [label, value] : entry.values.members) {
        ValueEntry read_value;
        read(value, read_value, errors);
        Samples samples;
        if (const Node& written = read_value.samples; written.place.source != nullptr) {
            read(written, samples, errors);
            if (written.elements.size() != seeds)
                errors.add(written, "as many samples as seeds, " + std::to_string(seeds));
        }
        series.strategies.push_back(label.text);
        series.samples.push_back(std::move(samples));
    }
    return series;
}

void check_governed(const Node& rules, const Baseline& baseline, Errors& errors) {
    for (std::size_t i = 0; i < baseline.rules.size(); ++i) {
        const auto governed = [&](const BaselineSeries& series) {
            return baseline.rules[i].governs(series.metric.name);
        };
        if (std::any_of(baseline.series.begin(), baseline.series.end(), governed)) continue;
        std::vector<std::string> names;
        for (const BaselineSeries& series : baseline.series) names.push_back(series.metric.name);
        const Node* const name = rules.elements[i].find("metric");
        errors.add(name ? *name : rules.elements[i], "the name of a metric of this file",
                   suggestion(baseline.rules[i].metric, names));
    }
}

void check_seeds(const Node& file, const Baseline& baseline,
                 const std::vector<std::uint64_t>& seeds, Errors& errors) {
    const Node* const manifest = file.find("manifest");
    const Node* const written = manifest ? manifest->find("seeds") : nullptr;
    if (written && baseline.seeds != seeds)
        errors.add(*written, "the seeds of the scenario, " + to_json(seeds));
    if (seeds.size() > 1 || !errors.empty()) return;
    for (std::size_t i = 0; i < baseline.rules.size(); ++i)
        if (baseline.rules[i].mode == GateRule::Mode::significance)
            errors.add(*file.find("rules")->elements[i].find("mode"),
                       "another mode, as one seed is never significant");
}

Baseline read_whole(const std::string& path, const std::vector<std::uint64_t>* seeds) {
    Errors errors;
    const Node node = read_json(path, errors);
    ResultFile file;
    read(node, file, errors);
    Baseline baseline{
        path, file.manifest.scenario_sha256, file.manifest.seeds, file.manifest.fingerprint, {},
        {}};
    for (const MetricEntry& entry : file.metrics)
        baseline.series.push_back(read_series(entry, baseline.seeds.size(), errors));
    baseline.rules = read_rules(file.rules, errors);
    if (errors.empty()) check_governed(file.rules, baseline, errors);
    if (seeds) check_seeds(node, baseline, *seeds, errors);
    errors.throw_if_any();
    return baseline;
}

}  // namespace

bool GateRule::governs(const std::string& name) const {
    if (!metric.ends_with('*')) return name == metric;
    return name.starts_with(metric.substr(0, metric.size() - 1));
}

std::string GateRule::text(const std::string& unit) const {
    std::string name = Scalar<Mode>::text(mode);
    if (mode == Mode::tolerance)
        return fmt::format("{} {:g} %{}", name, relative,
                           absolute > 0 ? fmt::format(" or {:g} {}", absolute, unit) : "");
    if (mode == Mode::significance)
        return fmt::format("{} {}, margin {:g} %", name, Scalar<Significance>::text(significance),
                           margin);
    return name;
}

GateRule Baseline::rule_of(const std::string& metric) const {
    for (const GateRule& rule : rules)
        if (rule.governs(metric)) return rule;
    return {};
}

Baseline read_baseline(const std::string& path, const std::vector<std::uint64_t>& seeds) {
    return read_whole(path, &seeds);
}

Baseline read_baseline(const std::string& path) { return read_whole(path, nullptr); }

std::string rules_in(const std::string& path) {
    if (!std::filesystem::exists(path)) return R"([{"metric": "*", "mode": "exact"}])";
    Errors errors;
    ResultFile file;
    read(read_json(path, errors), file, errors);
    read_rules(file.rules, errors);
    errors.throw_if_any();
    return file.rules.place.source == nullptr ? "[]" : file.rules.canonical();
}

}  // namespace pcpsim
