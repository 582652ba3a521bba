// Goal: a program reads every number from rows of one shape. Method: the whole text pinned.
#include "analysis/csv.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("analysis/csv") {
    TEST_CASE("every sample and every statistic is a row under one header") {
        ResultSet results;
        results.manifest.seeds = {7, 8};
        results.strategies = {{"old", "workqueue"}, {"new, \"bold\"", "rcu-swap"}};
        results.series = {{{"drain/latency", "us"}, {{4, 6}, {4, 4.5}}}};
        const ReferenceErrors errors{
            "a table", "tiny", {{"old", "vanilla", false, {{"latency", 5, 4, false}}, {}}}};
        // Differences 0 and 1.5: half-width 12.7062 * 0.75 in percent of 5.
        const std::string text = results_csv(results, {}, &errors);
        const std::string half = "half_width_percent,,";
        const std::size_t begin = text.find(half) + half.size();
        const std::size_t end = text.find('\n', begin);
        CHECK(std::stod(text.substr(begin, end - begin)) == doctest::Approx(12.7062 * 15));
        CHECK(text.substr(0, begin) + text.substr(end) ==
              R"(metric,unit,direction,strategy,statistic,seed,value
drain/latency,us,lower,old,sample,7,4
drain/latency,us,lower,old,sample,8,6
drain/latency,us,lower,old,mean,,5
drain/latency,us,lower,old,published,,4
drain/latency,us,lower,old,error_percent,,25
drain/latency,us,lower,"new, ""bold""",sample,7,4
drain/latency,us,lower,"new, ""bold""",sample,8,4.5
drain/latency,us,lower,"new, ""bold""",mean,,4.25
drain/latency,us,lower,"new, ""bold""",gain_percent,,15
drain/latency,us,lower,"new, ""bold""",half_width_percent,,
drain/latency,us,lower,"new, ""bold""",significant,,0
drain/latency,us,lower,"new, ""bold""",verdict,,undecided
)");
    }
    TEST_CASE("what a single seed leaves unknown is empty") {
        ResultSet results;
        results.manifest.seeds = {1};
        results.strategies = {{"a", "x"}, {"b", "x"}};
        results.series = {{{"drain/latency", "us"}, {{4}, {5}}}};
        CHECK(results_csv(results, {}).find("b,half_width_percent,,\n") != std::string::npos);
    }
}
