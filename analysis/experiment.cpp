#include "analysis/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/progress.hpp"
#include "analysis/runner.hpp"
#include "analysis/sha256.hpp"
#include "sim/check.hpp"

namespace pcpsim {
namespace {

/// Runs by number: seeds outermost, then points, then strategies.
struct RunOrder {
    std::size_t strategies;
    std::size_t points;

    [[nodiscard]] std::size_t per_seed() const { return strategies * points; }
    [[nodiscard]] std::size_t number(RunKey key) const {
        return (key.seed * points + key.point) * strategies + key.strategy;
    }
    [[nodiscard]] RunKey key(std::size_t number) const {
        return {.strategy = number % strategies,
                .point = number / strategies % points,
                .seed = number / per_seed()};
    }
};

std::string fingerprint_of(const std::vector<RunOutput>& outputs) {
    std::string all;
    for (const RunOutput& output : outputs) all += fmt::format("{:016x}\n", output.fingerprint);
    return sha256(all).substr(0, 16);
}

Series series_of(const std::vector<RunOutput>& outputs, RunOrder order, std::size_t point,
                 std::size_t position) {
    const Measurement& first = outputs[order.number({0, point, 0})].measurements[position];
    Series series{.metric = {first.name, first.unit, first.direction, first.sentence},
                  .samples = std::vector<Samples>(order.strategies)};
    for (std::size_t run = 0; run < outputs.size(); ++run) {
        const RunKey key = order.key(run);
        if (key.point != point) continue;
        const auto& measurements = outputs[run].measurements;
        PCPSIM_CHECK(position < measurements.size() && measurements[position].name == first.name,
                     "every strategy and seed measures the same: " + first.name);
        series.samples[key.strategy].push_back(in_unit(measurements[position].value, first.unit));
    }
    return series;
}

std::vector<Series> all_series(const std::vector<RunOutput>& outputs, RunOrder order) {
    const auto measured = [&](std::size_t point) {
        return outputs[order.number({0, point, 0})].measurements.size();
    };
    std::size_t positions = 0;
    for (std::size_t point = 0; point < order.points; ++point)
        positions = std::max(positions, measured(point));
    std::vector<Series> series;
    for (std::size_t position = 0; position < positions; ++position)
        for (std::size_t point = 0; point < order.points; ++point)
            if (position < measured(point))
                series.push_back(series_of(outputs, order, point, position));
    return series;
}

void add_once(std::vector<std::string>& notes, const std::string& note) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

}  // namespace

Outcome conduct(const Experiment& experiment, const Conduct& how) {
    RunOrder order{experiment.strategies.size(), experiment.points};
    std::vector<RunOutput> outputs(experiment.manifest.seeds.size() * order.per_seed());
    const std::size_t planned = outputs.size();
    Progress progress{planned, how.show_progress};
    const std::size_t done = run_jobs(
        planned, how.jobs,
        [&](std::size_t number) {
            outputs[number] = experiment.run(order.key(number));
            progress.run_done(outputs[number].events);
        },
        how.stop);

    std::size_t seeds = done / order.per_seed();
    if (seeds == 0) {
        order.points = done / order.strategies;
        seeds = order.points > 0 ? 1 : 0;
    }
    outputs.resize(seeds * order.per_seed());
    ResultSet results{experiment.manifest, experiment.subject, experiment.strategies,
                      all_series(outputs, order)};
    results.manifest.seeds.resize(seeds);
    results.manifest.fingerprint = fingerprint_of(outputs);
    for (const RunOutput& output : outputs)
        for (const std::string& note : output.notes) add_once(results.subject.notes, note);
    return {std::move(results), done, planned};
}

}  // namespace pcpsim
