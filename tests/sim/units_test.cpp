// Goal: quantities keep their unit and lose nothing. Method: exact values on both sides.
#include "sim/units.hpp"

#include <doctest/doctest.h>

#include <concepts>

using namespace pcpsim;

template <class A, class B>
concept Addable = requires(A a, B b) {
    a + b;
};

TEST_SUITE("sim/units") {
    TEST_CASE("points in time do not add, and units do not mix") {
        CHECK_FALSE(Addable<Time, Time>);
        CHECK_FALSE(Addable<Duration, Pages>);
        CHECK(Addable<Time, Duration>);
        CHECK(Time{5_ns} - Time{2_ns} == 3_ns);
    }
    TEST_CASE("scaling is exact and rounds as its name says") {
        CHECK(scale_down(10_ps, {1, 3}) == 3_ps);
        CHECK(scale_up(10_ps, {1, 3}) == 4_ps);
        CHECK(scale_up(9_ps, {1, 3}) == 3_ps);
        CHECK(scale_down(Duration::max(), {7, 7}) == Duration::max());
    }
    TEST_CASE("a value prints in its largest unit, exactly") {
        CHECK(to_string(0_ps) == "0ps");
        CHECK(to_string(14_ns) == "14ns");
        CHECK(to_string(2500_ns) == "2.5us");
        CHECK(to_string(1'000'001_ps) == "1.000001us");
        CHECK(to_string(Duration{-1500}) == "-1.5ns");
        CHECK(to_string(Time{3200_ns}) == "t=3.2us");
        CHECK(to_string(1_pages) == "1 page");
        CHECK(to_string(16_MiB) == "16MiB");
        CHECK(to_string(Bytes{1025}) == "1025B");
    }
}
