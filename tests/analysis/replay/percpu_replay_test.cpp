// Goal: a replay of percpu requests is right about a kernel that does as the model, and says so
// where one does not. Method: an allocator records itself; then a record is changed.
#include "analysis/replay/percpu_replay.hpp"

#include <doctest/doctest.h>

#include "analysis/replay/command.hpp"
#include "tests/analysis/replay/percpu_recorder.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

/// A recording, and one of its records of a kind.
struct Recorded {
    explicit Recorded(std::string_view era = "6.1")
        : recorder{3, PercpuRecorder::Races::none, era} {
        recorder.run(2000, 300);
        records = recorder.records();
    }

    template <class Event>
    Event& nth(int n) {
        for (trace::Record& record : records)
            if (auto* event = std::get_if<Event>(&std::get<trace::PercpuEvent>(record.event)))
                if (n-- == 0) return *event;
        throw std::out_of_range{"no such record"};
    }
    PercpuResult replay() {
        return replay_percpu(records, recorder.recorded(), recorder.depopulation());
    }

    PercpuRecorder recorder;
    std::vector<trace::Record> records;
};

std::int64_t mismatched(const PercpuResult& result, Check check) {
    return result.checks.tally(check).mismatched;
}

}  // namespace

TEST_SUITE("analysis/replay/percpu_replay") {
    TEST_CASE("every prediction is right of an allocator that does the same") {
        for (const char* era : {"5.10", "6.1", "6.12"}) {
            CAPTURE(era);
            const PercpuResult result = Recorded{era}.replay();
            CHECK(result.checks.mismatched() == 0);
            CHECK(result.checks.tally(Check::percpu_placement).matched ==
                  result.counts.allocations);
            CHECK(result.counts.allocations > 500);
            CHECK(result.counts.frees > 300);
            CHECK(result.counts.worker_runs > 5);
            for (const Check check : {Check::chunk_events, Check::populate_ranges, Check::percpu_kb,
                                      Check::chunk_state})
                CHECK(result.checks.tally(check).matched > 0);
        }
    }
    TEST_CASE("an area elsewhere is a wrong prediction, and its free still finds it") {
        Recorded recorded;
        recorded.nth<trace::PercpuAlloc>(100).offset += 4;
        const PercpuResult result = recorded.replay();
        CHECK(mismatched(result, Check::percpu_placement) >= 1);
    }
    TEST_CASE("sizes that a kernel refuses are wrong, and change nothing") {
        for (const std::int32_t size : {0, -8, 32769, 1 << 30}) {
            Recorded recorded;
            recorded.nth<trace::PercpuAlloc>(100).size = size;
            CHECK(mismatched(recorded.replay(), Check::percpu_placement) >= 1);
        }
        for (const std::int32_t align : {0, 3, 8192, -4}) {
            Recorded recorded;
            recorded.nth<trace::PercpuAlloc>(100).align = align;
            CHECK(mismatched(recorded.replay(), Check::percpu_placement) >= 1);
        }
    }
    TEST_CASE("frees of unknown addresses are counted and left out") {
        Recorded recorded;
        recorded.nth<trace::PercpuFree>(0).chunk = {0xdead};
        CHECK(recorded.replay().unknown_frees == 1);
        recorded.nth<trace::PercpuFree>(1).offset = 2;
        CHECK(recorded.replay().unknown_frees == 2);
        recorded.nth<trace::PercpuFree>(2).offset = -4;
        CHECK(recorded.replay().unknown_frees == 3);
    }
    TEST_CASE("what comes before the state is known is not checked") {
        Recorded recorded;
        auto& mark = recorded.nth<trace::PercpuMark>(0);
        mark.text = {'b', 'o', 'o', 't'};
        const PercpuResult result = recorded.replay();
        CHECK(!result.started);
        CHECK(result.checks.checked() == 0);
        CHECK(result.checks.tally(Check::percpu_placement)
                  .unchecked[static_cast<std::size_t>(Unchecked::before_start)] > 500);
    }
    TEST_CASE("behind lost events nothing is predicted") {
        Recorded recorded;
        trace::Record lost = recorded.records[1000];
        lost.event = trace::LostEvents{};
        recorded.records.erase(recorded.records.begin() + 1000, recorded.records.begin() + 1100);
        recorded.records.insert(recorded.records.begin() + 1000, lost);
        const PercpuResult result = recorded.replay();
        CHECK(result.checks.mismatched() == 0);
        CHECK(result.checks.tally(Check::percpu_placement).matched > 100);
        const auto reason = static_cast<std::size_t>(Unchecked::after_lost_events);
        CHECK(result.checks.tally(Check::percpu_placement).unchecked[reason] > 100);
        CHECK(result.checks.tally(Check::percpu_kb).unchecked[reason] == 1);
    }
    TEST_CASE("of a recording that is cut the state at its end is not held against the kernel's") {
        Recorded recorded;
        const RecordedPercpu known = recorded.recorder.recorded();
        PercpuReplay replay{known, recorded.recorder.depopulation()};
        recorded.records.resize(1500);
        Records records{recorded.records};
        Window window{records};
        while (window.advance()) replay.take(window);
        const Checks checks = replay.finish(PercpuReplay::Ending::cut).checks;
        CHECK(checks.mismatched() == 0);
        CHECK(checks.tally(Check::chunk_state)
                  .unchecked[static_cast<std::size_t>(Unchecked::recording_ends)] > 0);
    }
    TEST_CASE("areas in the reserved chunk, of which nothing is known, are not checked") {
        Recorded recorded;
        recorded.nth<trace::PercpuAlloc>(0).reserved = true;
        CHECK(recorded.replay()
                  .checks.tally(Check::percpu_placement)
                  .unchecked[static_cast<std::size_t>(Unchecked::reserved_chunk)] == 1);
    }
    TEST_CASE("a hash stands for a chunk as its address does") {
        Recorded recorded;
        RecordedPercpu known = recorded.recorder.recorded();
        for (RecordedChunk& chunk : known.snapshots.snapshots[0].chunks)
            chunk.hash = {chunk.base.value + 0xaa0000};
        for (trace::Record& record : recorded.records)
            if (auto* freed =
                    std::get_if<trace::PercpuFree>(&std::get<trace::PercpuEvent>(record.event)))
                for (const RecordedChunk& chunk : known.snapshots.snapshots[0].chunks)
                    if (freed->chunk == chunk.base) freed->chunk = chunk.hash;
        const PercpuResult result =
            replay_percpu(recorded.records, known, recorded.recorder.depopulation());
        CHECK(result.checks.mismatched() == 0);
        CHECK(result.unknown_frees == 0);
    }
    TEST_CASE("a copy goes on as the one it was made of") {
        Recorded recorded;
        const RecordedPercpu known = recorded.recorder.recorded();
        PercpuReplay replay{known, recorded.recorder.depopulation()};
        Records records{recorded.records};
        Window window{records};
        while (window.position() < 900 || !replay.is_quiet()) {
            REQUIRE(window.advance());
            replay.take(window);
        }
        PercpuReplay copy{replay};
        while (window.advance()) copy.take(window);
        CHECK(copy.finish().checks.mismatched() == 0);
    }
    TEST_CASE("a recording of 6.1 with its chunks beside it") {
        const std::string folder = std::string{PCPSIM_SOURCE_DIR} + "/tests/data/";
        const ReplayReport report = replay({folder + "percpu-6.1.trace.gz"});
        CHECK(report.holds());
        CHECK(report.result.checks.tally(Check::percpu_placement).matched == 3498);
        CHECK(to_text(report).find("page identity") == std::string::npos);
        CHECK(to_json(report).find(R"("percpu": {"allocations": 3498)") != std::string::npos);
    }
}
