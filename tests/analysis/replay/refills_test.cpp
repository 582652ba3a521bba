#include <doctest/doctest.h>

#include "analysis/replay/replay.hpp"
#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

const std::string asked_4 = "0/7 pcp_refill: zone=0xd32 order=0 n=4 mt=1\n";

}  // namespace

TEST_SUITE("analysis/replay/refills") {
    TEST_CASE("a refill of another size is a difference") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 5) + alloc("0/7", 8000));
        REQUIRE(result.checks.tally(Check::refill_size).mismatched == 1);
        CHECK(result.checks.differences().front().expected == "order 0 Movable: 4 blocks");
        CHECK(result.checks.differences().front().recorded == "5 blocks");
        // What was recorded is on the list all the same.
        CHECK(result.checks.tally(Check::page_identity).matched == 1);
    }
    TEST_CASE("with a probe on rmqueue_bulk() what counts is how many blocks it was asked for") {
        const ReplayResult result =
            replay_text(both_empty + asked_4 + refill("0/7", 8000, 2) + alloc("0/7", 8000));
        CHECK(result.checks.tally(Check::refill_size).matched == 1);
    }
    TEST_CASE("the recording may end in the middle of a refill") {
        const ReplayResult result = replay_text(both_empty + refill("0/7", 8000, 3));
        CHECK(result.checks.tally(Check::refill_size).checked() == 0);
    }
    TEST_CASE("a block for a caller that found the list locked joins no list") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        refill("0/7h", 9000, 1) + alloc("0/7h", 9000) + alloc("0/7", 8001));
        CHECK(result.past_lists == 1);
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("and is named as allocated where its thread has been moved to") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        refill("0/9", 9000, 1) + alloc("1/9", 9000) + alloc("0/7", 8001));
        CHECK(result.past_lists == 1);
        CHECK(result.checks.tally(Check::refill_size).matched == 1);
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a vmstat worker may look at the lists in the middle of a refill") {
        const ReplayResult result = replay_text(
            both_empty + refill("0/7", 8000, 2) +
                "0/9 decay_pcp_high: zone=0xd32 pcp=0xa000 count=0 high=16 high_min=8 batch=4\n" +
                refill("0/7", 8002, 2) + alloc("0/7", 8000) + alloc("0/7", 8001),
            "6.12");
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a block of another type may have no name but that of the fallback") {
        const std::string fallback =
            "0/7 mm_page_alloc_extfrag: pfn=8000 alloc_order=0 fallback_order=10 "
            "pageblock_order=9 alloc_migratetype=1 fallback_migratetype=0 fragmenting=0 "
            "change_ownership=1\n";
        const std::string rest = refill("0/7", 8001, 3) + alloc("0/7", 8000);
        const ReplayResult named = replay_text(both_empty + fallback + rest, "6.12");
        CHECK(named.checks.tally(Check::page_identity).matched == 1);
        // Up to 6.9 the block comes right behind; later perhaps right before.
        const ReplayResult before =
            replay_text(both_empty + fallback + refill("0/7", 8000, 4) + alloc("0/7", 8000));
        CHECK(before.checks.tally(Check::refill_size).matched == 1);
        const ReplayResult after =
            replay_text(both_empty + refill("0/7", 8000, 1) + fallback + refill("0/7", 8001, 3) +
                            alloc("0/7", 8000) + alloc("0/7", 8001),
                        "6.12");
        CHECK(after.checks.tally(Check::page_identity).matched == 2);
    }
    TEST_CASE("so does a block of the high-order reserve") {
        const ReplayResult result = replay_text(
            both_empty +
            "0/7 mm_page_alloc_zone_locked: pfn=9000 order=1 migratetype=3 percpu_refill=0\n"
            "0/7 mm_page_alloc: pfn=9000 order=1 migratetype=0 gfp_flags=GFP_ATOMIC\n");
        CHECK(result.past_lists == 1);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("refills of two threads on one CPU are told apart") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + refill("0/9", 9000, 1) +
                        alloc("0/9", 9000) + alloc("0/7", 8000));
        CHECK(result.checks.tally(Check::refill_size).matched == 1);
        CHECK(result.past_lists == 1);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("__alloc_pages_bulk() takes pages off the head that no event names") {
        const ReplayResult result = replay_text(
            both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
            "0/7 bulk_alloc: gfp=0xdca nr=2\n0/7 bulk_ret: ret=2\n" + alloc("0/7", 8003));
        CHECK(result.bulk_pages == 2);
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
    }
    TEST_CASE("__alloc_pages_bulk() may use up several refills in a row") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        "0/7 bulk_alloc: gfp=0xdca nr=9\n" + refill("0/7", 8100, 8) +
                        "0/7 bulk_ret: ret=9\n" + alloc("0/7", 8106) + free("0/7", 8106, 1));
        CHECK(result.checks.tally(Check::refill_size).matched == 3);
        CHECK(result.bulk_pages == 9);
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
    }
    TEST_CASE("a refill of no blocks within __alloc_pages_bulk() does not hang") {
        // A batch of 0 is no kernel's, and no reader lets it pass.
        RecordedKernel kernel = small_kernel();
        for (RecordedPageset& pageset : kernel.pagesets) pageset.fields.batch = 0;
        std::string emptied = both_empty;
        emptied.erase(emptied.find("batch=4"), 7);
        Script script{emptied + "0/7 bulk_alloc: gfp=0xdca nr=2\n" + refill("0/7", 8100, 8) +
                      "0/7 bulk_ret: ret=2\n" + alloc("0/7", 17)};
        const ReplayResult result = Replay{kernel, *find_kernel_rules("5.10")}.run(script);
        CHECK(result.checks.tally(Check::refill_size).mismatched == 1);
    }
    TEST_CASE("a refill of unknown size within __alloc_pages_bulk() is taken for one") {
        const ReplayResult result =
            replay_text(both_empty + "0/7 bulk_alloc: gfp=0xdca nr=2\n" + refill("0/7", 8100, 8) +
                            "0/7 bulk_ret: ret=2\n" + alloc("0/7", 8102),
                        "6.12");
        CHECK(result.bulk_pages == 2);
        CHECK(result.checks.tally(Check::page_identity).matched == 1);
    }
    TEST_CASE("somebody else may go on before __alloc_pages_bulk() says what it has taken") {
        const std::string begun = both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                                  "0/7 bulk_alloc: gfp=0xdca nr=2\n";
        const std::string end = "0/7 bulk_ret: ret=2\n" + free("0/9", 8003, 0);
        const ReplayResult result = replay_text(begun + alloc("0/9", 8003) + end);
        CHECK(result.bulk_pages == 2);
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
        // It does not take more than it was asked for.
        const ReplayResult wrong =
            replay_text(both_empty + refill("0/7", 8000, 4) + "0/7 bulk_alloc: gfp=0xdca nr=1\n" +
                        alloc("0/9", 8002));
        CHECK(wrong.checks.tally(Check::page_identity).mismatched == 1);
    }
    TEST_CASE("the rest of a refill does not show what its list holds") {
        const std::string lost = both_empty + "CPU:0 [LOST 5 EVENTS]\n";
        const ReplayResult rest = replay_text(lost + refill("0/7", 8002, 2) + alloc("0/7", 8000));
        CHECK(rest.checks.mismatched() == 0);
        CHECK(rest.checks.tally(Check::refill_size).checked() == 0);
        const ReplayResult whole = replay_text(lost + refill("0/7", 8000, 4) + alloc("0/7", 8000));
        CHECK(whole.checks.tally(Check::page_identity).matched == 1);
        const ReplayResult after = replay_text(lost + "0/7 mm_page_free: pfn=1 order=4\n" +
                                               refill("0/7", 8000, 2) + alloc("0/7", 8000));
        CHECK(after.checks.tally(Check::page_identity).matched == 1);
    }
    TEST_CASE("an __alloc_pages_bulk() that began unseen has taken nobody knows what") {
        const ReplayResult result =
            replay_text(both_empty + "CPU:1 [LOST 5 EVENTS]\n" + refill("0/7", 8000, 4) +
                        "0/7 bulk_ret: ret=2\n" + alloc("0/7", 8002));
        CHECK(result.checks.mismatched() == 0);
        CHECK(result.checks.tally(Check::page_identity).checked() == 0);
    }
    TEST_CASE("a page may be named while somebody else refills the list that it came from") {
        const std::string first = refill("0/8", 8100, 4);
        const std::size_t line = first.find('\n') + 1;
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        alloc("0/7", 8001) + alloc("0/7", 8002) + first.substr(0, line) +
                        alloc("0/7", 8003) + first.substr(line) + alloc("0/8", 8100));
        CHECK(result.checks.tally(Check::page_identity).matched == 5);
        CHECK(result.checks.tally(Check::refill_size).matched == 2);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a page of another list may be named in the middle of a refill") {
        const std::string second = refill("0/8", 8100, 4);
        const std::size_t line = second.find('\n') + 1;
        const ReplayResult result =
            replay_text(both_empty + refill("1/7", 8000, 4) + second.substr(0, line) +
                        alloc("0/7", 8000) + second.substr(line) + alloc("0/8", 8100));
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
        CHECK(result.checks.tally(Check::refill_size).matched == 2);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a page that __alloc_pages_bulk() names itself is not taken twice") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        "0/7 bulk_alloc: gfp=0xdca nr=1\n" + alloc("0/7", 8001) +
                        "0/7 bulk_ret: ret=1\n" + alloc("0/7", 8002));
        CHECK(result.bulk_pages == 0);
        CHECK(result.checks.tally(Check::page_identity).matched == 3);
    }
}
