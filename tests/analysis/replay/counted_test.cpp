// Goal: a recording without allocations and frees is replayed by its counts.
#include <doctest/doctest.h>

#include "models/config/errors.hpp"
#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("analysis/replay/counted") {
    TEST_CASE("refills and spills are counted, pages are not followed") {
        const ReplayResult result =
            replay_text("0/7 pcp_refill: zone=0xd32 order=0 n=4 mt=1\n" +
                        std::string{"0/7 pcp_bulkfree: zone=0xd32 pcp=0xa000 n=4 pindex=1 count=16 "
                                    "high=16 batch=4 free_factor=1\n"} +
                        drained("0/7", 8000));
        CHECK(result.spills.recorded.pages == 4_pages);
        CHECK(result.spills.predicted.pages == 4_pages);
        CHECK(result.refills[1].recorded.pages == 4_pages);
        CHECK(unchecked(result, Check::bulk_order, Unchecked::move_not_recorded) == 1);
        CHECK(result.checks.tally(Check::refill_size).matched == 1);
        CHECK(result.checks.tally(Check::spill_size).matched == 1);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("what a vmstat worker gives back is no spill") {
        const std::string expires = "0/5 drain_zone_pages: zone=0xd32 pcp=0xa000\n";
        const ReplayResult result = replay_text(expires + bulk_free("0/5", 0, 4, 10));
        CHECK(result.checks.tally(Check::spill_size).checked() == 0);
        CHECK(result.drains.pages == 4_pages);
        const ReplayResult decay = replay_text(
            "0/5 decay_pcp_high: zone=0xd32 pcp=0xa000 count=20 high=14 high_min=10 batch=4\n" +
                bulk_free("0/5", 0, 4, 20) + bulk_free("0/5", 0, 2, 16),
            "6.12");
        CHECK(decay.checks.tally(Check::spill_size).checked() == 0);
        // But what is more than a batch is one.
        const ReplayResult spill = replay_text(expires + bulk_free("0/5", 0, 9, 10));
        CHECK(spill.checks.tally(Check::spill_size).mismatched == 1);
    }
    TEST_CASE("a pcp that was plugged in is left out, one of another recording refused") {
        const std::string unknown = "0/7 pcp_bulkfree: zone=0xd32 pcp=0xb000 n=1 count=1\n";
        CHECK_THROWS_AS(replay_text(unknown), ScenarioError);
        const ReplayResult result = replay_text(bulk_free("0/5", 0, 4, 16) + unknown);
        CHECK(result.no_pcp == 1);
    }
    TEST_CASE("requests that are recorded after all are followed from then on") {
        std::string text;
        for (int i = 0; i < (1 << 15); ++i) text += "0/7 pcp_refill: zone=0xd32 order=0 n=4 mt=1\n";
        const ReplayResult result =
            replay_text(text + both_empty + alloc("0/7", 17) + both_empty + refill("0/7", 8000, 4) +
                        alloc("0/7", 8000) + alloc("0/7", 8001));
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
        CHECK(result.checks.mismatched() == 0);
    }
}
