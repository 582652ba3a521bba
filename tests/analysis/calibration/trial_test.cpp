// Goal: a trial is the simulation of its costs, with the anchors met.
// Method: a small machine's trials, one by one.
#include "analysis/calibration/trial.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/small_calibration.hpp"

using namespace pcpsim;

namespace {

double anchors_miss(const Trial& trial) {
    double most = 0;
    for (const CellError& cell : trial.errors.cells)
        if (cell.anchor) most = std::max(most, std::abs(cell.percent()));
    return most;
}

}  // namespace

TEST_SUITE("analysis/calibration/trial") {
    TEST_CASE("the true costs have no error, and their anchors are the true ones") {
        const SmallCalibration files;
        const Calibration calibration = read_calibration(files.path());
        Trials trials{calibration, {}, {}};
        const Trial& trial = trials.at({500'000, 30'000});
        CHECK(trial.mean_absolute_error() < 0.05);
        CHECK(static_cast<double>(trial.anchored[0]) == doctest::Approx(300'000).epsilon(1e-3));
        CHECK(static_cast<double>(trial.anchored[1]) == doctest::Approx(70'000).epsilon(1e-3));
    }
    TEST_CASE("the anchors are met whatever the fitted costs, as long as these leave room") {
        const SmallCalibration files;
        const Calibration calibration = read_calibration(files.path());
        Trials trials{calibration, {}, {}};
        for (const std::int64_t service : {100'000, 400'000, 600'000}) {
            CAPTURE(service);
            CHECK(anchors_miss(trials.at({service, 0})) < 0.02);
        }
        // More than the whole published fault: page_fault rests at its least value.
        const Trial& over = trials.at({900'000, 0});
        CHECK(over.anchored[0] == 1);
        CHECK(anchors_miss(over) > 1);
    }
    TEST_CASE("a trial does not depend on those before it and is made once") {
        const SmallCalibration files;
        const Calibration calibration = read_calibration(files.path());
        std::size_t seen = 0;
        Trials one{calibration, {}, [&](const Trial&, std::size_t made) { seen = made; }};
        Trials other{calibration, {}, {}};
        const Trial& first = one.at({300'000, 10'000});
        static_cast<void>(other.at({700'000, 0}));
        CHECK(other.at({300'000, 10'000}).anchored == first.anchored);
        CHECK(other.at({300'000, 10'000}).mean_absolute_error() == first.mean_absolute_error());
        CHECK(&one.at({300'000, 10'000}) == &first);
        CHECK(seen == 1);
        CHECK(other.made() == 2);
    }
    TEST_CASE("without anchors their costs keep the file's values") {
        const SmallCalibration files{SmallCalibration::two_costs, "[]"};
        const Calibration calibration = read_calibration(files.path());
        Trials trials{calibration, {}, {}};
        const Trial& trial = trials.at({500'000, 30'000});
        CHECK(trial.anchored.empty());
        CHECK(anchors_miss(trial) > 1);
    }
    TEST_CASE("anchors that the workload does not measure first are refused") {
        const SmallCalibration files;
        const Calibration calibration =
            read_calibration(files.path(), {"/workload/0/params/clients=[2, 3, 4]"});
        Trials trials{calibration, {}, {}};
        CHECK_THROWS_AS(trials.at({500'000, 30'000}), ScenarioError);
    }
}
