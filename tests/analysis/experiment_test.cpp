// Goal: the numbers of all runs end up under the right strategy, point and seed.
// Method: a run whose value encodes its key.
#include "analysis/experiment.hpp"

#include <doctest/doctest.h>

#include "sim/check.hpp"

using namespace pcpsim;

namespace {

/// Two strategies, two points, three seeds; elapsed is 100 s + 10 s * point + 1 s * seed, and the
/// second strategy takes 0.5 s longer.
Experiment two_strategies() {
    Experiment experiment;
    experiment.manifest.seeds = {7, 8, 9};
    experiment.strategies = {{"old", "workqueue"}, {"new", "rcu-swap"}};
    experiment.points = 2;
    experiment.run = [](RunKey key) {
        const auto number = [](std::size_t n) { return static_cast<std::int64_t>(n); };
        const std::int64_t milliseconds = 100'000 + 10'000 * number(key.point) +
                                          1'000 * number(key.seed) + 500 * number(key.strategy);
        const std::string clients = std::to_string(key.point + 1);
        return RunOutput{
            {{"pft/system-" + clients, "s", Direction::lower, "", 1'000'000'000'000},
             {"pft/elapsed-" + clients, "s", Direction::lower, "", milliseconds * 1'000'000'000}},
            {"measured by nobody"},
            static_cast<std::uint64_t>(milliseconds),
            1};
    };
    return experiment;
}

ResultSet results_of(const Experiment& experiment, const Conduct& how = {}) {
    return conduct(experiment, how).results;
}

std::vector<std::string> names(const ResultSet& results) {
    std::vector<std::string> all;
    for (const Series& series : results.series) all.push_back(series.metric.name);
    return all;
}

}  // namespace

TEST_SUITE("analysis/experiment") {
    TEST_CASE("samples stand under their strategy and point, in seed order") {
        const ResultSet results = results_of(two_strategies());
        CHECK(results.series[2].samples ==
              std::vector<Samples>{{100, 101, 102}, {100.5, 101.5, 102.5}});
        CHECK(results.series[3].samples ==
              std::vector<Samples>{{110, 111, 112}, {110.5, 111.5, 112.5}});
    }
    TEST_CASE("each metric comes over all points before the next one") {
        CHECK(names(results_of(two_strategies())) ==
              std::vector<std::string>{"pft/system-1", "pft/system-2", "pft/elapsed-1",
                                       "pft/elapsed-2"});
    }
    TEST_CASE("what every run notes is noted once") {
        CHECK(results_of(two_strategies()).subject.notes ==
              std::vector<std::string>{"measured by nobody"});
    }
    TEST_CASE("the number of jobs changes nothing") {
        const ResultSet one = results_of(two_strategies(), {.jobs = 1});
        const ResultSet four = results_of(two_strategies(), {.jobs = 4});
        CHECK(one.manifest.fingerprint == four.manifest.fingerprint);
        for (std::size_t i = 0; i < one.series.size(); ++i)
            CHECK(one.series[i].samples == four.series[i].samples);
    }
    TEST_CASE("a stop keeps the seeds that are complete") {
        std::atomic<bool> stop{false};
        Experiment experiment = two_strategies();
        const auto run = experiment.run;
        experiment.run = [&](RunKey key) {
            // The sixth run of four a seed.
            if (key.seed == 1 && key.point == 0 && key.strategy == 1) stop = true;
            return run(key);
        };
        const ResultSet results = results_of(experiment, {.stop = &stop});
        CHECK(results.manifest.seeds == std::vector<std::uint64_t>{7});
        CHECK(results.series[2].samples == std::vector<Samples>{{100}, {100.5}});
    }
    TEST_CASE("a stop under the first seed keeps the points that every strategy has done") {
        std::atomic<bool> stop{false};
        Experiment experiment = two_strategies();
        const auto run = experiment.run;
        experiment.run = [&](RunKey key) {
            if (key.point == 1) stop = true;
            return run(key);
        };
        const Outcome outcome = conduct(experiment, {.stop = &stop});
        CHECK(outcome.runs_done == 3);
        CHECK(outcome.runs_planned == 12);
        CHECK(names(outcome.results) == std::vector<std::string>{"pft/system-1", "pft/elapsed-1"});
        CHECK(outcome.results.manifest.seeds == std::vector<std::uint64_t>{7});
    }
    TEST_CASE("a stop before the first point leaves no series") {
        const std::atomic<bool> stop{true};
        const ResultSet results = results_of(two_strategies(), {.stop = &stop});
        CHECK(results.manifest.seeds.empty());
        CHECK(results.series.empty());
    }
    TEST_CASE("one other contact changes the fingerprint") {
        Experiment other = two_strategies();
        const auto run = other.run;
        other.run = [&](RunKey key) {
            RunOutput output = run(key);
            if (key.seed == 2 && key.point == 1) ++output.fingerprint;
            return output;
        };
        CHECK(results_of(other).manifest.fingerprint !=
              results_of(two_strategies()).manifest.fingerprint);
    }
    TEST_CASE("strategies that measure different things break a law") {
        Experiment broken = two_strategies();
        const auto run = broken.run;
        broken.run = [&](RunKey key) {
            RunOutput output = run(key);
            if (key.strategy == 1) output.measurements[0].name = "pft/user-1";
            return output;
        };
        CHECK_THROWS_AS(conduct(broken, {}), BrokenLaw);
    }
}
