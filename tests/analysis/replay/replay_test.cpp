// Goal: what a recording says of allocations and frees is predicted, or named as wrong. Method:
// recordings of a few events, one of them wrong where a check must fail; then real ones, cut short.
#include "analysis/replay/replay.hpp"

#include <doctest/doctest.h>

#include "analysis/replay/command.hpp"
#include "models/config/errors.hpp"
#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("analysis/replay/replay") {
    TEST_CASE("a thread may name a page that left its list before all that is known joined") {
        const std::string known = alloc("0/9", 5050) + free("0/7", 9000);
        const ReplayResult late = replay_text(known + alloc("0/9", 5060) + alloc("0/7", 9000));
        CHECK(late.checks.mismatched() == 0);
        CHECK(late.checks.tally(Check::page_identity).matched == 1);
        const ReplayResult wrong = replay_text(known + alloc("0/7", 5060));
        CHECK(wrong.checks.tally(Check::page_identity).mismatched == 1);
    }
    TEST_CASE("a thread that was moved may have taken the page where nothing is known") {
        const std::string here_empty = "1/1 drain_pages_zone: cpu=0 zone=0xd32\n" +
                                       bulk_free("1/1", 0, 1, 1) + drained("1/1", 5000) +
                                       "1/1 drain_ret: (f <- g)\n";
        const std::string text = refill("0/7", 8000, 4) + alloc("0/7", 8000);
        const ReplayResult moved =
            replay_text(here_empty + alloc("1/9", 5050) + text + alloc("0/9", 5060));
        CHECK(moved.checks.mismatched() == 0);
        const ReplayResult stayed = replay_text(both_empty + text + alloc("0/9", 5060));
        CHECK(stayed.checks.tally(Check::page_identity).mismatched == 1);
    }
    TEST_CASE("an allocation takes the head, and the page freed last is the head") {
        const ReplayResult result = replay_text(
            both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) + alloc("0/7", 8001) +
            free("0/7", 8000, 2) + alloc("0/7", 8000) + alloc("0/7", 8002));
        CHECK(result.checks.tally(Check::page_identity).matched == 4);
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
        CHECK(result.checks.tally(Check::refill_size).matched == 1);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a page that is not the head is a difference, with line, state and both pages") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8001));
        REQUIRE(result.checks.differences().size() == 1);
        const Difference& difference = result.checks.differences().front();
        CHECK(difference.check == Check::page_identity);
        CHECK(difference.line == 10);
        CHECK(difference.where == "cpu0 node0/DMA32");
        CHECK(difference.before == "count 4, high 16, batch 4");
        CHECK(difference.expected == "order 0 Movable: pfn 0x1f40");
        CHECK(difference.recorded == "pfn 0x1f41");
    }
    TEST_CASE("after a difference nothing is checked until the lists are emptied again") {
        const std::string wrong = both_empty + refill("0/7", 8000, 4) + alloc("0/7", 9999);
        const ReplayResult result = replay_text(wrong + alloc("0/7", 8000) + alloc("0/7", 8001));
        CHECK(result.checks.mismatched() == 1);
        const Tally& tally = result.checks.tally(Check::page_identity);
        CHECK(tally.unchecked[static_cast<std::size_t>(Unchecked::after_a_mismatch)] == 2);
        const ReplayResult again =
            replay_text(wrong + both_empty + refill("0/7", 8100, 4) + alloc("0/7", 8100));
        CHECK(again.checks.tally(Check::page_identity).matched == 1);
    }
    TEST_CASE("before a list is emptied only what was freed to it is known") {
        const ReplayResult result = replay_text(free("0/7", 8000, 30) + alloc("0/7", 8000) +
                                                alloc("0/7", 5000) + free("0/7", 5000, 29));
        const Tally& identity = result.checks.tally(Check::page_identity);
        CHECK(identity.matched == 1);
        CHECK(identity.unchecked[static_cast<std::size_t>(Unchecked::before_first_emptied)] == 1);
        // The first count is news; from it follow the others.
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
    }
    TEST_CASE("a list is known when a refill shows it empty") {
        const ReplayResult result = replay_text(refill("1/7", 8000, 4) + alloc("1/7", 8000));
        CHECK(result.checks.tally(Check::page_identity).matched == 1);
    }
    TEST_CASE("a wrong count is a difference") {
        const ReplayResult result = replay_text(both_empty + refill("0/7", 8000, 4) +
                                                alloc("0/7", 8000) + free("0/7", 8000, 4));
        REQUIRE(result.checks.tally(Check::pcp_count).mismatched == 1);
        CHECK(result.checks.differences().front().expected == "3 pages");
        CHECK(result.checks.differences().front().recorded == "4 pages");
    }
    TEST_CASE("5.10 records no count, and that is said") {
        const ReplayResult result = replay_text(
            "0/1 drain_pages: cpu=0\n0/1 drain_all: zone=0x0\n" + refill("0/7", 8000, 4) +
                alloc("0/7", 8000) + free("0/7", 8000) + alloc("0/7", 8000),
            "5.10");
        CHECK(result.checks.tally(Check::page_identity).matched == 2);
        const Tally& count = result.checks.tally(Check::pcp_count);
        CHECK(count.checked() == 0);
        CHECK(count.unchecked[static_cast<std::size_t>(Unchecked::count_not_recorded)] == 1);
    }
    TEST_CASE("an interrupt may name its page before the thread below it names the earlier one") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7s", 8001) +
                        alloc("0/7", 8000) + alloc("0/7", 8002));
        CHECK(result.checks.tally(Check::page_identity).matched == 3);
        CHECK(result.checks.mismatched() == 0);
        CHECK(result.reordered == 1);
    }
    TEST_CASE("a page freed by an interrupt lies above the one that the thread has already taken") {
        // 5.10 has no count that would show it.
        const ReplayResult result =
            replay_text("0/1 drain_pages: cpu=0\n0/1 drain_all: zone=0x0\n" +
                            refill("0/7", 8000, 4) + alloc("0/7", 8000) + free("0/7s", 9000) +
                            alloc("0/7", 8001) + alloc("0/7", 9000) + alloc("0/7", 8002),
                        "5.10");
        CHECK(result.checks.tally(Check::page_identity).matched == 4);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a count may show that a page has left its list before it is named") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        free("0/7s", 9000, 2) + alloc("0/7", 8001) + alloc("0/7", 9000));
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
        CHECK(result.checks.tally(Check::page_identity).matched == 3);
    }
    TEST_CASE("a thread that is moved names its page on another CPU, even the first of a refill") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("1/7", 8000) +
                        alloc("1/8", 8001) + alloc("0/9", 8002));
        CHECK(result.checks.tally(Check::page_identity).matched == 3);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a page in flight is not among those that __alloc_pages_bulk() takes next") {
        const std::string bulk = "0/9 bulk_alloc: gfp=0xdca nr=1\n0/9 bulk_ret: ret=1\n";
        const ReplayResult result = replay_text(
            both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) + bulk + alloc("0/9", 8003) +
            alloc("0/7", 8001) + free("0/9", 8002, 0) + alloc("0/9", 8002));
        // Thread 7 had taken 8001 before thread 9 took 8002, unnamed, and then 8003.
        CHECK(result.checks.tally(Check::page_identity).matched == 4);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("pages must not be in any order: who takes the tail is wrong") {
        std::string text = both_empty + refill("0/7", 8000, 4);
        for (int i = 3; i >= 0; --i) text += alloc("0/7", 8000 + i);
        CHECK(replay_text(text).checks.tally(Check::page_identity).mismatched == 1);
    }
    TEST_CASE("lost events put all lists in doubt") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        "CPU:1 [LOST 123 EVENTS]\n" + alloc("0/7", 9000));
        CHECK(result.checks.mismatched() == 0);
        const Tally& tally = result.checks.tally(Check::page_identity);
        CHECK(tally.unchecked[static_cast<std::size_t>(Unchecked::after_lost_events)] == 1);
    }
    TEST_CASE("a high other than that of the meta file is noticed") {
        const std::string recording = both_empty + alloc("0/7", 17);
        CHECK(replay_text(recording).other_high.empty());
        std::string other = recording;
        other.replace(other.find("high=16"), 7, "high=20");
        CHECK(replay_text(other).other_high == "line 2: high of cpu0 node0/DMA32 is 20, not 16");
    }
    TEST_CASE("a pcp pointer of another recording is refused") {
        CHECK_THROWS_AS(
            replay_text("0/7 pcp_commit: pfn=8000 mt=1 order=0 pcp=0xa001 count=3 ff=0\n"),
            ScenarioError);
        CHECK_THROWS_AS(replay_text("0/7 pcp_bulkfree: zone=0xd32 pcp=0xb000 n=1 count=1\n"),
                        ScenarioError);
    }
    TEST_CASE("pages and orders that have no list are left alone") {
        const ReplayResult result =
            replay_text(both_empty +
                        "0/7 mm_page_alloc: pfn=0 order=0 migratetype=1 gfp_flags=0\n"
                        "0/7 mm_page_alloc: pfn=12 order=0 migratetype=1 gfp_flags=0\n"
                        "0/7 mm_page_alloc: pfn=8192 order=5 migratetype=1 gfp_flags=0\n"
                        "0/7 mm_page_free: pfn=8192 order=5\n");
        CHECK(result.checks.tally(Check::page_identity).checked() == 0);
        CHECK(result.no_zone == 1);
    }
    TEST_CASE("recordings of 5.10, 6.1 and 6.12 are predicted to the page") {
        const std::string folder = std::string{PCPSIM_SOURCE_DIR} + "/tests/data/";
        for (const char* name : {"drains-5.10", "cross-6.1", "exec-6.12"}) {
            CAPTURE(name);
            const ReplayReport report = replay({folder + name + ".trace.gz"});
            CHECK(report.holds());
            CHECK(report.result.checks.tally(Check::page_identity).matched > 800);
            CHECK(report.result.checks.tally(Check::refill_size).matched > 10);
            CHECK(report.result.retuned == 0);
        }
    }
    TEST_CASE("the rules of another era do not fit") {
        const std::string folder = std::string{PCPSIM_SOURCE_DIR} + "/tests/data/";
        ReplayRequest request{folder + "cross-6.1.trace.gz"};
        request.kernel = "5.10";
        CHECK(replay(request).result.checks.mismatched() > 0);
    }
}
