// Goal: what is fitted, what is anchored and what is predicted stand apart in the report.
// Method: a fit written by hand.
#include "analysis/calibration/report.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/small_calibration.hpp"

using namespace pcpsim;

namespace {

Trial trial(std::int64_t cost, double at_two) {
    const std::vector<CellError> cells{{"elapsed-1", 10, 10, true},
                                       {"elapsed-2", at_two, 5, false}};
    return {{cost, 20'000},
            {300'000, 70'000},
            {"workqueue", "vanilla", true, cells, {{"elapsed", 1, 2.0, {}, {}, {}, {}}}}};
}

/// The report with every stretch of blanks as one.
std::string report(const Fit& fit) {
    const SmallCalibration files;
    std::string text = fit_report(read_calibration(files.path()), fit, "pcpsim again");
    text.erase(
        std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
        text.end());
    return text;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("analysis/calibration/report") {
    TEST_CASE("every cost has its uncertainty, and every cell the error of a fit without it") {
        const std::string text = report({trial(400'000, 6),
                                         trial(500'000, 5.1),
                                         {{"2", trial(510'000, 5.3)}},
                                         {12'345, 67},
                                         9,
                                         true});
        CHECK(has(text, "\nmemory_service_per_page 500ns 12ns 250ns 50ns 900ns 1ns\n"));
        CHECK(has(text, "\npage_fault 300ns anchor system-1 500ns "));
        CHECK(has(text, "\nelapsed-1 10.00 10.00 (+0.00%) -\n"));
        CHECK(has(text, "\nelapsed-2 5.00 5.10 +2.00% +6.00%\n"));
        CHECK(has(text, "\nelapsed 1 2.00% 6.00% - -\n"));
        CHECK(text.ends_with("Fitted in 9 trials by: pcpsim again\n"));
    }
    TEST_CASE("an unfinished fit shows no uncertainty, and a bound is marked") {
        const std::string text = report({trial(400'000, 6), trial(900'000, 5.1), {}, {}, 3, false});
        CHECK(has(text, "\nmemory_service_per_page 900ns (bound) - 250ns "));
        CHECK(has(text, "\nelapsed-2 5.00 5.10 +2.00% -\n"));
        CHECK(has(text, "\nelapsed 1 2.00% - - -\n"));
    }
}
