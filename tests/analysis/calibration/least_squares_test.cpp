// Goal: the search finds the least squares within its bounds, in few evaluations.
// Method: functions whose minimum can be written down.
#include "analysis/calibration/least_squares.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace pcpsim;

namespace {

/// Lines through one point, which is where their residuals vanish.
Residuals meeting_at(double x, double y) {
    return [=](const Vector& at) {
        return Vector{at[0] - x, at[1] - y, at[0] + at[1] - x - y, 3 * (at[0] - x) - (at[1] - y)};
    };
}

}  // namespace

TEST_SUITE("analysis/calibration/least_squares") {
    TEST_CASE("solves a system whose first pivot is zero") {
        // 2y = 4, x + y = 5
        const auto solution = solve({{0, 2}, {1, 1}}, {4, 5});
        REQUIRE(solution);
        CHECK((*solution)[0] == doctest::Approx(3));
        CHECK((*solution)[1] == doctest::Approx(2));
    }
    TEST_CASE("a singular system has no solution") {
        CHECK_FALSE(solve({{1, 2}, {2, 4}}, {1, 2}));
        CHECK_FALSE(solve({{0}}, {1}));
    }
    TEST_CASE("finds the zero of linear residuals in one probe and a few steps") {
        int evaluations = 0;
        const Residuals lines = meeting_at(0.3, 0.8);
        const Vector at =
            least_squares([&](const Vector& x) { return ++evaluations, lines(x); }, {0.9, 0.1});
        CHECK(at[0] == doctest::Approx(0.3).epsilon(1e-3));
        CHECK(at[1] == doctest::Approx(0.8).epsilon(1e-3));
        CHECK(evaluations <= 12);
    }
    TEST_CASE("finds the foot of a curved valley") {
        // Rosenbrock's, shrunk so that its minimum (1, 1) lies at (0.5, 0.5).
        const Vector at = least_squares(
            [](const Vector& x) {
                return Vector{10 * (2 * x[1] - 4 * x[0] * x[0]), 1 - 2 * x[0]};
            },
            {0.1, 0.6});
        CHECK(at[0] == doctest::Approx(0.5).epsilon(0.02));
        CHECK(at[1] == doctest::Approx(0.5).epsilon(0.02));
    }
    TEST_CASE("rests on the bound beyond which the minimum lies, and at the best point of it") {
        // x = 1.5 is out of reach; at x = 1 the first and the last two residuals are 4 y's parabola
        // in (y - 0.4): d/dy [(y-.4)^2 + (y-.4-.5)^2 + (-1.5-(y-.4))^2] = 0 at y - 0.4 = -1/3.
        bool is_inside = true;
        const Residuals lines = meeting_at(1.5, 0.4);
        const Vector at = least_squares(
            [&](const Vector& x) {
                for (const double value : x) is_inside = is_inside && value >= 0 && value <= 1;
                return lines(x);
            },
            {0.5, 0.5});
        CHECK(is_inside);
        CHECK(at[0] == 1);
        CHECK(at[1] == doctest::Approx(0.4 - 1.0 / 3).epsilon(1e-3));
    }
    TEST_CASE("a coordinate that changes nothing stays where it is") {
        const Vector at = least_squares(
            [](const Vector& x) {
                return Vector{x[0] - 0.2, 0.1};
            },
            {0.7, 0.6});
        CHECK(at[0] == doctest::Approx(0.2).epsilon(1e-2));
        CHECK(at[1] == 0.6);
    }
}
