// Goal: the right chunk serves a request, and counters say what is there. Method: small chunks in
// known slots; the boot state of a recorded kernel.
#include "models/mm/percpu_allocator.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/small_percpu.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("models/mm/percpu_allocator") {
    TEST_CASE("slots go by powers of two, and a free chunk has its own") {
        const PercpuAllocator percpu = small_percpu();
        for (const auto& [size, slot] : {std::pair{4, 1},
                                         {15, 1},
                                         {16, 2},
                                         {31, 2},
                                         {32, 3},
                                         {64, 4},
                                         {1024, 8},
                                         {4096, 10},
                                         {32 * 1024, 13},
                                         {64 * 1024 - 4, 13}})
            CHECK(percpu.slot_of_size(Bytes{size}) == slot);
        CHECK(percpu.slot_of_size(64_KiB) == percpu.free_slot());
        CHECK(percpu.sidelined_slot() == 14 + 1);
        CHECK(percpu.free_slot() == 16);
        CHECK(percpu.to_depopulate_slot() == 17);
    }
    TEST_CASE("the fullest chunk that has room is used, and the free one last") {
        PercpuAllocator percpu = small_percpu();
        const ChunkId unused = percpu.restore(used_chunk(0));
        const ChunkId half = percpu.restore(used_chunk(8));
        const ChunkId nearly = percpu.restore(used_chunk(14));
        const ChunkId full = percpu.restore(used_chunk(16));
        CHECK(percpu.chunks() == std::vector{full, nearly, half, unused});
        const auto user = [&](std::int64_t size) {
            return percpu.allocate({.size = Bytes{size}})->chunk;
        };
        CHECK(user(8192) == nearly);
        CHECK(user(8) == half);
        CHECK(user(32'768) == unused);
        CHECK(percpu.stats().chunks_scanned == 3);  // none in vain
        percpu.validate();
    }
    TEST_CASE("a chunk goes to the tail of a lower slot and to the head of a higher one") {
        PercpuAllocator percpu = small_percpu();
        const ChunkId a = percpu.restore(used_chunk(14));
        const ChunkId b = percpu.restore(used_chunk(8));
        const ChunkId c = percpu.restore(used_chunk(4));
        // From eight pages free to less than four.
        const auto area = percpu.allocate({.size = Bytes{20'000}, .align = Bytes{4096}});
        CHECK(area->chunk == b);
        CHECK(percpu.chunks() == std::vector{a, b, c});
        CHECK(percpu.slot(a) == percpu.slot(b));
        percpu.free(c, Bytes{0});
        percpu.free(b, area->offset);
        percpu.free(a, Bytes{0});
        CHECK(percpu.chunks() == std::vector{b, a, c});
        percpu.validate();
    }
    TEST_CASE("a nearly full chunk without room is not tried again until its hint changes slots") {
        PercpuAllocator percpu = small_percpu();
        PercpuChunkState state = used_chunk(15);
        for (std::int64_t at = 0; at < 4096; at += 16)
            state.areas.push_back(PercpuSpan{Bytes{15 * 4096 + at}, Bytes{12}});
        state.areas[0] = PercpuSpan{Bytes{4}, Bytes{15 * 4096 - 4}};
        const ChunkId holes = percpu.restore(state);  // of 4 bytes, so in slot 1
        const ChunkId other = percpu.restore(used_chunk(8));
        CHECK(percpu.slot(holes) == 1);
        CHECK(percpu.allocate({.size = Bytes{8}})->chunk == other);
        CHECK(percpu.slot(holes) == 0);
        CHECK(percpu.allocate({.size = Bytes{4}})->chunk == other);
        percpu.free(holes, Bytes{4});  // a run of many pages
        CHECK(percpu.slot(holes) == 13);
        percpu.validate();
    }
    TEST_CASE("each type has chunks of its own while they are split") {
        PercpuAllocator split = small_percpu("5.10");
        const ChunkId roots = split.create_chunk(PercpuType::root);
        CHECK_FALSE(split.allocate({.size = Bytes{8}, .type = PercpuType::memcg}));
        CHECK_FALSE(split.has_free_chunk(PercpuType::memcg));
        const ChunkId groups = split.create_chunk(PercpuType::memcg);
        CHECK(split.allocate({.size = Bytes{8}, .type = PercpuType::memcg})->chunk == groups);
        CHECK(split.allocate({.size = Bytes{8}})->chunk == roots);
        split.populated(groups, PageRange{Pages{0}, Pages{3}});
        CHECK(split.nr_empty_populated(PercpuType::memcg) == Pages{2});
        CHECK(split.nr_empty_populated(PercpuType::root) == Pages{-1});

        PercpuAllocator single = small_percpu("6.1");
        const ChunkId all = single.create_chunk(PercpuType::memcg);
        CHECK(single.has_free_chunk(PercpuType::root));
        CHECK(single.allocate({.size = Bytes{8}})->chunk == all);
    }
    TEST_CASE("an atomic request takes populated pages or fails, and is remembered") {
        PercpuAllocator percpu = small_percpu();
        const ChunkId chunk = percpu.create_chunk(PercpuType::root);
        CHECK_FALSE(percpu.take_atomic_failure());
        CHECK_FALSE(percpu.allocate({.size = Bytes{8}, .atomic = true}));
        CHECK(percpu.stats().atomic_failures == 1);
        CHECK(percpu.take_atomic_failure());
        CHECK_FALSE(percpu.take_atomic_failure());
        percpu.populated(chunk, PageRange{Pages{3}, Pages{4}});
        CHECK(percpu.allocate({.size = Bytes{8}, .atomic = true})->offset == Bytes{3 * 4096});
    }
    TEST_CASE("a request for reserved memory is served by the reserved chunk alone") {
        PercpuLayout layout;
        layout.static_size = Bytes{4'000};
        layout.atom_size = 128_KiB;
        layout.groups = {{CpuId{0}, CpuId{1}}};
        PercpuAllocator percpu{make_percpu_geometry(layout), *find_percpu_rules("6.1")};
        percpu.set_up_first_chunk();
        const ChunkId reserved = percpu.reserved_chunk().value();
        const Pages empty = percpu.nr_empty_populated(PercpuType::root);
        const auto area = percpu.allocate({.size = Bytes{8'000}, .reserved = true});
        CHECK(area == PercpuArea{reserved, Bytes{4'000}, Bytes{8'000}});
        CHECK(percpu.chunk(reserved).free_bytes() == Bytes{192});
        CHECK_FALSE(percpu.allocate({.size = Bytes{196}, .reserved = true}));
        percpu.free(reserved, area->offset);
        CHECK(percpu.nr_empty_populated(PercpuType::root) == empty);
        CHECK(percpu.allocate({.size = Bytes{196}})->chunk == percpu.first_chunk());
        CHECK(percpu.chunks() == std::vector{*percpu.first_chunk()});
        percpu.validate();
    }
    TEST_CASE("sizes count as rounded, and the extremes are kept") {
        PercpuAllocator percpu = small_percpu();
        percpu.set_up_first_chunk();
        const auto three = percpu.allocate({.size = Bytes{3}});
        percpu.allocate({.size = Bytes{100}});
        CHECK(three->size == Bytes{4});
        CHECK(percpu.free(three->chunk, three->offset).size == Bytes{4});
        const PercpuStats& stats = percpu.stats();
        CHECK(stats.nr_alloc == 2);
        CHECK(stats.nr_dealloc == 1);
        CHECK(stats.nr_cur_alloc == 1);
        CHECK(stats.nr_max_alloc == 2);
        CHECK(stats.min_alloc_size == Bytes{4});
        CHECK(stats.max_alloc_size == Bytes{100});
        CHECK(stats.nr_chunks == 1);
    }
    TEST_CASE("what a kernel refuses is not legal") {
        const PercpuAllocator percpu = small_percpu();
        const auto legal = [&](std::int64_t size, std::int64_t align) {
            return percpu.is_legal({.size = Bytes{size}, .align = Bytes{align}});
        };
        CHECK(legal(1, 1));
        CHECK(legal(32 * 1024, 4096));
        CHECK_FALSE(legal(0, 4));
        CHECK_FALSE(legal(-4, 4));
        CHECK_FALSE(legal(32 * 1024 + 1, 4));
        CHECK_FALSE(legal(8, 0));
        CHECK_FALSE(legal(8, 12));
        CHECK_FALSE(legal(8, 8192));
        CHECK_FALSE(percpu.is_allocated(ChunkId{5}, Bytes{0}));
    }
}
