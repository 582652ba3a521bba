// Goal: a snapshot counts what chunks hold. Method: chunks of 16 pages restored by hand.
#include "models/workload/percpu_metrics.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/small_percpu.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("models/workload/percpu_metrics") {
    TEST_CASE("fragmentation is what is free of the populated pages, sidelined chunks included") {
        PercpuAllocator allocator = small_percpu();
        allocator.restore(used_chunk(4));
        CHECK(take_snapshot(allocator).fragmentation_percent == 100 * 12 / 16);
        const ChunkId second = allocator.restore(used_chunk(2));
        allocator.isolate(second);
        CHECK(take_snapshot(allocator).sidelined == Pages{0});
        allocator.sideline(second);
        const PercpuSnapshot seen = take_snapshot(allocator);
        CHECK(seen.fragmentation_percent == 100 * (32 - 6) / 32);
        CHECK(seen.chunks == 2);
        CHECK(seen.populated == Pages{32});
        CHECK(seen.sidelined == Pages{16});
        CHECK(seen.empty == Pages{12});  // without the sidelined chunk's
        CHECK(seen.footprint == Bytes{2 * 32 * 4096});
    }
    TEST_CASE("the first chunk alone is not fragmented") {
        PercpuAllocator allocator = small_percpu();
        allocator.set_up_first_chunk();
        CHECK(take_snapshot(allocator).fragmentation_percent == 0);
    }
}
