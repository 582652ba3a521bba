#pragma once
// A results file that later runs are held against, with the rule by which each metric is judged:
//
//     "rules": [{"metric": "pft/elapsed-*", "mode": "tolerance", "relative": 2, "absolute": 0.01},
//               {"metric": "drain/latency", "mode": "significance", "margin": 1},
//               {"metric": "*", "mode": "exact"}]
//
// The first rule whose name matches a metric governs it; without one, it is exact.
#include <array>
#include <string>
#include <vector>

#include "analysis/number.hpp"
#include "analysis/result.hpp"
#include "analysis/significance.hpp"
#include "models/config/field.hpp"

namespace pcpsim {

struct GateRule {
    enum class Mode {
        exact,         ///< Every sample is the same.
        tolerance,     ///< The mean is worse by no more than a share of it, or a floor.
        significance,  ///< The difference is due to chance, or within a margin.
    };
    friend constexpr auto enum_names(Mode) {
        return std::array{"exact", "tolerance", "significance"};
    }

    std::string metric = "*";
    Mode mode = Mode::exact;
    double relative = 0;
    double absolute = 0;
    Significance significance = Significance::paired_t;
    double margin = 0;

    static constexpr auto fields() {
        return std::tuple{
            field("metric", &GateRule::metric, "a metric's name, or its beginning and *"),
            field("mode", &GateRule::mode, "how the metric is judged"),
            field("relative", &GateRule::relative, "tolerance in percent of the baseline's mean")
                .within(0, 100),
            field("absolute", &GateRule::absolute,
                  "tolerance in the metric's unit, however small the mean")
                .within(0, Scalar<double>::highest()),
            field("significance", &GateRule::significance, "the rule that tells chance"),
            field("margin", &GateRule::margin, "percent that a significant difference may have")
                .within(0, 100)};
    }

    [[nodiscard]] bool governs(const std::string& name) const;
    /// "tolerance 2 % or 0.01 s"
    [[nodiscard]] std::string text(const std::string& unit) const;
};

struct BaselineSeries {
    Metric metric;                        ///< Without its sentence.
    std::vector<std::string> strategies;  ///< Labels.
    std::vector<Samples> samples;         ///< One per strategy, each with one sample per seed.
};

struct Baseline {
    std::string path;
    std::string scenario_sha256;
    std::vector<std::uint64_t> seeds;
    std::string fingerprint;
    std::vector<BaselineSeries> series;
    std::vector<GateRule> rules;

    [[nodiscard]] GateRule rule_of(const std::string& metric) const;
};

/// Reads a results file, with or without rules. Throws a ScenarioError with everything that is
/// wrong with it; a rule that governs no metric is, too. With `seeds`, others are wrong.
Baseline read_baseline(const std::string& path, const std::vector<std::uint64_t>& seeds);
Baseline read_baseline(const std::string& path);

/// The rules in a baseline file as JSON, or those of a new one if there is no such file: everything
/// is exact. Throws a ScenarioError if the file is no baseline, which an update would destroy.
std::string rules_in(const std::string& path);

}  // namespace pcpsim
