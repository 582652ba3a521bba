// Goal: each step that the balance worker takes is predicted, and a missing, other or surplus one
// shows.
#include <doctest/doctest.h>

#include "tests/analysis/replay/percpu_recorder.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

template <class Event>
std::vector<trace::Record> without_first(std::vector<trace::Record> records) {
    const auto found = std::ranges::find_if(records, [](const trace::Record& record) {
        return record.actor.pid == 9 &&
               std::holds_alternative<Event>(std::get<trace::PercpuEvent>(record.event));
    });
    REQUIRE(found != records.end());
    records.erase(found);
    return records;
}

}  // namespace

TEST_SUITE("analysis/replay/percpu_worker") {
    TEST_CASE("a step that is not recorded is missed") {
        PercpuRecorder recorder{3};
        recorder.run(2000, 300);
        const RecordedPercpu recorded = recorder.recorded();
        const auto mismatched = [&](const std::vector<trace::Record>& records, Check check) {
            return replay_percpu(records, recorded, recorder.depopulation())
                .checks.tally(check)
                .mismatched;
        };
        CHECK(mismatched(without_first<trace::PercpuPopulated>(recorder.records()),
                         Check::populate_ranges) > 0);
        CHECK(mismatched(without_first<trace::PercpuDepopulated>(recorder.records()),
                         Check::populate_ranges) > 0);
    }
    TEST_CASE("another range, and steps without a worker, are wrong") {
        PercpuRecorder recorder{3};
        recorder.run(2000, 300);
        std::vector<trace::Record> records = recorder.records();
        for (trace::Record& record : records)
            if (auto* event = std::get_if<trace::PercpuDepopulated>(
                    &std::get<trace::PercpuEvent>(record.event)))
                event->end += Pages{1};
        trace::Record surplus = records.back();
        surplus.actor.pid = 77;
        surplus.event = trace::PercpuEvent{trace::PercpuDestroyChunk{{0x1000}}};
        records.push_back(surplus);
        const PercpuResult result =
            replay_percpu(records, recorder.recorded(), recorder.depopulation());
        CHECK(result.checks.tally(Check::populate_ranges).mismatched > 0);
        CHECK(result.checks.tally(Check::chunk_events).mismatched >= 1);
    }
    TEST_CASE("a worker of another strategy is no worker of this kernel") {
        PercpuRecorder recorder{3};
        recorder.run(2000, 300);
        const Choice<Depopulation> none = depopulation_named("none");
        CHECK(replay_percpu(recorder.records(), recorder.recorded(), none)
                  .checks.tally(Check::populate_ranges)
                  .mismatched > 0);
    }
}
