// Goal: a fit finds what a table was made with, and says honestly what each point knows.
// Method: a small machine is fitted to tables that it made itself.
#include "analysis/calibration/fit.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/small_calibration.hpp"

using namespace pcpsim;

namespace {

/// The published cell of a point, a third more than it was.
void spoil(Calibration& calibration, const std::string& point) {
    for (PublishedCell& cell : calibration.published.columns.front().cells)
        if (cell.operation.ends_with("-" + point)) cell.mean *= 4.0 / 3;
}

const LeftOut& without(const Fit& fit, const std::string& point) {
    for (const LeftOut& left_out : fit.left_out)
        if (left_out.point == point) return left_out;
    FAIL("no fit without " << point);
    return fit.left_out.front();
}

}  // namespace

TEST_SUITE("analysis/calibration/fit") {
    TEST_CASE("recovers the costs that a table was made with") {
        const SmallCalibration files;
        const Fit found = fit(read_calibration(files.path()), {});
        REQUIRE(found.complete);
        CHECK(static_cast<double>(found.best.fitted[0]) == doctest::Approx(500'000).epsilon(0.01));
        CHECK(static_cast<double>(found.best.fitted[1]) == doctest::Approx(30'000).epsilon(0.05));
        CHECK(static_cast<double>(found.best.anchored[0]) ==
              doctest::Approx(300'000).epsilon(0.01));
        CHECK(static_cast<double>(found.best.anchored[1]) == doctest::Approx(70'000).epsilon(0.01));
        CHECK(found.best.mean_absolute_error() < 0.5);
        CHECK(found.start.mean_absolute_error() > 10);
    }
    TEST_CASE("every point but the anchors' is left out once, in order") {
        const SmallCalibration files;
        const Fit found = fit(read_calibration(files.path()), {});
        std::string points;
        for (const LeftOut& left_out : found.left_out) points += left_out.point + " ";
        CHECK(points == "2 3 4 6 8 ");
        REQUIRE(found.uncertainty.size() == 2);
        // All points agree, so that none moves the costs by more than the grain of a simulation.
        CHECK(found.uncertainty[0] < 0.02 * 500'000);
    }
    TEST_CASE("a point that is left out says nothing about its own fit") {
        const SmallCalibration files;
        const Calibration calibration = read_calibration(files.path());
        Calibration spoiled = calibration;
        spoil(spoiled, "8");
        const Fit with_all = fit(spoiled, {});
        const LeftOut& alone = without(with_all, "8");
        CHECK(static_cast<double>(alone.trial.fitted[0]) == doctest::Approx(500'000).epsilon(0.01));
        // The cell is a third above what the costs give, which is 3/4 of it.
        for (std::size_t i = 0; i < alone.trial.errors.cells.size(); ++i)
            if (alone.trial.errors.cells[i].operation == "elapsed-8")
                CHECK(*left_out_errors(with_all)[i] == doctest::Approx(-25).epsilon(0.05));
        CHECK(with_all.uncertainty[0] > fit(calibration, {}).uncertainty[0]);
    }
    TEST_CASE("no trial leaves the bounds, and a fit may end at one") {
        const SmallCalibration files{
            R"([{"cost": "/costs/memory_service_per_page", "start": "250ns", "lower": "200ns",)"
            R"( "upper": "300ns"}])"};
        bool is_within = true;
        const Fit found =
            fit(read_calibration(files.path()), {}, [&](const Trial& trial, std::size_t) {
                is_within = is_within && 200'000 <= trial.fitted[0] && trial.fitted[0] <= 300'000;
            });
        CHECK(is_within);
        CHECK(found.best.fitted[0] == 300'000);
    }
    TEST_CASE("the number of jobs changes nothing") {
        const SmallCalibration files;
        const Calibration calibration = read_calibration(files.path());
        const Fit one = fit(calibration, {.jobs = 1});
        const Fit three = fit(calibration, {.jobs = 3});
        CHECK(one.best.fitted == three.best.fitted);
        CHECK(one.best.anchored == three.best.anchored);
        CHECK(one.uncertainty == three.uncertainty);
        CHECK(one.trials == three.trials);
        CHECK(left_out_errors(one) == left_out_errors(three));
    }
    TEST_CASE("an interrupted fit keeps the best trial and says that it is not complete") {
        const SmallCalibration files;
        const Calibration calibration = read_calibration(files.path());
        std::atomic<bool> stop{false};
        double least = 1e9;
        const Fit cut =
            fit(calibration, {.stop = &stop}, [&](const Trial& trial, std::size_t made) {
                least = std::min(least, trial.mean_absolute_error());
                if (made == 4) stop = true;
            });
        CHECK_FALSE(cut.complete);
        CHECK(cut.trials == 4);
        CHECK(cut.left_out.empty());
        CHECK(cut.uncertainty.empty());
        CHECK(cut.best.mean_absolute_error() <= cut.start.mean_absolute_error());
    }
    TEST_CASE("more costs than the points can tell apart are refused") {
        const SmallCalibration files;
        Calibration calibration = read_calibration(files.path());
        std::erase_if(calibration.published.columns.front().cells,
                      [](const PublishedCell& cell) { return cell.at() > 3; });
        CHECK_THROWS_AS(fit(calibration, {}), ScenarioError);
    }
}
