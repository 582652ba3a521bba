// Goal: a recording of the plain tracepoints is replayed as far as they say what happened, and no
// further. Method: scripts without probes, then a real recording with its probes taken out.
#include <doctest/doctest.h>

#include "analysis/replay/command.hpp"
#include "analysis/replay/replay.hpp"
#include "tests/analysis/replay/small_recording.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

std::string announced(const std::string& actor, std::int64_t pfn) {
    return actor + " mm_page_free: pfn=" + std::to_string(pfn) + " order=0\n";
}
std::string batched(const std::string& actor, std::int64_t pfn) {
    return actor + " mm_page_free_batched: pfn=" + std::to_string(pfn) + " order=0\n";
}
/// Four pages of a refill, of which two are allocated.
const std::string start = refill("0/7", 8000, 4) + alloc("0/7", 8000) + alloc("0/7", 8001);

std::int64_t unrecorded(const ReplayResult& result) {
    return result.checks.tally(Check::page_identity)
        .unchecked[static_cast<std::size_t>(Unchecked::move_not_recorded)];
}

}  // namespace

TEST_SUITE("analysis/replay/unprobed") {
    TEST_CASE("a freed page joins the list at once, a batch in the order of its second naming") {
        const ReplayResult single =
            replay_text(start + announced("0/7", 8001) + announced("0/7", 8000) +
                        alloc("0/7", 8000) + alloc("0/7", 8001) + alloc("0/7", 8002));
        CHECK(single.checks.tally(Check::page_identity).matched == 5);
        const ReplayResult batch = replay_text(
            start + announced("0/7", 8001) + announced("0/7", 8000) + batched("0/7", 8001) +
            batched("0/7", 8000) + alloc("0/7", 8000) + alloc("0/7", 8001) + alloc("0/7", 8002));
        CHECK(batch.checks.tally(Check::page_identity).matched == 5);
        CHECK(unrecorded(batch) == 0);
    }
    TEST_CASE("a single free before a batch is told from it") {
        const ReplayResult result =
            replay_text(start + announced("0/7", 8000) + announced("0/7", 8001) +
                        batched("0/7", 8001) + alloc("0/7", 8001) + alloc("0/7", 8000));
        CHECK(result.checks.tally(Check::page_identity).matched == 4);
    }
    TEST_CASE("what is drained leaves the list that has it, even another CPU's") {
        const ReplayResult result = replay_text(start + drained("1/1", 8003) + alloc("0/7", 8002) +
                                                refill("0/7", 8100, 4) + alloc("0/7", 8100));
        CHECK(result.checks.tally(Check::page_identity).matched == 4);
        CHECK(result.checks.tally(Check::refill_size).matched == 2);
        CHECK(unrecorded(result) == 0);
    }
    TEST_CASE("a page allocated before those above it shows that something is not recorded") {
        const ReplayResult result = replay_text(start + alloc("0/7", 8003));
        CHECK(result.checks.mismatched() == 0);
        CHECK(unrecorded(result) == 1);
    }
    TEST_CASE("a page on the list of another type shows the type of its pageblock") {
        const std::string unmovable =
            "0/7 mm_page_alloc: pfn=8000 order=0 migratetype=0 gfp_flags=0\n";
        const ReplayResult result =
            replay_text(start +
                        "0/9 mm_page_alloc_zone_locked: pfn=20480 order=0 migratetype=0\n"
                        "0/9 mm_page_alloc_zone_locked: pfn=20481 order=0 migratetype=0\n"
                        "0/9 mm_page_alloc_zone_locked: pfn=20482 order=0 migratetype=0\n"
                        "0/9 mm_page_alloc_zone_locked: pfn=20483 order=0 migratetype=0\n" +
                        announced("0/7", 8000) + unmovable + announced("0/7", 8000) + unmovable);
        CHECK(unrecorded(result) == 1);
        CHECK(result.checks.tally(Check::page_identity).matched == 3);
    }
    TEST_CASE("a gigantic page is no block of a list") {
        const ReplayResult result =
            replay_text(start + "0/7 mm_page_free: pfn=262144 order=18\n" + announced("0/7", 8000));
        CHECK(result.frees == replay_text(start + announced("0/7", 8000)).frees + 1);
        CHECK(result.checks.mismatched() == 0);
        CHECK_THROWS_AS(replay_text("0/7 mm_page_alloc: pfn=262144 order=18 migratetype=1\n"),
                        std::runtime_error);
    }
    TEST_CASE("sizes that depend on the count are not checked, and that is said") {
        const ReplayResult result = replay_text(start + announced("0/7", 8000));
        CHECK(result.checks.tally(Check::spill_size).checked() == 0);
        CHECK(result.checks.tally(Check::pcp_count)
                  .unchecked[static_cast<std::size_t>(Unchecked::count_not_recorded)] == 1);
    }
    TEST_CASE("real recordings without their probes are right in all but a few pages") {
        const std::string folder = std::string{PCPSIM_SOURCE_DIR} + "/tests/data/";
        const TemporaryFolder temporary;
        for (const char* name : {"drains-5.10", "cross-6.1", "exec-6.12"}) {
            CAPTURE(name);
            TextFile file{folder + name + ".trace.gz"};
            std::string text;
            for (std::string_view line; file.next(line);)
                if (line.find(": pcp_") == line.npos && line.find(": bulk_") == line.npos &&
                    line.find(": drain_") == line.npos && line.find(": decay_") == line.npos)
                    text += std::string{line} + "\n";
            const ReplayReport report =
                replay({temporary.write("a.trace", text), folder + name + ".meta.json", {}});
            CHECK(report.holds());
            CHECK(report.result.checks.tally(Check::page_identity).matched > 800);
            CHECK(unrecorded(report.result) < 30);
        }
    }
}
