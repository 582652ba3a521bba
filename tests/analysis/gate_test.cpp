// Goal: the gate lets pass what its rule lets pass, and nothing else.
// Method: a planted change on either side of each rule's threshold.
#include "analysis/gate.hpp"

#include <doctest/doctest.h>

#include "analysis/sha256.hpp"

using namespace pcpsim;
using Change = Finding::Change;
using Mode = GateRule::Mode;

namespace {

ResultSet results(Samples samples, Direction direction = Direction::lower) {
    ResultSet results;
    results.manifest = {"1.2.3", "{}", "{}", {1, 2, 3}, ""};
    results.strategies = {{"old", "workqueue"}};
    results.series = {{{"drain/latency", "us", direction, "how long"}, {std::move(samples)}}};
    return results;
}

Baseline baseline(Samples samples, GateRule rule, Direction direction = Direction::lower) {
    return {"b.json",
            sha256("{}"),
            {1, 2, 3},
            {},
            {{{"drain/latency", "us", direction, ""}, {"old"}, {std::move(samples)}}},
            {std::move(rule)}};
}

Change change(const GateRule& rule, const Samples& before, const Samples& now,
              Direction direction = Direction::lower) {
    const auto findings = judge(baseline(before, rule, direction), results(now, direction));
    REQUIRE(findings.size() == 1);
    CHECK(fails(findings) == (findings[0].change == Change::worse));
    return findings[0].change;
}

}  // namespace

TEST_SUITE("analysis/gate") {
    TEST_CASE("an identical run passes every rule") {
        for (const Mode mode : {Mode::exact, Mode::tolerance, Mode::significance})
            CHECK(change({.mode = mode}, {4, 5, 6}, {4, 5, 6}) == Change::none);
    }
    TEST_CASE("exact lets nothing pass, not even other samples of the same mean") {
        const GateRule exact;
        CHECK(change(exact, {4, 5, 6}, {4, 5, 6.000001}) == Change::worse);
        CHECK(change(exact, {4, 5, 6}, {4, 5, 5.999999}) == Change::better);
        CHECK(change(exact, {4, 5, 6}, {5, 5, 5}) == Change::worse);
    }
    TEST_CASE("tolerance is the larger one of share and floor, on both sides") {
        const GateRule share{.mode = Mode::tolerance, .relative = 2};
        CHECK(change(share, {100, 100, 100}, {102, 102, 102}) == Change::none);
        CHECK(change(share, {100, 100, 100}, {102, 102, 102.1}) == Change::worse);
        CHECK(change(share, {100, 100, 100}, {97.9, 97.9, 97.9}) == Change::better);
        const GateRule floor{.mode = Mode::tolerance, .relative = 2, .absolute = 3};
        CHECK(change(floor, {0, 0, 0}, {3, 3, 3}) == Change::none);
        CHECK(change(floor, {100, 100, 100}, {103, 103, 103}) == Change::none);
        CHECK(change(floor, {100, 100, 100}, {104, 104, 104}) == Change::worse);
    }
    TEST_CASE("less is worse where more is better") {
        const GateRule tolerance{.mode = Mode::tolerance, .relative = 2};
        CHECK(change(tolerance, {100, 100, 100}, {90, 90, 90}, Direction::higher) == Change::worse);
        CHECK(change(tolerance, {100, 100, 100}, {110, 110, 110}, Direction::higher) ==
              Change::better);
        CHECK(change({}, {100, 100, 100}, {99, 100, 100}, Direction::higher) == Change::worse);
    }
    TEST_CASE("significance lets chance pass, and what is within the margin") {
        const GateRule rule{.mode = Mode::significance};
        const Samples before{100, 200, 300};
        CHECK(change(rule, before, {109, 211, 310}) == Change::worse);
        CHECK(change(rule, before, {91, 189, 290}) == Change::better);
        CHECK(change(rule, before, {140, 190, 310}) == Change::none);
        const GateRule margin{.mode = Mode::significance, .margin = 6};
        CHECK(change(margin, before, {109, 211, 310}) == Change::none);  // 5 % of 200
        CHECK(change(margin, before, {113, 211, 313}) == Change::worse);
    }
    TEST_CASE("a difference that is the same for every seed is not left to chance") {
        CHECK(change({.mode = Mode::significance}, {4, 5, 6}, {5, 6, 7}) == Change::worse);
    }
    TEST_CASE("a metric or strategy that is on one side only fails") {
        const Baseline before = baseline({4, 5, 6}, {});
        ResultSet none = results({4, 5, 6});
        none.series.clear();
        CHECK(fails(judge(before, none)));
        ResultSet renamed = results({4, 5, 6});
        renamed.strategies[0].label = "other";
        CHECK(judge(before, renamed).size() == 2);
        CHECK(fails(judge(before, renamed)));
        ResultSet unit = results({4, 5, 6});
        unit.series[0].metric.unit = "ms";
        CHECK(fails(judge(before, unit)));
        Baseline empty = before;
        empty.series.clear();
        CHECK(fails(judge(empty, results({4, 5, 6}))));
    }
    TEST_CASE("the report names metric, strategy, both means, difference and rule") {
        const Baseline before =
            baseline({4, 5, 6}, {.mode = Mode::tolerance, .relative = 2, .absolute = 0.5});
        ResultSet now = results({5, 6, 7});
        CHECK(gate_report(judge(before, now), before, now) ==
              R"(       metric              strategy  baseline  now    difference  rule
worse  drain/latency [us]  old              5    6  +1 (-20.00%)  tolerance 2 % or 0.5 us

Worse against b.json: 1 worse, 0 missing, 0 better, 0 as before
)");
        now.manifest.scenario = "{ }";
        now.series[0].samples[0] = {4, 5, 6};
        CHECK(gate_report(judge(before, now), before, now) ==
              "Nothing is worse against b.json: 0 worse, 0 missing, 0 better, 1 as before\n"
              "The scenario is not that of the baseline: sha256 " +
                  sha256("{ }").substr(0, 12) + ", was " + sha256("{}").substr(0, 12) + "\n");
    }
}
