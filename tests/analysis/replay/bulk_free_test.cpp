#include <doctest/doctest.h>

#include "analysis/replay/replay.hpp"
#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

/// 15 pages on the lists of CPU 0, 8000 at the head of 9000 ... 9013.
std::string fifteen_pages() {
    std::string text = both_empty;
    for (int i = 0; i < 14; ++i) text += free("0/7", 9013 - i, i);
    return text + free("0/7", 8000, 14);
}

/// The 16th free reaches high: 4 pages go, from the tail.
std::string spill(int asked) {
    return fifteen_pages() + free("0/7", 8001, 15) + bulk_free("0/7", 0, asked, 16);
}

std::string from_tail(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += drained("0/7", 9013 - i);
    return text;
}

}  // namespace

TEST_SUITE("analysis/replay/bulk_free") {
    TEST_CASE("the free that reaches high spills a batch from the tail") {
        const ReplayResult result = replay_text(spill(4) + from_tail(4) + free("0/7", 8002, 12));
        CHECK(result.checks.tally(Check::spill_size).matched == 1);
        CHECK(result.checks.tally(Check::bulk_order).matched == 1);
        CHECK(result.checks.tally(Check::pcp_count).matched == 17);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a spill of another size is a difference") {
        const ReplayResult result = replay_text(spill(5) + from_tail(5));
        REQUIRE(result.checks.tally(Check::spill_size).mismatched == 1);
        CHECK(result.checks.differences().front().expected == "4 pages");
        CHECK(result.checks.differences().front().recorded == "5 pages");
    }
    TEST_CASE("so is a spill that did not come, and one that was not due") {
        const ReplayResult missing =
            replay_text(fifteen_pages() + free("0/7", 8001, 15) + free("0/7", 8002, 16));
        CHECK(missing.checks.tally(Check::spill_size).mismatched == 1);
        CHECK(missing.checks.differences().front().recorded == "no spill");
        const ReplayResult early = replay_text(fifteen_pages() + bulk_free("0/7", 0, 4, 15));
        CHECK(early.checks.tally(Check::spill_size).mismatched == 1);
        CHECK(early.checks.differences().front().expected == "no spill");
    }
    TEST_CASE("blocks that go back in another order are a difference") {
        const ReplayResult result =
            replay_text(spill(4) + drained("0/7", 9013) + drained("0/7", 9011));
        REQUIRE(result.checks.tally(Check::bulk_order).mismatched == 1);
        CHECK(result.checks.differences().front().expected == "pfn 0x2334 order 0");
        CHECK(result.checks.differences().front().recorded == "pfn 0x2333 order 0");
    }
    TEST_CASE("a drain by another CPU empties the lists") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        "1/1 drain_pages_zone: cpu=0 zone=0xd32\n" + bulk_free("1/1", 0, 3, 3) +
                        drained("1/1", 8003) + drained("1/1", 8002) + drained("1/1", 8001) +
                        free("0/7", 8000, 0));
        CHECK(result.checks.tally(Check::bulk_order).matched == 1);
        CHECK(result.checks.tally(Check::spill_size).checked() == 0);
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
        CHECK(result.drains.events == 2);
    }
    TEST_CASE("a page in flight at a remote drain is explained, and its drain too") {
        const std::string before = both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                                   "1/1 drain_pages_zone: cpu=0 zone=0xd32\n" +
                                   bulk_free("1/1", 0, 2, 2) + drained("1/1", 8003) +
                                   drained("1/1", 8002);
        const ReplayResult result = replay_text(before + alloc("0/7", 8001));
        CHECK(result.checks.tally(Check::page_identity).explained == 1);
        CHECK(result.checks.tally(Check::bulk_order).explained == 1);
        CHECK(result.checks.mismatched() == 0);
        CHECK(result.in_flight == 1);
        // Without the proof it is a difference.
        const ReplayResult unproven = replay_text(before + alloc("0/7", 8200));
        CHECK(unproven.checks.tally(Check::bulk_order).mismatched == 1);
    }
    TEST_CASE("pages of a bulk allocation may be in flight, too") {
        const ReplayResult result =
            replay_text(both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                        "0/7 bulk_alloc: gfp=0xdca nr=1\n1/1 drain_pages_zone: cpu=0 zone=0xd32\n" +
                        bulk_free("1/1", 0, 2, 2) + drained("1/1", 8003) + drained("1/1", 8002) +
                        "0/7 bulk_ret: ret=1\n" + free("0/7", 8000, 0));
        CHECK(result.checks.mismatched() == 0);
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
    }
    TEST_CASE("what lay on the lists before the recording is not checked") {
        const ReplayResult result =
            replay_text("1/1 drain_pages_zone: cpu=0 zone=0xd32\n" + bulk_free("1/1", 0, 1, 1) +
                        drained("1/1", 5000) + free("0/7", 8000, 0) + alloc("0/7", 8000));
        const Tally& order = result.checks.tally(Check::bulk_order);
        CHECK(order.checked() == 0);
        CHECK(order.unchecked[static_cast<std::size_t>(Unchecked::before_first_emptied)] == 1);
        CHECK(result.checks.tally(Check::page_identity).matched == 1);
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
    }
    TEST_CASE("drain_pages() on 5.10 leaves nothing, and frees nothing of an empty list") {
        const ReplayResult result =
            replay_text("0/1 drain_pages: cpu=0\n0/1 drain_all: zone=0x0\n" +
                            refill("0/7", 8000, 4) + alloc("0/7", 8000),
                        "5.10");
        CHECK(result.checks.tally(Check::refill_size).matched == 1);
        CHECK(result.checks.tally(Check::page_identity).matched == 1);
    }
    TEST_CASE("without pcp pointers the events around a drain say whose list it is") {
        RecordedKernel kernel = small_kernel();
        kernel.pcps.clear();
        kernel.zones.front().pointer.reset();
        Script script{"1/1 drain_pages_zone: cpu=0 zone=0xd32\n" + bulk_free("1/1", 0, 1, 1) +
                      drained("1/1", 5000) + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                      free("0/7", 8000, 3)};
        const ReplayResult result = Replay{kernel, *find_kernel_rules("6.1")}.run(script);
        CHECK(result.checks.tally(Check::refill_size).matched == 1);
        CHECK(result.checks.tally(Check::pcp_count).matched == 1);
    }
}
