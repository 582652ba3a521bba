#include "analysis/replay/percpu_counts.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("analysis/replay/percpu_counts") {
    TEST_CASE("steps are counted by kind, pages by the range") {
        using Kind = BalanceStep::Kind;
        PercpuCounts counts;
        counts.count({Kind::create, PercpuType::root, {}, {}});
        counts.count({Kind::populate, PercpuType::root, ChunkId{0}, {Pages{1}, Pages{4}}});
        counts.count({Kind::depopulate, PercpuType::root, ChunkId{0}, {Pages{2}, Pages{4}}});
        counts.count({Kind::flush_tlb, PercpuType::root, ChunkId{0}, {Pages{2}, Pages{4}}});
        counts.count({Kind::destroy, PercpuType::root, ChunkId{0}, {}});
        CHECK(counts.created == 1);
        CHECK(counts.populated == Pages{3});
        CHECK(counts.depopulated == Pages{2});
        CHECK(counts.tlb_flushes == 1);
        CHECK(counts.destroyed == 1);
    }
    TEST_CASE("the largest footprint is kept") {
        PercpuCounts counts;
        for (const Bytes footprint : {Bytes{8}, Bytes{4096}, Bytes{12}}) counts.holds(footprint);
        CHECK(counts.most == Bytes{4096});
    }
}
