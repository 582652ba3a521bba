// Goal: chunks that became empty enough give their pages back and are used last. Method: chunks of
// 16 pages, areas of a page, literal steps.
#include <doctest/doctest.h>

#include "tests/models/mm/small_percpu.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

using Kind = BalanceStep::Kind;

/// Full chunks behind a full first chunk, and four empty pages more in a chunk of its own.
struct Percpu : MirroredPercpu {
    explicit Percpu(int chunks)
        : MirroredPercpu{small_percpu_geometry(), "6.1", "sideline"},
          live{fill(*this, 6 + 16 * chunks)} {
        balance(*this);
    }
    [[nodiscard]] const PercpuArea& area(int chunk, int page) const {
        return live[static_cast<std::size_t>(6 + 16 * chunk + page)];
    }
    [[nodiscard]] ChunkId id(int chunk) const { return area(chunk, 0).chunk; }
    /// Whether the last one wanted the worker.
    bool free_pages(int chunk, int from, int to) {
        bool wanted = false;
        for (int page = from; page < to; ++page) wanted = free(area(chunk, page));
        return wanted;
    }
    [[nodiscard]] Pages empty() const { return allocator.nr_empty_populated(PercpuType::root); }

    std::vector<PercpuArea> live;
};

std::string text(const std::vector<BalanceStep>& steps) {
    std::string text;
    for (const BalanceStep& step : steps) {
        const char* const names[]{"+", "-", "create ", "destroy ", "flush "};
        text += names[static_cast<int>(step.kind)] + std::to_string(step.pages.start.count()) +
                ".." + std::to_string(step.pages.end.count()) + " ";
    }
    return text;
}

}  // namespace

TEST_SUITE("models/depopulation/sideline") {
    TEST_CASE("a chunk is isolated when a quarter of it is empty, and enough is empty elsewhere") {
        Percpu percpu{1};
        CHECK(percpu.empty() == Pages{4});
        CHECK_FALSE(percpu.free_pages(0, 0, 4));  // 8 are not more than 4 + 4
        CHECK_FALSE(percpu.free_pages(0, 4, 5));
        Percpu two{2};
        CHECK_FALSE(two.free_pages(0, 0, 3));
        CHECK_FALSE(two.free_pages(1, 0, 3));  // 10 pages, but three are no quarter
        CHECK(two.free_pages(1, 3, 4));        // 11 > 4 + 4
        CHECK(two.allocator.is_isolated(two.id(1)));
        CHECK(two.allocator.slot(two.id(1)) == two.allocator.to_depopulate_slot());
        CHECK(two.empty() == Pages{7});
        two.check();
    }
    TEST_CASE("pages are given back from the last to the first, with one flush for the chunk") {
        Percpu percpu{2};
        percpu.free_pages(0, 0, 3);
        percpu.free_pages(1, 2, 4);
        percpu.free_pages(1, 9, 10);
        CHECK(percpu.free_pages(1, 15, 16));
        CHECK(text(balance(percpu)) == "-15..16 -9..10 -2..4 flush 2..16 ");
        CHECK(percpu.allocator.slot(percpu.id(1)) == percpu.allocator.sidelined_slot());
        CHECK(percpu.allocator.chunk(percpu.id(1)).nr_populated() == Pages{12});
        percpu.check();
    }
    TEST_CASE("a page that becomes empty in a sidelined chunk is given back, too") {
        Percpu percpu{2};
        percpu.free_pages(0, 0, 3);
        percpu.free_pages(1, 0, 4);
        balance(percpu);
        CHECK(percpu.free_pages(1, 8, 9));
        CHECK(text(balance(percpu)) == "-8..9 flush 8..9 ");
        CHECK(percpu.allocator.is_isolated(percpu.id(1)));
    }
    TEST_CASE("a chunk comes back when too few empty pages are left elsewhere") {
        Percpu percpu{2};
        percpu.free_pages(0, 0, 3);
        CHECK(percpu.free_pages(1, 0, 4));
        fill(percpu, 4);  // of the seven that count
        CHECK(percpu.empty() == Pages{3});
        CHECK(text(balance(percpu)).empty());
        CHECK_FALSE(percpu.allocator.is_isolated(percpu.id(1)));
        CHECK(percpu.empty() == Pages{7});
        percpu.check();
    }
    TEST_CASE("a chunk that loses its last area is free, and destroyed beside another one") {
        Percpu percpu{2};
        percpu.free_pages(0, 0, 3);
        CHECK(percpu.free_pages(1, 0, 16));
        CHECK(percpu.allocator.stats().nr_chunks == 4);
        // The chunk of the reserve is free and comes first; the other has no page left.
        CHECK(text(balance(percpu)) == "-0..16 flush 0..16 ");
        CHECK_FALSE(percpu.allocator.is_isolated(percpu.id(1)));
        CHECK(percpu.allocator.first_in(PercpuType::root, percpu.allocator.free_slot()) ==
              percpu.id(1));
        CHECK(percpu.allocator.next_after(percpu.id(1)).has_value());
        percpu.check();
    }
    TEST_CASE("the first chunk is never isolated") {
        Percpu percpu{2};
        percpu.free_pages(0, 0, 3);
        for (std::size_t i = 0; i < 6; ++i) CHECK_FALSE(percpu.free(percpu.live[i]));
        CHECK_FALSE(percpu.allocator.is_isolated(*percpu.allocator.first_chunk()));
    }
    // Chunks a and b in one slot, c in the next; b is depopulated; a is exhausted.
    TEST_CASE("a depopulated chunk is used after those of higher slots, before a free one") {
        MirroredPercpu percpu{small_percpu_geometry(), "6.1", "sideline"};
        const auto live = fill(percpu, 6 + 2 * 16 + 8);  // c has eight pages left, without memory
        const ChunkId a = live[6].chunk, b = live[6 + 16].chunk, c = live.back().chunk;
        balance(percpu);  // four pages of c
        for (std::size_t i = 0; i < 4; ++i) percpu.free(live[6 + i]);
        const int slot = percpu.allocator.slot(a);
        bool wanted = false;
        for (std::size_t i = 0; i < 4; ++i) wanted = percpu.free(live[6 + 16 + i]);
        CHECK(wanted);
        balance(percpu);
        CHECK(percpu.allocator.chunk(b).contig_bytes() == percpu.allocator.chunk(a).contig_bytes());
        CHECK(percpu.allocator.slot(c) > slot);
        const ChunkId unused = percpu.create_chunk();

        std::vector<ChunkId> used;
        for (const PercpuArea& area : fill(percpu, 4 + 8 + 4 + 1)) used.push_back(area.chunk);
        std::vector<ChunkId> expected(4, a);
        expected.insert(expected.end(), 8, c);  // it keeps what is used together
        expected.insert(expected.end(), 4, b);  // before new memory is spread over another chunk
        expected.push_back(unused);
        CHECK(used == expected);
        CHECK_FALSE(percpu.allocator.is_isolated(b));
        percpu.check();
    }
}
