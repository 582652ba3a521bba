// Goal: gains, intervals and verdicts mean what the legend of a table says.
// Method: small samples whose mean, deviation and t quantile can be written down.
#include "analysis/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace pcpsim;

namespace {
const Metric lower{.unit = "s", .direction = Direction::lower};
const Metric rate{.unit = "1/s", .direction = Direction::higher};
const Metric more{.unit = "count", .direction = Direction::higher};
constexpr double margin = 2;
}  // namespace

TEST_SUITE("analysis/statistics") {
    TEST_CASE("rates have a harmonic mean, times and counts an arithmetic one") {
        CHECK(compared_mean({1, 2, 6}, lower) == 3);
        CHECK(compared_mean({2, 6}, rate) == doctest::Approx(3));  // 2 / (1/2 + 1/6)
        CHECK(compared_mean({0, 6}, rate) == 0);
        CHECK(compared_mean({0, 6}, more) == 3);
    }
    TEST_CASE("a positive gain is always better") {
        CHECK(gain_percent(4, 3, Direction::lower) == 25);
        CHECK(gain_percent(4, 5, Direction::lower) == -25);
        CHECK(gain_percent(4, 5, Direction::higher) == 25);
        CHECK(gain_percent(4, 3, Direction::higher) == -25);
    }
    TEST_CASE("a zero has the gain that mmtests gives it") {
        CHECK(gain_percent(4, 0, Direction::lower) == 100);
        CHECK(gain_percent(0, 4, Direction::lower) == -99);
        CHECK(gain_percent(4, 0, Direction::higher) == 0);
        CHECK(gain_percent(0, 4, Direction::higher) == 100);
    }
    TEST_CASE("the same samples are identical, even for one seed") {
        CHECK(compare({3, 4}, {3, 4}, lower, margin).verdict == Verdict::identical);
        CHECK(compare({0}, {0}, lower, margin).verdict == Verdict::identical);
        CHECK(compare({3, 4}, {4, 3}, lower, margin).verdict != Verdict::identical);
    }
    TEST_CASE("the interval is the paired t interval, in percent of the baseline mean") {
        // Differences 1, 2, 3 of a mean of 100: mean 2, deviation 1, t(0.975, 2) = 4.302653.
        const Comparison result = compare({99, 100, 101}, {98, 98, 98}, lower, margin);
        CHECK(result.gain == doctest::Approx(2));
        CHECK(*result.half_width == doctest::Approx(4.302653 / std::sqrt(3)));
        CHECK_FALSE(result.exact());
    }
    TEST_CASE("the interval of rates is that of the times they stand for") {
        const Samples times{99, 100, 101};
        const Samples shorter{98, 98, 98};
        Samples rates;
        Samples faster;
        for (const double time : times) rates.push_back(1 / time);
        for (const double time : shorter) faster.push_back(1 / time);
        const Comparison result = compare(rates, faster, rate, margin);
        CHECK(result.gain == doctest::Approx(100.0 * 100 / 98 - 100));
        // The same difference, in percent of the other mean.
        CHECK(*result.half_width ==
              doctest::Approx(*compare(times, shorter, lower, margin).half_width * 100 / 98));
    }
    TEST_CASE("the verdict needs the whole interval on one side of the margin") {
        // Two differences d and d + 2e: half-width t(0.975, 1) e = 12.7062 e around d + e.
        const auto verdict = [](double first, double second) {
            return compare({100, 100}, {100 - first, 100 - second}, lower, margin).verdict;
        };
        CHECK(verdict(5.0, 5.2) == Verdict::better);
        CHECK(verdict(-5.0, -5.2) == Verdict::worse);
        CHECK(verdict(0.1, -0.1) == Verdict::no_effect);
        CHECK(verdict(2.5, 3.0) == Verdict::undecided);
        CHECK(verdict(1.9, 1.95) == Verdict::undecided);
    }
    TEST_CASE("a difference without variance is exact and judged by the margin alone") {
        const auto against_ten = [](double value) {
            return compare({10, 10}, {value, value}, lower, margin);
        };
        CHECK(against_ten(9.7).exact());
        CHECK(against_ten(9.7).verdict == Verdict::better);
        CHECK(against_ten(9.9).verdict == Verdict::no_effect);
        CHECK(against_ten(10.3).verdict == Verdict::worse);
        // 1.1 - 1.0 and 2.1 - 2.0 differ in the last bit only.
        CHECK(compare({1.1, 2.1}, {1.0, 2.0}, lower, margin).exact());
    }
    TEST_CASE("one seed has no interval and decides nothing") {
        const Comparison result = compare({10}, {5}, lower, margin);
        CHECK(result.gain == 50);
        CHECK_FALSE(result.half_width);
        CHECK(result.verdict == Verdict::undecided);
    }
    TEST_CASE("a zero baseline keeps mmtests' gain and scales its interval to it") {
        // -99 stands for the mean difference 100; deviation sqrt(2), half-width 12.7062.
        const Comparison result = compare({0, 0}, {99, 101}, lower, margin);
        CHECK(result.gain == -99);
        CHECK(*result.half_width == doctest::Approx(0.99 * 12.7062));
        CHECK(result.verdict == Verdict::worse);
    }
    TEST_CASE("a rate of zero has no time to compare") {
        CHECK(compare({0, 1}, {1, 1}, rate, margin).verdict == Verdict::undecided);
        CHECK_FALSE(compare({0, 0}, {1, 1}, rate, margin).half_width);
    }
    TEST_CASE("a count of which more is better is compared as it is, zeros too") {
        // Differences 1, 2, 3 of a mean of 100, as above.
        const Comparison result = compare({99, 100, 101}, {100, 102, 104}, more, margin);
        CHECK(result.gain == doctest::Approx(2));
        CHECK(*result.half_width == doctest::Approx(4.302653 / std::sqrt(3)));
        CHECK(compare({4, 4}, {0, 2}, more, margin).gain == -75);
        CHECK(compare({100, 100}, {50, 50}, more, margin).verdict == Verdict::worse);
    }
}
