// Goal: errors against published numbers, beside those of naive guesses.
// Method: tables whose errors can be written down; one published curve whose interpolation error
// is known.
#include "analysis/reference.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace pcpsim;

namespace {

/// A curve through (1, 100), (2, 50), (4, 40): the power law between its ends gives 63.2456 at 2.
PublishedTable published() {
    PublishedTable table;
    table.benchmark = "pft";
    table.unit = "s";
    table.columns = {{"vanilla",
                      "workqueue",
                      false,
                      {{"elapsed-1", 100, {}}, {"elapsed-2", 50, {}}, {"elapsed-4", 40, {}}}},
                     {"rcu",
                      "rcu-swap",
                      false,
                      {{"elapsed-1", 100, 0.0}, {"elapsed-2", 49, 2.0}, {"elapsed-4", 40, 0.0}}}};
    return table;
}

/// Simulated: vanilla 110, 55, 36; rcu 110, 55, 27.
ResultSet simulated() {
    ResultSet results;
    results.strategies = {{"old", "workqueue"}, {"other", "ipi-all"}, {"new", "rcu-swap"}};
    results.series = {{{"pft/elapsed-1", "s"}, {{110}, {1}, {110}}},
                      {{"pft/elapsed-2", "s"}, {{54, 56}, {1, 1}, {55, 55}}},
                      {{"pft/elapsed-4", "s"}, {{36}, {1}, {27}}},
                      {{"pft/elapsed-8", "s"}, {{5}, {1}, {5}}},
                      {{"drain/elapsed-1", "s"}, {{5}, {1}, {5}}}};
    return results;
}

}  // namespace

TEST_SUITE("analysis/reference") {
    TEST_CASE("a strategy meets the column that measured its model") {
        const ReferenceErrors errors = errors_against(published(), simulated());
        REQUIRE(errors.columns.size() == 2);
        CHECK(errors.columns[0].label == "old");
        CHECK(errors.columns[0].column == "vanilla");
        CHECK(errors.columns[1].label == "new");
        CHECK(errors.columns[1].column == "rcu");
    }
    TEST_CASE("only what was both simulated and published has an error") {
        const ReferenceErrors errors = errors_against(published(), simulated());
        REQUIRE(errors.columns[0].cells.size() == 3);
        CHECK(errors.columns[0].cells[1].operation == "elapsed-2");
        CHECK(errors.columns[0].cells[1].percent() == doctest::Approx(10));
        CHECK(errors.columns[0].cells[2].percent() == doctest::Approx(-10));
    }
    TEST_CASE("the first point is the anchor and not counted") {
        const ReferenceErrors errors = errors_against(published(), simulated());
        CHECK(errors.columns[0].cells[0].anchor);
        CHECK_FALSE(errors.columns[0].cells[1].anchor);
        CHECK(errors.columns[0].curves[0].rows == 2);
        CHECK(errors.columns[0].curves[0].mean_absolute_error == doctest::Approx(10));
    }
    TEST_CASE("a run without the anchor counts every row") {
        ResultSet results = simulated();
        results.series.erase(results.series.begin());
        const ReferenceErrors errors = errors_against(published(), results);
        CHECK_FALSE(errors.columns[0].cells[0].anchor);
        CHECK(errors.columns[0].curves[0].rows == 2);
    }
    TEST_CASE("interpolation guesses the inner points from both neighbours") {
        const CurveError curve = errors_against(published(), simulated()).columns[0].curves[0];
        CHECK(*curve.interpolation == doctest::Approx(100 * (std::sqrt(100.0 * 40) - 50) / 50));
        CHECK(*curve.inner_error == doctest::Approx(10));
    }
    TEST_CASE("gains are compared with no difference, but not the baseline's") {
        const ReferenceErrors errors = errors_against(published(), simulated());
        CHECK_FALSE(errors.columns[0].curves[0].gain_error);
        // Simulated gains 0 % and 25 %, published 2 % and 0 %.
        CHECK(*errors.columns[1].curves[0].gain_error == doctest::Approx((2 + 25) / 2.0));
        CHECK(*errors.columns[1].curves[0].no_difference == doctest::Approx(1));
    }
}
