// Goal: without depopulation only whole chunks give pages back. Method: the life of three chunks.
#include <doctest/doctest.h>

#include "tests/models/mm/small_percpu.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("models/depopulation/none") {
    TEST_CASE("one area left keeps all pages of its chunk") {
        MirroredPercpu percpu{small_percpu_geometry(), "5.10", "none"};
        const auto live = fill(percpu, 6 + 3 * 16);  // the first chunk has room for six
        const Pages all = percpu.allocator.nr_populated();
        for (std::size_t i = 6; i < live.size(); ++i)
            if (i % 16 != 6) CHECK_FALSE(percpu.free(live[i]));
        balance(percpu);
        CHECK(percpu.allocator.nr_populated() == all + Pages{4});  // for the other type
    }
    TEST_CASE("a second free chunk wakes the worker, which destroys it with its pages") {
        MirroredPercpu percpu{small_percpu_geometry(), "6.1", "none"};
        const auto live = fill(percpu, 6 + 2 * 16);
        for (std::size_t i = 6; i < live.size() - 1; ++i) CHECK_FALSE(percpu.free(live[i]));
        CHECK(percpu.free(live.back()));
        const ChunkId first = live[6].chunk;  // the other one came to the head of the list later
        const PageRange pages{Pages{0}, Pages{16}};
        CHECK(
            balance(percpu) ==
            std::vector{BalanceStep{BalanceStep::Kind::depopulate, PercpuType::root, first, pages},
                        BalanceStep{BalanceStep::Kind::destroy, PercpuType::root, first, {}}});
        percpu.check();
    }
    // Chunks a and b in one slot, c in the next; pages of b became empty; a is exhausted.
    TEST_CASE("an emptied chunk is used up before one of the next slot") {
        MirroredPercpu percpu{small_percpu_geometry(), "6.1", "none"};
        const auto live = fill(percpu, 6 + 2 * 16 + 8);  // c has eight pages left
        const ChunkId a = live[6].chunk, b = live[6 + 16].chunk, c = live.back().chunk;
        for (std::size_t i = 0; i < 4; ++i) percpu.free(live[6 + i]);
        for (std::size_t i = 0; i < 4; ++i) CHECK_FALSE(percpu.free(live[6 + 16 + i]));
        CHECK(percpu.allocator.slot(a) == percpu.allocator.slot(b));
        CHECK(percpu.allocator.slot(b) < percpu.allocator.slot(c));
        std::vector<ChunkId> used;
        for (const PercpuArea& area : fill(percpu, 4 + 4 + 8)) used.push_back(area.chunk);
        std::vector<ChunkId> expected(4, b);  // freed last, so at the head of the slot
        expected.insert(expected.end(), 4, a);
        expected.insert(expected.end(), 8, c);
        CHECK(used == expected);
        CHECK(percpu.allocator.stats().nr_chunks == 4);
    }
}
