// Goal: the same requests show what another strategy or machine would have held.
#include "analysis/replay/percpu_counterfactual.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/replay/percpu_recorder.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

struct Answer {
    PercpuCounts recorded, counts;
    std::vector<PercpuAtMark> marks;
};

Answer answer(const std::string& depopulation, const PercpuGeometry& geometry) {
    PercpuRecorder recorder{3};
    recorder.run(2000, 300);
    const RecordedPercpu recorded = recorder.recorded();
    PercpuCounterfactual other{geometry, recorded.rules, depopulation_named(depopulation)};
    const PercpuResult result =
        replay_percpu(recorder.records(), recorded, recorder.depopulation(), {}, &other);
    REQUIRE(result.checks.mismatched() == 0);
    return {result.counts, other.counts(), other.marks()};
}

}  // namespace

TEST_SUITE("analysis/replay/percpu_counterfactual") {
    TEST_CASE("every request is answered, and every free finds its area") {
        const Answer same = answer("sideline", small_units());
        CHECK(same.counts.allocations == same.recorded.allocations);
        CHECK(same.counts.frees == same.recorded.frees);
        CHECK(same.counts.failed == 0);
    }
    TEST_CASE("without depopulation chunks keep their pages") {
        const Answer none = answer("none", small_units());
        CHECK(none.recorded.tlb_flushes > 0);
        CHECK(none.counts.tlb_flushes == 0);
        CHECK(none.counts.depopulated < none.recorded.depopulated);
        REQUIRE(!none.marks.empty());
        CHECK(none.marks.back().mark == "end");
        CHECK(none.marks.back().otherwise >= none.marks.back().recorded);
    }
    TEST_CASE("twice the CPUs hold about twice the memory in the same pages of a unit") {
        PercpuGeometry wide = small_units();
        wide.nr_units = wide.nr_cpus = 8;
        const Answer same = answer("sideline", small_units());
        const Answer twice = answer("sideline", wide);
        CHECK(twice.counts.populated == same.counts.populated);
        CHECK(twice.counts.most == same.counts.most * 2);
    }
    TEST_CASE("units of half the size hold the same areas in more chunks") {
        PercpuGeometry narrow = small_units();
        narrow.unit_size = Bytes{32768};
        const Answer half = answer("sideline", narrow);
        CHECK(half.counts.failed == 0);
        CHECK(half.counts.frees == half.recorded.frees);
        CHECK(half.counts.created > half.recorded.created);
    }
}
