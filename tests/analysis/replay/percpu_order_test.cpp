// Goal: whatever the order in which frees, allocations and the worker took pcpu_lock, an order is
// found that explains what was recorded.
// Method: an allocator with many random races records itself.
#include "analysis/replay/percpu_order.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/replay/percpu_recorder.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("analysis/replay/percpu_order") {
    TEST_CASE("an order is found where the most likely one is wrong") {
        int wrong = 0, exact = 0;
        for (std::uint64_t seed = 1; seed <= 12; ++seed) {
            CAPTURE(seed);
            PercpuRecorder recorder{seed, PercpuRecorder::Races::some};
            recorder.run(2000, 300);
            const RecordedPercpu recorded = recorder.recorded();
            const PercpuResult likely =
                replay_percpu(recorder.records(), recorded, recorder.depopulation());
            if (likely.mismatched_events() == 0) continue;
            ++wrong;
            Records records{recorder.records()};
            const PercpuOrder order = find_percpu_order(records, recorded, recorder.depopulation());
            const PercpuResult found =
                replay_percpu(recorder.records(), recorded, recorder.depopulation(), order);
            if (found.checks.mismatched() == 0) ++exact;
            CHECK(found.checks.tally(Check::percpu_placement).explained > 0);
            CHECK(found.mismatched_events() * 10 < likely.mismatched_events());
        }
        CHECK(wrong > 6);
        CHECK(exact * 4 >= wrong * 3);
    }
    TEST_CASE("nothing is reordered where nothing is wrong") {
        PercpuRecorder recorder{1};
        recorder.run(500, 100);
        Records records{recorder.records()};
        CHECK(find_percpu_order(records, recorder.recorded(), recorder.depopulation()).empty());
    }
}
