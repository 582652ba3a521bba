#include "analysis/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/sha256.hpp"

namespace pcpsim {
namespace {

std::vector<std::string> labels(const std::vector<StrategyName>& strategies) {
    std::vector<std::string> labels;
    for (const StrategyName& strategy : strategies) labels.push_back(strategy.label);
    return labels;
}

template <class T>
bool begins_with(const std::vector<T>& all, const std::vector<T>& first) {
    return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin());
}

std::string metric_names(const Metric& metric) {
    return metric.name + " [" + metric.unit + "], " + Scalar<Direction>::text(metric.direction) +
           " is better";
}

}  // namespace

std::optional<std::string> narrow_to(const Baseline& file, Experiment& experiment) {
    const std::string hash = sha256(experiment.manifest.scenario);
    if (hash != file.scenario_sha256)
        return fmt::format("scenario sha256: {}, now {}", file.scenario_sha256, hash);
    std::vector<std::uint64_t>& seeds = experiment.manifest.seeds;
    if (file.seeds.empty() || !begins_with(seeds, file.seeds))
        return fmt::format("seeds: {}, now {}", to_json(file.seeds), to_json(seeds));
    seeds.resize(file.seeds.size());
    const std::vector<std::string> now = labels(experiment.strategies);
    const std::vector<std::string> before =
        file.series.empty() ? std::vector<std::string>{} : file.series.front().strategies;
    if (before.empty() || !begins_with(now, before))
        return fmt::format("strategies: {}, now {}", to_json(before), to_json(now));
    experiment.strategies.resize(before.size());
    return std::nullopt;
}

std::optional<std::string> first_difference(const Baseline& file, const ResultSet& now) {
    for (std::size_t i = 0; i < std::max(file.series.size(), now.series.size()); ++i) {
        const std::string before =
            i < file.series.size() ? metric_names(file.series[i].metric) : "nothing";
        const std::string after =
            i < now.series.size() ? metric_names(now.series[i].metric) : "nothing";
        if (before != after) return fmt::format("metric {}: {}, now {}", i + 1, before, after);
        const BaselineSeries& series = file.series[i];
        if (series.strategies != labels(now.strategies))
            return fmt::format("strategies of {}: {}, now {}", series.metric.name,
                               to_json(series.strategies), to_json(labels(now.strategies)));
        for (std::size_t strategy = 0; strategy < series.samples.size(); ++strategy)
            for (std::size_t seed = 0; seed < file.seeds.size(); ++seed)
                if (const double sample = now.series[i].samples[strategy][seed];
                    sample != series.samples[strategy][seed])
                    return fmt::format("{} [{}] of {} under seed {}: {}, now {}",
                                       series.metric.name, series.metric.unit,
                                       series.strategies[strategy], file.seeds[seed],
                                       series.samples[strategy][seed], sample);
    }
    if (file.fingerprint != now.manifest.fingerprint)
        return fmt::format("fingerprint: {}, now {}", file.fingerprint, now.manifest.fingerprint);
    return std::nullopt;
}

}  // namespace pcpsim
