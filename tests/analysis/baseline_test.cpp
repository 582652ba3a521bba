// Goal: a baseline file is read strictly, and its rules survive an update.
// Method: what baseline_json() writes, and texts with one mistake each.
#include "analysis/baseline.hpp"

#include <doctest/doctest.h>

#include "analysis/results_json.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

ResultSet results() {
    ResultSet results;
    results.manifest = {"1.2.3", "{}", "{}", {1, 2}, "0123456789abcdef"};
    results.strategies = {{"old", "workqueue"}, {"new", "rcu-swap"}};
    results.series = {{{"pft/elapsed-4", "s"}, {{0.1, 1.0 / 3}, {5, 6}}},
                      {{"drain/rate", "1/s", Direction::higher}, {{1, 2}, {3, 4}}}};
    return results;
}

/// What reading the results with these rules complains about.
std::string complaint(const std::string& rules) {
    const TemporaryFolder folder;
    const std::string path = folder.write("b.json", baseline_json(results(), rules));
    try {
        read_baseline(path, {1, 2});
    } catch (const ScenarioError& error) {
        const std::string what = error.what();
        return what.substr(what.find(": /") + 2);
    }
    return "";
}

}  // namespace

TEST_SUITE("analysis/baseline") {
    TEST_CASE("what is written is read back, to the last bit") {
        const TemporaryFolder folder;
        const std::string path = folder.write("b.json", baseline_json(results(), "[]"));
        const Baseline baseline = read_baseline(path, {1, 2});
        REQUIRE(baseline.series.size() == 2);
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(baseline.series[i].metric == results().series[i].metric);
            CHECK(baseline.series[i].samples == results().series[i].samples);
            CHECK(baseline.series[i].strategies == std::vector<std::string>{"old", "new"});
        }
    }
    TEST_CASE("the first rule that matches governs, and without one a metric is exact") {
        const TemporaryFolder folder;
        const std::string path = folder.write(
            "b.json", baseline_json(results(), R"([{"metric": "pft/*", "mode": "tolerance",
                                                     "relative": 2.5, "absolute": 0.01},
                                                    {"metric": "pft/elapsed-4"}])"));
        const Baseline baseline = read_baseline(path);
        CHECK(baseline.rule_of("pft/elapsed-4").text("s") == "tolerance 2.5 % or 0.01 s");
        CHECK(baseline.rule_of("drain/rate").text("1/s") == "exact");
    }
    TEST_CASE("an update keeps the rules as they are written") {
        const TemporaryFolder folder;
        const std::string rules = R"([{"metric":"pft/*","mode":"significance","margin":1.5}])";
        const std::string path = folder.write("b.json", baseline_json(results(), rules));
        CHECK(rules_in(path) == rules);
        CHECK(baseline_json(results(), rules_in(path)) == baseline_json(results(), rules));
    }
    TEST_CASE("a new baseline is exact") {
        const TemporaryFolder folder;
        const std::string rules = rules_in("/nonexistent/baseline.json");
        const std::string path = folder.write("b.json", baseline_json(results(), rules));
        CHECK(read_baseline(path).rule_of("pft/elapsed-4").mode == GateRule::Mode::exact);
    }
    TEST_CASE("an update refuses to replace a file that is no baseline") {
        const TemporaryFolder folder;
        const std::string path = folder.write("scenario.json", R"({"machine": "m.json"})");
        CHECK_THROWS_AS(rules_in(path), ScenarioError);
    }
    TEST_CASE("a rule that cannot do what its author believes is wrong, at its place") {
        CHECK(complaint(R"([{"metric": "pft/elapsed-5"}])") ==
              R"(/rules/0/metric: expected the name of a metric of this file, got "pft/elapsed-5")"
              R"( (did you mean "pft/elapsed-4"?))");
        CHECK(complaint(R"([{"mode": "exact", "relative": 2}])") ==
              R"(/rules/0/relative: expected no such key in a rule of mode "exact", got 2)");
        CHECK(complaint(R"([{"mode": "tolerance", "relative": -1}])") ==
              "/rules/0/relative: expected a number in 0..100, got -1");
        CHECK(
            complaint(R"([{"mode": "tolerant"}])") ==
            R"(/rules/0/mode: expected one of exact, tolerance, significance, got "tolerant" (did you mean "tolerance"?))");
        CHECK(complaint(R"([{"mode": "significance", "significance": "paired-t"}])") == "");
    }
    TEST_CASE("other seeds than the scenario's are wrong, and one seed has no significance") {
        const TemporaryFolder folder;
        const std::string path = folder.write("b.json", baseline_json(results(), "[]"));
        CHECK_NOTHROW(read_baseline(path, {1, 2}));
        CHECK_THROWS_AS(read_baseline(path, {1, 2, 3}), ScenarioError);
        ResultSet single = results();
        single.manifest.seeds = {1};
        for (Series& series : single.series)
            for (Samples& samples : series.samples) samples.resize(1);
        const std::string one =
            folder.write("one.json", baseline_json(single, R"([{"mode": "significance"}])"));
        CHECK_THROWS_AS(read_baseline(one, {1}), ScenarioError);
    }
    TEST_CASE("a baseline lacks no sample") {
        const TemporaryFolder folder;
        ResultSet lacking = results();
        lacking.series[0].samples[1].pop_back();
        const std::string path = folder.write("b.json", baseline_json(lacking, "[]"));
        CHECK_THROWS_AS(read_baseline(path), ScenarioError);
    }
}
