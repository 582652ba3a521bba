// Goal: a repeated result is identical, and the first thing that is not is named.
// Method: a results file that is written, read and held against a change in each part.
#include "analysis/verify.hpp"

#include <doctest/doctest.h>

#include "analysis/results_json.hpp"
#include "analysis/sha256.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

ResultSet results() {
    ResultSet results;
    results.manifest = {"1.2.3", "{}", "{}", {1, 2}, "0123456789abcdef"};
    results.strategies = {{"old", "workqueue"}, {"new", "rcu-swap"}};
    results.series = {{{"drain/latency", "us"}, {{0.1, 0.2}, {0.3, 1.0 / 3}}},
                      {{"drain/pages", "count"}, {{1, 2}, {3, 4}}}};
    return results;
}

Baseline file() {
    const TemporaryFolder folder;
    return read_baseline(folder.write("result.json", results_json(results())));
}

Experiment experiment() {
    Experiment experiment;
    experiment.manifest = results().manifest;
    experiment.manifest.seeds = {1, 2, 3};
    experiment.strategies = {{"old", "workqueue"}, {"new", "rcu-swap"}, {"third", "x"}};
    return experiment;
}

}  // namespace

TEST_SUITE("analysis/verify") {
    TEST_CASE("what was written is identical to itself") {
        CHECK_FALSE(first_difference(file(), results()));
    }
    TEST_CASE("a file of the first seeds and strategies asks for these alone") {
        Experiment narrowed = experiment();
        CHECK_FALSE(narrow_to(file(), narrowed));
        CHECK(narrowed.manifest.seeds == std::vector<std::uint64_t>{1, 2});
        CHECK(narrowed.strategies.size() == 2);
    }
    TEST_CASE("another scenario, seed or strategy is named before anything runs") {
        Experiment other = experiment();
        other.manifest.scenario = "[]";
        CHECK(narrow_to(file(), other) ==
              "scenario sha256: " + sha256("{}") + ", now " + sha256("[]"));
        Experiment seeds = experiment();
        seeds.manifest.seeds = {2, 3};
        CHECK(narrow_to(file(), seeds) == "seeds: [1,2], now [2,3]");
        Experiment strategies = experiment();
        strategies.strategies.resize(1);
        CHECK(narrow_to(file(), strategies) == R"(strategies: ["old","new"], now ["old"])");
    }
    TEST_CASE("the first sample, metric or fingerprint that differs is named") {
        ResultSet sample = results();
        sample.series[0].samples[1][1] = 0.5;
        sample.series[1].samples[0][0] = 9;
        CHECK(first_difference(file(), sample) ==
              "drain/latency [us] of new under seed 2: 0.3333333333333333, now 0.5");
        ResultSet fewer = results();
        fewer.series.pop_back();
        CHECK(first_difference(file(), fewer) ==
              "metric 2: drain/pages [count], lower is better, now nothing");
        ResultSet contacts = results();
        contacts.manifest.fingerprint = "f";
        CHECK(first_difference(file(), contacts) == "fingerprint: 0123456789abcdef, now f");
    }
}
