// Goal: whom a drain visits and who empties the lists is predicted, and an error in either shows.
#include <doctest/doctest.h>

#include "analysis/replay/command.hpp"
#include "tests/analysis/replay/small_recording.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

const std::string queue =
    "1/1 workqueue_queue_work: work struct=1 function=drain_local_pages_wq "
    "workqueue=2 req_cpu=0 cpu=";
/// A drain of 5.10 by thread 1; CPU 0 has 3 pages.
std::string drain_5_10(const std::string& queued, const std::string& worked) {
    return "1/1 drain_all: zone=0x0\n" + queued + worked + drain_ends;
}
const std::string worked_on_0 = "0/5 drain_wq: (f)\n0/5 drain_pages: cpu=0\n" +
                                bulk_free("0/5", 0, 3, 3) +
                                "0/5 workqueue_execute_end: work struct 1: function "
                                "drain_local_pages_wq\n";

/// A recording of drains with one change.
template <class Change>
ReplayReport changed(const std::string& name, Change change) {
    const std::string folder = std::string{PCPSIM_SOURCE_DIR} + "/tests/data/";
    TextFile file{folder + name + ".trace.gz"};
    std::string text;
    for (std::string_view line; file.next(line);) text += change(std::string{line});
    const TemporaryFolder temporary;
    return replay({temporary.write("a.trace", text), folder + name + ".meta.json", {}});
}

}  // namespace

