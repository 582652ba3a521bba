// Goal: a drain frees a list in the slices of its era.
#include <doctest/doctest.h>

#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

std::string slice(int asked, int count) { return bulk_free("1/1", 0, asked, count); }
const std::string first_visit = drain_begins + "1/1 drain_pages_zone: cpu=0 zone=0xd32\n";

}  // namespace

TEST_SUITE("analysis/replay/drain_slices") {
    TEST_CASE("in the stable 6.1 a slice has 2^5 batches at most: here 128 pages") {
        const ReplayResult result = replay_text(first_visit + slice(128, 300) + slice(128, 172) +
                                                slice(44, 44) + drain_ends);
        CHECK(result.checks.tally(Check::drain_slices).matched == 3);
        CHECK(result.drain_calls.slices == 3);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("in 6.0 all goes at once, and a slice is a difference") {
        CHECK(replay_text(first_visit + slice(300, 300) + drain_ends, "6.0")
                  .checks.tally(Check::drain_slices)
                  .matched == 1);
        const ReplayResult result = replay_text(first_visit + slice(128, 300) + drain_ends, "6.0");
        REQUIRE(result.checks.tally(Check::drain_slices).mismatched == 1);
        CHECK(result.checks.differences().front().where == "cpu0 node0/DMA32");
        CHECK(result.checks.differences().front().before == "count 300");
        CHECK(result.checks.differences().front().expected == "300 pages");
        CHECK(result.checks.differences().front().recorded == "128 pages");
    }
    TEST_CASE("a list may lose or gain pages between two slices") {
        const ReplayResult result = replay_text(first_visit + slice(128, 300) + slice(128, 190) +
                                                slice(50, 50) + drain_ends);
        CHECK(result.checks.tally(Check::drain_slices).matched == 3);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("what is left when the drain goes on may have been allocated meanwhile") {
        const ReplayResult result = replay_text(first_visit + slice(128, 300) + drain_ends);
        CHECK(result.checks.tally(Check::drain_slices).matched == 1);
        CHECK(unchecked(result, Check::drain_slices, Unchecked::list_in_use) == 1);
    }
    TEST_CASE("behind the last slice the same thread may spill") {
        const ReplayResult result =
            replay_text(first_visit + slice(3, 3) + bulk_free("1/1", 0, 4, 16));
        CHECK(result.checks.tally(Check::drain_slices).matched == 1);
        CHECK(result.checks.tally(Check::spill_size).checked() == 1);
    }
    TEST_CASE("a thread that puts a page on a list has left its drain") {
        // Announced before the drain and freed after it, with the spill that this causes.
        const ReplayResult result =
            replay_text(first_visit + slice(1, 1) + drained("1/1", 9000) +
                        "1/1 pcp_commit: pfn=7000 mt=1 order=0 pcp=0xa001 count=15 ff=0\n" +
                        bulk_free("1/1", 1, 4, 16) + drained("1/1", 9001) + drained("1/1", 9002) +
                        alloc("1/1", 8000));
        CHECK(result.checks.tally(Check::drain_slices).matched == 1);
        CHECK(result.checks.tally(Check::drain_slices).mismatched == 0);
    }
    TEST_CASE("a slice gives back as many pages as it says, but for a last large block") {
        const std::string asked = first_visit + slice(3, 3);
        const std::string page = drained("1/1", 9000);
        const std::string large = "1/1 mm_page_pcpu_drain: pfn=9008 order=2 migratetype=1\n";
        CHECK(replay_text(asked + page + page + page + drain_ends).checks.mismatched() == 0);
        CHECK(replay_text(asked + page + page + large + drain_ends).checks.mismatched() == 0);
        for (const std::string& wrong : {asked + page + page, asked + page + page + page + page,
                                         asked + large + page, first_visit + page}) {
            const ReplayResult result = replay_text(wrong + drain_ends);
            CHECK(result.checks.tally(Check::drain_slices).mismatched == 1);
        }
        // Unless blocks are not recorded.
        CHECK(replay_text(asked + drain_ends).checks.mismatched() == 0);
    }
    TEST_CASE("lists that a CPU empties by itself are emptied in slices, too") {
        const ReplayResult result = replay_text(
            "0/3 drain_local: (drain_local_pages) zone=0xd32\n"
            "0/3 drain_pages_zone: cpu=0 zone=0xd32\n" +
            bulk_free("0/3", 0, 128, 300));
        CHECK(result.checks.tally(Check::drain_slices).matched == 1);
        CHECK(result.drain_calls.calls == 0);
    }
    TEST_CASE("the thread may be moved while it drains") {
        const ReplayResult result = replay_text(first_visit + bulk_free("0/1", 0, 300, 300), "6.0");
        CHECK(result.checks.tally(Check::drain_slices).matched == 1);
    }
}
