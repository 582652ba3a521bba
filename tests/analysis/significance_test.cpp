// Goal: each rule stars exactly what it says it does.
// Method: differences of known deviation on both sides of each threshold.
#include "analysis/significance.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace pcpsim;

namespace {

const Metric lower{.direction = Direction::lower};
const std::vector<Significance> all{Significance::mmtests_t10, Significance::mmtests_ci95,
                                    Significance::paired_t, Significance::bootstrap};

/// Two samples of deviation 1 with this mean.
Samples around(double mean) { return {mean - 0.70710678118654752, mean + 0.70710678118654752}; }

}  // namespace

TEST_SUITE("analysis/significance") {
    TEST_CASE("a single seed and equal samples are never significant") {
        for (const Significance rule : all) {
            CHECK_FALSE(is_significant(rule, {1}, {100}, lower));
            CHECK_FALSE(is_significant(rule, {1, 2, 3}, {1, 2, 3}, lower));
        }
    }
    TEST_CASE("mmtests-t10 stars a two-sample t of p < 0.10") {
        // n = 2 + 2 samples of deviation 1: standard error 1, two degrees of freedom, t(0.95)
        // = 2.92.
        const auto stars = [](double difference) {
            return is_significant(Significance::mmtests_t10, around(10), around(10 + difference),
                                  lower);
        };
        CHECK(stars(2.93));
        CHECK(stars(-2.93));
        CHECK_FALSE(stars(2.91));
    }
    TEST_CASE("mmtests-ci95 stars bands of 1.96 deviations that do not touch") {
        const auto stars = [](double difference) {
            return is_significant(Significance::mmtests_ci95, around(10), around(10 + difference),
                                  lower);
        };
        CHECK(stars(2 * 1.96));
        CHECK_FALSE(stars(2 * 1.9599));
    }
    TEST_CASE("without deviation mmtests looks at the bare difference") {
        const auto stars = [](Significance rule, double now) {
            return is_significant(rule, {10, 10}, {now, now}, lower);
        };
        CHECK(stars(Significance::mmtests_t10, 10.01));
        CHECK_FALSE(stars(Significance::mmtests_ci95, 10.9));
        CHECK(stars(Significance::mmtests_ci95, 11.1));
    }
    TEST_CASE("paired-t stars differences whose t interval excludes 0") {
        // Differences d - 1, d, d + 1: half-width t(0.975, 2) / sqrt(3) = 2.4841.
        const auto stars = [](double d) {
            return is_significant(Significance::paired_t, {50, 60, 70},
                                  {50 - (d - 1), 60 - d, 70 - (d + 1)}, lower);
        };
        CHECK(stars(2.49));
        CHECK_FALSE(stars(2.48));
        CHECK(stars(-2.49));
    }
    TEST_CASE("the paired rules see through a spread that all strategies share") {
        const Samples before{10, 200, 3000, 40000};
        const Samples after{11.1, 201.2, 3001.1, 40001.2};
        CHECK(is_significant(Significance::paired_t, before, after, lower));
        CHECK(is_significant(Significance::bootstrap, before, after, lower));
        CHECK_FALSE(is_significant(Significance::mmtests_t10, before, after, lower));
        CHECK_FALSE(is_significant(Significance::mmtests_ci95, before, after, lower));
    }
    TEST_CASE("a difference that is the same for every seed is certain, not significant") {
        CHECK_FALSE(is_significant(Significance::paired_t, {1, 2, 3}, {2, 3, 4}, lower));
        CHECK_FALSE(is_significant(Significance::bootstrap, {1, 2, 3}, {2, 3, 4}, lower));
    }
    TEST_CASE(
        "a resample of differences on one side of 0 stays there, one of both sides does not") {
        const Samples before{100, 100, 100, 100, 100, 100};
        CHECK(is_significant(Significance::bootstrap, before, {99, 98, 97, 96, 99, 98}, lower));
        CHECK_FALSE(
            is_significant(Significance::bootstrap, before, {99, 101, 98, 102, 97, 103}, lower));
    }
    TEST_CASE("rates are compared as the times they take") {
        const Samples before{1.0 / 100, 1.0 / 100, 1.0 / 100};
        const Samples after{1.0 / 98, 1.0 / 97, 1.0 / 96};
        for (const Significance rule : {Significance::paired_t, Significance::bootstrap})
            CHECK(is_significant(rule, before, after,
                                 {.unit = "1/s", .direction = Direction::higher}));
    }
}
