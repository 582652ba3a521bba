#include "analysis/progress.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("analysis/progress") {
    TEST_CASE("the rest takes as long per run as what is done") {
        // 12 runs in 6 s: the other 48 take 24 s; 9 million events in 6 s.
        CHECK(progress_text(12, 60, 9'000'000, 6) == "12/60 runs, 1.5 million events/s, 24 s left");
    }
    TEST_CASE("nothing is foretold from nothing") {
        CHECK(progress_text(0, 60, 0, 6) == "0/60 runs");
        CHECK(progress_text(1, 60, 5, 0) == "1/60 runs");
    }
}