TEST_SUITE("analysis/replay/drain_verdicts") {
    TEST_CASE("a CPU is visited if its lists have pages, as the drain itself finds") {
        const ReplayResult result = replay_text(drain_begins + visit(0, 3) + drain_ends);
        CHECK(result.checks.tally(Check::drain_visits).matched == 1);
        CHECK(result.checks.tally(Check::drain_work_items).matched == 1);
        CHECK(unchecked(result, Check::drain_visits, Unchecked::count_not_recorded) == 1);
    }
    TEST_CASE("a CPU is left alone whose lists were empty when last recorded") {
        const std::string drained = drain_begins + visit(0, 3) + visit(1, 2) + drain_ends;
        const ReplayResult again = replay_text(drained + drain_begins + visit(1, 1) + drain_ends);
        CHECK(again.checks.tally(Check::drain_visits).matched == 4);
        // After a refill it may have pages, or not any more.
        const ReplayResult refilled =
            replay_text(drained + "0/7 pcp_refill: zone=0xd32 order=0 n=4 mt=1\n" + drain_begins +
                        visit(1, 1) + drain_ends);
        CHECK(refilled.checks.tally(Check::drain_visits).matched == 3);
        CHECK(unchecked(refilled, Check::drain_visits, Unchecked::count_not_recorded) == 1);
    }
    TEST_CASE("the pages of a visited CPU may have gone since the drain looked") {
        const ReplayResult result = replay_text(drain_begins + visit(0, 0) + drain_ends);
        CHECK(unchecked(result, Check::drain_visits, Unchecked::list_in_use) == 1);
        CHECK(result.checks.mismatched() == 0);
    }
    TEST_CASE("where requests are recorded the counts are known, and a wrong visit shows") {
        const ReplayResult needless =
            replay_text(both_empty + alloc("1/9", 17) + drain_begins + visit(0, 0) + drain_ends);
        REQUIRE(needless.checks.tally(Check::drain_visits).mismatched == 1);
        CHECK(needless.checks.differences().front().expected == "left alone, as it has no pages");
        std::string text = both_empty;
        for (int i = 0; i < 40; ++i) text += free("0/7", 9000 + i);
        const ReplayResult missing =
            replay_text(text + free("1/7", 9100) + drain_begins + visit(1, 1) + drain_ends, "6.12");
        REQUIRE(missing.checks.tally(Check::drain_visits).mismatched == 1);
        CHECK(missing.checks.differences().front().where == "cpu0");
        CHECK(missing.checks.differences().front().recorded == "left alone");
    }
    TEST_CASE("a CPU that was busy while the drain looked has nobody knows what") {
        std::string text = both_empty;
        for (int i = 0; i < 40; ++i) text += free("0/7", 9000 + i);
        const ReplayResult result =
            replay_text(text + drain_begins + free("0/7", 9100) + visit(1, 1) + drain_ends, "6.12");
        CHECK(result.checks.tally(Check::drain_visits).mismatched == 0);
    }
    TEST_CASE("CPUs are visited in ascending order, each with the same zones") {
        const ReplayResult order =
            replay_text(drain_begins + visit(1, 3) + visit(0, 3) + drain_ends);
        CHECK(order.checks.tally(Check::drain_visits).mismatched == 1);
        const ReplayResult twice =
            replay_text(drain_begins + visit(0, 3) + visit(0, 0) + visit(1, 3) + drain_ends);
        CHECK(twice.checks.tally(Check::drain_visits).mismatched == 1);
    }
    TEST_CASE("when lists are disabled, a CPU that is left alone is a difference") {
        const std::string begins = "1/1 drain_all_inner: zone=0xd32 force=1\n";
        const std::string busy = "0/7 pcp_refill: zone=0xd32 order=0 n=4 mt=1\n";
        const ReplayResult all =
            replay_text(busy + begins + visit(0, 0) + visit(1, 2) + drain_ends);
        CHECK(all.checks.tally(Check::drain_visits).matched == 2);
        const ReplayResult one = replay_text(busy + begins + visit(1, 2) + drain_ends);
        CHECK(one.checks.tally(Check::drain_visits).mismatched == 1);
        // A CPU that does nothing throughout may be offline.
        const ReplayResult offline = replay_text(begins + visit(1, 2) + drain_ends);
        CHECK(unchecked(offline, Check::drain_visits, Unchecked::state_not_recorded) == 1);
    }
    TEST_CASE("on 5.10 a visited CPU has a work item, which is queued there and runs there") {
        const ReplayResult result = replay_text(drain_5_10(queue + "0\n", worked_on_0), "5.10");
        CHECK(result.checks.tally(Check::drain_visits).matched == 1);
        CHECK(result.checks.tally(Check::drain_work_items).matched == 1);
        CHECK(result.checks.tally(Check::drain_slices).matched == 1);
        CHECK(result.drain_calls.work_items == 1);
        const ReplayResult elsewhere = replay_text(drain_5_10(queue + "1\n", worked_on_0), "5.10");
        CHECK(elsewhere.checks.tally(Check::drain_work_items).mismatched == 2);
    }
    TEST_CASE("a work item where the caller empties the lists is a difference") {
        const ReplayResult result =
            replay_text(drain_begins + queue + "0\n" + visit(0, 3) + drain_ends);
        REQUIRE(result.checks.tally(Check::drain_work_items).mismatched == 1);
        CHECK(result.checks.differences().front().recorded == "a work item that does not run");
    }
    TEST_CASE("an error planted in a real recording shows") {
        const auto mismatched = [](const ReplayReport& report, Check check) {
            return report.result.checks.tally(check).mismatched;
        };
        // The work item of one CPU runs, but is not queued.
        int items = 0;
        const ReplayReport queued = changed("isolated-5.10", [&](const std::string& line) {
            const bool item = line.find("function=drain_local_pages_wq") != line.npos;
            return item && ++items == 20 ? "" : line + "\n";
        });
        CHECK(mismatched(queued, Check::drain_work_items) +
                  mismatched(queued, Check::drain_visits) >
              0);
        // A drain that gives up visits a CPU instead.
        bool planted = false;
        std::string caller;
        const ReplayReport busy = changed("pressure-6.1", [&](const std::string& line) {
            const std::size_t ret = line.find("drain_ret");
            if (ret == line.npos || planted || line.find("7.090611") == line.npos)
                return line + "\n";
            planted = true;
            return line.substr(0, ret) + "drain_pages_zone: cpu=1 zone=0xffff88801fd10600\n" +
                   line + "\n";
        });
        CHECK(planted);
        CHECK(mismatched(busy, Check::drain_calls) + mismatched(busy, Check::drain_visits) > 0);
        // A forced drain leaves out one CPU.
        const ReplayReport forced = changed("offline-6.1", [](const std::string& line) {
            return line.find("drain_pages_zone: cpu=4") != line.npos ? "" : line + "\n";
        });
        CHECK(mismatched(forced, Check::drain_visits) == 1);
        // A slice is one page too small.
        const ReplayReport slice = changed("offline-6.1", [](std::string line) {
            if (const auto at = line.find("n=9 pindex=0 count=9"); at != line.npos)
                line[at + 2] = '8';
            return line + "\n";
        });
        CHECK(mismatched(slice, Check::drain_slices) > 0);
    }
}
