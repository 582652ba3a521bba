// Goal: which calls of drain_all_pages() run, and which give up.
#include "analysis/replay/recorded_drains.hpp"

#include <doctest/doctest.h>

#include "analysis/replay/command.hpp"
#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

/// A call by thread 2 on CPU 0 that visits nobody.
const std::string empty_call =
    "0/2 drain_all_inner: zone=0x0 force=0\n0/2 drain_ret: (f <- __drain_all_pages)\n";

}  // namespace

TEST_SUITE("analysis/replay/recorded_drains") {
    TEST_CASE("drain_all_pages() and its inner function are one call") {
        const ReplayResult result = replay_text(drain_begins + visit(0, 3) + drain_ends);
        CHECK(result.drain_calls.calls == 1);
        CHECK(result.checks.tally(Check::drain_calls).matched == 1);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("a drain of all zones gives up while another one visits CPUs, before and after it") {
        const ReplayResult result =
            replay_text(drain_begins + visit(0, 3) + empty_call + visit(1, 2) + drain_ends);
        CHECK(result.checks.tally(Check::drain_calls).matched == 2);
        CHECK(result.drain_calls.gave_up == 1);
        CHECK(result.drain_calls.visited == 2);
        CHECK(result.drain_calls.left_alone == 0);
    }
    TEST_CASE("if the other one may have ended or not begun, nobody knows") {
        for (const std::string& text : {drain_begins + visit(0, 3) + empty_call + drain_ends,
                                        drain_begins + empty_call + visit(0, 3) + drain_ends}) {
            const ReplayResult result = replay_text(text);
            CHECK(result.checks.tally(Check::drain_calls).matched == 1);
            CHECK(unchecked(result, Check::drain_calls, Unchecked::drain_under_way) == 1);
            CHECK(result.drain_calls.gave_up == 0);
        }
    }
    TEST_CASE("two drains at a time are a difference") {
        const ReplayResult result = replay_text(
            drain_begins + visit(0, 3) +
            "0/2 drain_all_inner: zone=0x0 force=0\n0/2 drain_pages_zone: cpu=0 zone=0xd32\n" +
            visit(1, 2) + "0/2 drain_ret: (f <- g)\n" + drain_ends);
        REQUIRE(result.checks.tally(Check::drain_calls).mismatched == 1);
        CHECK(result.checks.differences().front().expected == "one drain at a time");
    }
    TEST_CASE("a drain that must find pages and visits nobody is a difference") {
        std::string text = both_empty;
        for (int i = 0; i < 40; ++i) text += free("0/7", 9000 + i);
        const ReplayResult result = replay_text(text + drain_begins + drain_ends, "6.12");
        REQUIRE(result.checks.tally(Check::drain_calls).mismatched == 1);
        CHECK(result.checks.differences().front().expected == "it runs, and visits 0");
        CHECK(result.checks.differences().front().recorded == "it gives up");
    }
    TEST_CASE("a drain alone that finds no list with pages runs all the same") {
        const ReplayResult result = replay_text(both_empty + alloc("1/9", 17) + drain_begins +
                                                drain_ends + drain_begins + drain_ends);
        CHECK(result.checks.tally(Check::drain_calls).matched == 2);
        CHECK(result.checks.tally(Check::drain_visits).matched == 4);
    }
    TEST_CASE("without a probe on its return a drain ends with what its caller does next") {
        const ReplayResult result = replay_text(
            "1/1 drain_all: zone=0x0\n0/5 drain_wq: (f+0x0/0x60)\n"
            "0/5 drain_pages: cpu=0\n" +
                bulk_free("0/5", 0, 3, 3) + alloc("1/1", 17),
            "5.10");
        CHECK(result.checks.tally(Check::drain_calls).matched == 1);
        CHECK(result.checks.tally(Check::drain_visits).matched == 1);
        CHECK(result.checks.tally(Check::drain_work_items).matched == 1);
    }
    TEST_CASE("lost events end what was under way") {
        const ReplayResult result =
            replay_text(drain_begins + visit(0, 3) + "CPU:1 [LOST 5 EVENTS]\n" + drain_ends);
        CHECK(unchecked(result, Check::drain_calls, Unchecked::after_lost_events) == 1);
        CHECK(result.checks.tally(Check::drain_visits).checked() == 0);
    }
    TEST_CASE("recordings of drains alone are predicted") {
        const std::string folder = std::string{PCPSIM_SOURCE_DIR} + "/tests/data/";
        const auto counts_of = [&](const char* name) {
            const ReplayReport report = replay({folder + name + ".trace.gz"});
            CHECK(report.holds());
            CHECK(report.lines.broken == 0);
            return report.result.drain_calls;
        };
        const DrainCounts isolated = counts_of("isolated-5.10");
        CHECK(isolated.calls == 54);
        CHECK(isolated.visited == isolated.work_items);
        CHECK(isolated.visited + isolated.left_alone == 54 * 8);
        const DrainCounts pressure = counts_of("pressure-6.1");
        CHECK(pressure.gave_up > 0);
        CHECK(pressure.work_items == 0);
        const DrainCounts offline = counts_of("offline-6.1");
        CHECK(offline.visited == 8);
        CHECK(offline.slices == 28);
    }
}
