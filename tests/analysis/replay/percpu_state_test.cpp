// Goal: marks and snapshots are compared with the model, wherever between two marks they were
// taken, and contradictions show or are refused with their place.
#include <doctest/doctest.h>

#include "models/config/errors.hpp"
#include "tests/analysis/replay/percpu_recorder.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

struct Recorded {
    Recorded() : recorder{5} {
        recorder.run(1000, 200);
        known = recorder.recorded();
    }
    PercpuResult replay() const {
        return replay_percpu(recorder.records(), known, recorder.depopulation());
    }
    std::string complaint() const {
        try {
            replay();
        } catch (const ScenarioError& error) {
            return error.what();
        }
        return "none";
    }

    PercpuRecorder recorder;
    RecordedPercpu known;
};

}  // namespace

TEST_SUITE("analysis/replay/percpu_state") {
    TEST_CASE("a snapshot with another counter, order or chunk is wrong") {
        Recorded counter;
        counter.known.snapshots.snapshots[1].chunks[0].free_bytes += Bytes{4};
        CHECK(counter.replay().checks.tally(Check::chunk_state).mismatched == 1);
        Recorded order;
        auto& chunks = order.known.snapshots.snapshots[1].chunks;
        REQUIRE(chunks.size() > 1);
        std::swap(chunks.front(), chunks.back());
        CHECK(order.replay().checks.tally(Check::chunk_state).mismatched >= 2);
        Recorded less;
        less.known.snapshots.snapshots[1].chunks.pop_back();
        CHECK(less.replay().checks.tally(Check::chunk_state).mismatched == 1);
    }
    TEST_CASE("areas and populated pages at the end are compared one by one") {
        Recorded recorded;
        recorded.known.snapshots.maps[1].chunks[0].areas.pop_back();
        CHECK(recorded.replay().checks.tally(Check::chunk_state).mismatched == 1);
    }
    TEST_CASE("kB that were true since the last mark are explained, others are wrong") {
        Recorded recorded;
        std::vector<trace::Record> records = recorded.recorder.records();
        auto& mark =
            std::get<trace::PercpuMark>(std::get<trace::PercpuEvent>(records.back().event));
        const std::int64_t start =
            *std::get<trace::PercpuMark>(std::get<trace::PercpuEvent>(records.front().event))
                 .kilobytes;
        REQUIRE(mark.kilobytes != start);
        mark.kilobytes = start;
        const auto tally = [&] {
            return replay_percpu(records, recorded.known, recorded.recorder.depopulation())
                .checks.tally(Check::percpu_kb);
        };
        CHECK(tally().explained == 1);
        mark.kilobytes = start + 1;
        CHECK(tally().mismatched == 1);
    }
    TEST_CASE("a start that cannot be is refused") {
        Recorded overlap;
        auto& areas = overlap.known.snapshots.maps[0].chunks[0];
        areas.line = 7;
        areas.areas = {{Bytes{0}, Bytes{8}}, {Bytes{4}, Bytes{8}}};
        CHECK(overlap.complaint().starts_with("small.chunks:7: "));
        Recorded twice;
        twice.known.snapshots.maps[0].chunks.push_back(twice.known.snapshots.maps[0].chunks[0]);
        CHECK(twice.complaint().ends_with("the chunk is there twice"));
        Recorded unknown;
        unknown.known.snapshots.maps[0].chunks[0].base = {0x99};
        CHECK(unknown.complaint().ends_with("expected a chunk of labpcpu.boot, got 99"));
        Recorded nothing;
        nothing.known.snapshots.maps.clear();
        CHECK(nothing.complaint() ==
              "small.chunks: expected the sections labpcpu.boot and labpcpumap.boot to start "
              "from, got only the first");
    }
}
