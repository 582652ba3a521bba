// Goal: whatever the order in which frees, allocations and the worker took pcpu_lock, an order is
// found that explains what was recorded.
// Method: an allocator with many random races records itself.
#include "analysis/replay/percpu_order.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/analysis/replay/percpu_recorder.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

/// Has another thread make the allocation of a record, and tell so many records later; false if the
/// record is none, has pages populated for it, or its area is free again by then.
bool tell_late(std::vector<trace::Record>& records, std::ptrdiff_t i, std::ptrdiff_t by) {
    const auto event = [&](std::ptrdiff_t at) {
        return std::get<trace::PercpuEvent>(records[static_cast<std::size_t>(at)].event);
    };
    const trace::PercpuEvent moved = event(i);
    const auto* allocation = std::get_if<trace::PercpuAlloc>(&moved);
    if (allocation == nullptr || !(std::holds_alternative<trace::PercpuAlloc>(event(i - 1)) ||
                                   std::holds_alternative<trace::PercpuFree>(event(i - 1))))
        return false;
    for (std::ptrdiff_t at = i; at <= i + by; ++at) {
        const trace::PercpuEvent passed = event(at);
        const auto* free = std::get_if<trace::PercpuFree>(&passed);
        if (free != nullptr && free->chunk == allocation->chunk &&
            free->offset == allocation->offset)
            return false;
        if (std::holds_alternative<trace::PercpuMark>(passed)) return false;
    }
    records[static_cast<std::size_t>(i)].actor.pid = 70;
    std::rotate(records.begin() + i, records.begin() + i + 1, records.begin() + i + by + 1);
    return true;
}

}  // namespace

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
    TEST_CASE("an allocation may tell of itself well behind others that came after it") {
        int late = 0, exact = 0;
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            CAPTURE(seed);
            PercpuRecorder recorder{seed};
            recorder.run(2000, 300);
            std::vector<trace::Record> records = recorder.records();
            // Most are late by little; one in four was preempted meanwhile.
            for (std::ptrdiff_t i = 100; i + 40 < std::ssize(records); i += 200) {
                const bool preempted = i % 800 == 100 && i + 310 < std::ssize(records);
                late += tell_late(records, i, preempted ? 300 : 30) ? 1 : 0;
            }
            const RecordedPercpu recorded = recorder.recorded();
            const PercpuResult likely = replay_percpu(records, recorded, recorder.depopulation());
            CHECK(likely.mismatched_events() > 0);
            Records source{records};
            const PercpuOrder order = find_percpu_order(source, recorded, recorder.depopulation());
            const PercpuResult found =
                replay_percpu(records, recorded, recorder.depopulation(), order);
            if (found.checks.mismatched() == 0) ++exact;
            CHECK(found.mismatched_events() * 10 < likely.mismatched_events());
        }
        CHECK(late > 15);
        CHECK(exact >= 3);
    }
    TEST_CASE("nothing is reordered where nothing is wrong") {
        PercpuRecorder recorder{1};
        recorder.run(500, 100);
        Records records{recorder.records()};
        CHECK(find_percpu_order(records, recorder.recorded(), recorder.depopulation()).empty());
    }
}
