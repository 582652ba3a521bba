// Goal: sizes of refills and spills follow from what a probe has read, list contents unknown.
#include "analysis/replay/recorded_sizes.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

std::string refill_of(int asked, const std::string& actor = "0/7", int order = 0) {
    return actor + " pcp_refill: zone=0xd32 order=" + std::to_string(order) +
           " n=" + std::to_string(asked) + " mt=1\n";
}
std::string spill_of(int asked, int count, int factor, int list = 1, int high = 16, int batch = 4) {
    return "0/7 pcp_bulkfree: zone=0xd32 pcp=0xa000 n=" + std::to_string(asked) +
           " pindex=" + std::to_string(list) + " count=" + std::to_string(count) +
           " high=" + std::to_string(high) + " batch=" + std::to_string(batch) +
           " free_factor=" + std::to_string(factor) + "\n";
}
bool is_right(Check check, const std::string& text, const char* era = "6.1") {
    const Tally tally = replay_text(text, era).checks.tally(check);
    CHECK(tally.checked() == 1);
    return tally.matched == 1;
}
bool spills(const std::string& text, const char* era = "6.1") {
    return is_right(Check::spill_size, text, era);
}
bool refills(const std::string& text) { return is_right(Check::refill_size, text); }

const std::string disabling = "1/1 zone_pcp_disable: (f) zone=0xd32\n";
const std::string forced = "1/1 drain_all_inner: zone=0xd32 force=1\n";

}  // namespace

TEST_SUITE("analysis/replay/recorded_sizes") {
    TEST_CASE("a refill asks for a batch of pages, in two blocks at least") {
        CHECK(refills(refill_of(4)));
        CHECK(refills(refill_of(2, "0/7", 1)));
        CHECK(refills(refill_of(2, "0/7", 3)));
        CHECK(!refills(refill_of(5)));
        CHECK(!refills(refill_of(1)));
    }
    TEST_CASE("in 6.1 a spill is a batch, doubled each time, up to high less a batch") {
        CHECK(spills(spill_of(4, 16, 1)));
        CHECK(spills(spill_of(8, 16, 2)));
        CHECK(spills(spill_of(12, 16, 2)));
        CHECK(!spills(spill_of(8, 16, 1)));
        CHECK(!spills(spill_of(4, 16, 0)));
        CHECK(!spills(spill_of(5, 16, 1)));
        CHECK(!spills(spill_of(4, 15, 1)));
        CHECK(!spills(spill_of(0, 15, 0)));
    }
    TEST_CASE("high orders that are freed in a burst go at once, order 0 does not") {
        CHECK(spills(spill_of(9, 9, 1, 4)));
        CHECK(!spills(spill_of(9, 9, 1, 1)));
        CHECK(!spills(spill_of(9, 9, 0, 4)));
    }
    TEST_CASE("while a zone is reclaimed its lists spill from four batches on") {
        CHECK(spills(spill_of(4, 16, 1, 1, 100)));
        CHECK(!spills(spill_of(4, 15, 1, 1, 100)));
    }
    TEST_CASE("in 5.10 a spill is a batch, from high on") {
        CHECK(spills(spill_of(4, 16, 0), "5.10"));
        CHECK(!spills(spill_of(5, 16, 0), "5.10"));
        CHECK(!spills(spill_of(4, 15, 0), "5.10"));
    }
    TEST_CASE("an era that does not tune high has no slice by which high was lowered") {
        std::string absurd = spill_of(4, 16, 0);
        absurd.insert(absurd.find(" batch="), " high_min=16 high_max=500");
        CHECK(spills(absurd, "5.10"));
        absurd.replace(absurd.find("count=16"), 8, "count=15");
        CHECK(!spills(absurd, "5.10"));
    }
    TEST_CASE("in 6.12 a spill is as large as the burst of frees, and high may have moved") {
        const auto tuned = [](int asked, int count, int high, int freed) {
            return "0/7 pcp_bulkfree: zone=0xd32 pcp=0xa000 n=" + std::to_string(asked) +
                   " pindex=1 count=" + std::to_string(count) + " high=" + std::to_string(high) +
                   " high_min=16 high_max=500 batch=4 alloc_factor=0 free_count=" +
                   std::to_string(freed) + "\n";
        };
        CHECK(spills(tuned(10, 40, 40, 10), "6.12"));
        CHECK(!spills(tuned(11, 40, 40, 10), "6.12"));
        // It was 20, and is raised by a burst of 30 pages.
        CHECK(spills(tuned(16, 20, 34, 30), "6.12"));
        CHECK(!spills(tuned(17, 20, 34, 30), "6.12"));
    }
    TEST_CASE("while its zone is disabled a list asks for one block and keeps no page") {
        const std::string one_page = spill_of(1, 1, 0, 1, 0, 1);
        CHECK(refills(disabling + forced + refill_of(1)));
        CHECK(!refills(disabling + forced + refill_of(4)));
        CHECK(spills(disabling + forced + one_page));
        CHECK(!spills(disabling + forced + spill_of(4, 16, 1)));
        CHECK(!spills(disabling + forced + spill_of(2, 2, 0, 1, 0, 1)));
        const ReplayResult result = replay_text(disabling + forced + refill_of(1) + one_page);
        CHECK(result.disabled_refills == 1);
        CHECK(result.disabled_spills == 1);
    }
    TEST_CASE("it is enabled again some time after the drain, and not disabled by itself") {
        const std::string disabled = disabling + forced + drain_ends;
        CHECK(refills(disabled + refill_of(1)));
        CHECK(refills(disabled + refill_of(4)));
        const ReplayResult result =
            replay_text(disabled + refill_of(1) + refill_of(4) + refill_of(1) + spill_of(4, 16, 1) +
                        refill_of(4) + refill_of(1));
        // The batch of a zone that has lost memory is known with its first spill.
        CHECK(result.checks.tally(Check::refill_size).matched == 3);
        CHECK(result.checks.tally(Check::refill_size).mismatched == 1);
        CHECK(unchecked(result, Check::refill_size, Unchecked::state_not_recorded) == 1);
    }
    TEST_CASE("without a count nothing is checked") {
        const ReplayResult result = replay_text("0/7 pcp_bulkfree: zone=0xd32 pcp=0xa000 n=4\n");
        CHECK(result.checks.checked() == 0);
        CHECK(unchecked(result, Check::spill_size, Unchecked::state_not_recorded) == 1);
    }
}
