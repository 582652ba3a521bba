#include "analysis/replay/checks.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("analysis/replay/checks") {
    TEST_CASE("checked is the sum of matched, explained and mismatched, not of unchecked") {
        Checks checks;
        checks.matched(Check::bulk_order);
        checks.matched(Check::bulk_order);
        checks.explained(Check::bulk_order);
        Difference difference;
        difference.check = Check::bulk_order;
        checks.mismatched(difference);
        checks.unchecked(Check::bulk_order, Unchecked::after_a_mismatch);
        CHECK(checks.tally(Check::bulk_order).checked() == 4);
        CHECK(checks.tally(Check::pcp_count).checked() == 0);
        CHECK(checks.checked() == 4);
        CHECK(checks.mismatched() == 1);
    }
    TEST_CASE("all differences are counted, the first ten kept") {
        Checks checks;
        for (std::int64_t line = 1; line <= 12; ++line) {
            Difference difference;
            difference.line = line;
            checks.mismatched(difference);
        }
        CHECK(checks.mismatched() == 12);
        REQUIRE(checks.differences().size() == 10);
        CHECK(checks.differences().back().line == 10);
    }
    TEST_CASE("what came out wrong while events were lost proves nothing") {
        Checks checks;
        for (const std::int64_t line : {5, 7, 9}) {
            Difference difference;
            difference.line = line;
            checks.mismatched(difference);
        }
        checks.reaches(8);
        checks.mismatched({});  // of a drain that began before
        checks.doubt(5, 9);
        CHECK(checks.mismatched() == 2);
        CHECK(checks.tally(Check::page_identity).unchecked_sum() == 2);
        REQUIRE(checks.differences().size() == 2);
        CHECK(checks.differences().back().line == 9);
    }
    TEST_CASE("every check and reason has its own name") {
        CHECK(to_string(Check::page_identity) == "page_identity");
        CHECK(to_string(Check::pcp_count) == "pcp_count");
        CHECK(to_string(Check::drain_slices) == "drain_slices");
        CHECK(title(Check::drain_work_items) == "drain work items");
        CHECK(to_string(Unchecked::before_first_emptied) == "before_first_emptied");
        CHECK(to_string(Unchecked::after_lost_events) == "after_lost_events");
    }
}
