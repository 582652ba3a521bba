// Goal: integers of a run become samples in one place. Method: exact powers of ten.
#include "analysis/result.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("analysis/result") {
    TEST_CASE("picoseconds become the unit of time that the metric names") {
        CHECK(in_unit(2'750'000'000'000, "s") == 2.75);
        CHECK(in_unit(2'750'000'000, "ms") == 2.75);
        CHECK(in_unit(2'750'000, "us") == 2.75);
        CHECK(in_unit(2'750, "ns") == 2.75);
    }
    TEST_CASE("every other unit is a count") {
        CHECK(in_unit(63, "pages") == 63);
        CHECK(in_unit(-1, "") == -1);
    }
    TEST_CASE("a name is a benchmark and an operation") {
        CHECK(Metric{.name = "pft/elapsed-48"}.benchmark() == "pft");
        CHECK(Metric{.name = "pft/elapsed-48"}.operation() == "elapsed-48");
        CHECK(Metric{.name = "pft/faults/sec-48"}.operation() == "faults/sec-48");
    }
}
