// Goal: the parts of a balance worker do what those of the kernel do. Method: literal steps, on
// units of 16 pages.
#include "models/mm/percpu_balance.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/small_percpu.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

constexpr auto root = PercpuType::root;

PageRange range(std::int64_t start, std::int64_t end) {
    return PageRange{Pages{start}, Pages{end}};
}

BalanceStep step(BalanceStep::Kind kind, ChunkId chunk, PageRange pages = {}) {
    return BalanceStep{kind, root, chunk, pages};
}

/// The allocator of an era with a first chunk that is full.
struct Percpu {
    PercpuAllocator allocator{small_percpu_geometry(), *find_percpu_rules("6.1")};
    Percpu() {
        allocator.set_up_first_chunk();
        for (int i = 0; i < 6; ++i) allocator.allocate(one_page);
    }
    std::vector<BalanceStep> run(Generator<BalanceStep> worker) {
        std::vector<BalanceStep> steps;
        while (const auto next = worker.next()) {
            steps.push_back(*next);
            apply(*next, allocator);
            allocator.validate();
        }
        return steps;
    }
};

using Steps = std::vector<BalanceStep>;
using Kind = BalanceStep::Kind;

}  // namespace

TEST_SUITE("models/mm/percpu_balance") {
    TEST_CASE("of the free chunks the first is kept, and the others go from the last on") {
        Percpu percpu;
        const ChunkId a = percpu.allocator.create_chunk(root);
        const ChunkId b = percpu.allocator.create_chunk(root);
        const ChunkId kept = percpu.allocator.create_chunk(root);  // created chunks go to the head
        percpu.allocator.populated(b, range(1, 3));
        percpu.allocator.populated(b, range(5, 6));
        CHECK(percpu.run(destroy_free_chunks(percpu.allocator, root, FreeChunks::all)) ==
              Steps{step(Kind::destroy, a), step(Kind::depopulate, b, range(1, 3)),
                    step(Kind::depopulate, b, range(5, 6)), step(Kind::destroy, b)});
        CHECK(percpu.allocator.first_in(root, percpu.allocator.free_slot()) == kept);
        CHECK(percpu.allocator.stats().nr_chunks == 2);
    }
    TEST_CASE("free chunks that hold memory may be spared") {
        Percpu percpu;
        const ChunkId a = percpu.allocator.create_chunk(root);
        const ChunkId b = percpu.allocator.create_chunk(root);
        percpu.allocator.create_chunk(root);
        percpu.allocator.populated(b, range(1, 3));
        CHECK(percpu.run(destroy_free_chunks(percpu.allocator, root, FreeChunks::without_memory)) ==
              Steps{step(Kind::destroy, a)});
    }
    TEST_CASE("the reserve is populated in the fullest chunk that can hold a page, gap by gap") {
        Percpu percpu;
        const ChunkId chunk = percpu.allocator.create_chunk(root);
        percpu.allocator.populated(chunk, range(1, 2));
        percpu.allocator.allocate(one_page);
        percpu.allocator.populated(chunk, range(0, 1));  // of the area
        CHECK(percpu.allocator.nr_empty_populated(root) == Pages{1});
        const ChunkId unused = percpu.allocator.create_chunk(root);
        CHECK(percpu.run(populate_reserve(percpu.allocator, root)) ==
              Steps{step(Kind::populate, chunk, range(2, 5))});
        CHECK(percpu.allocator.chunk(unused).nr_populated() == Pages{0});
        CHECK(percpu.run(populate_reserve(percpu.allocator, root)).empty());
    }
    TEST_CASE("after an atomic failure as many pages are added as if there were none") {
        Percpu percpu;
        const ChunkId chunk = percpu.allocator.create_chunk(root);
        percpu.allocator.populated(chunk, range(0, 4));
        CHECK_FALSE(percpu.allocator.allocate({.size = Bytes{20'000}, .atomic = true}));
        CHECK(percpu.run(populate_reserve(percpu.allocator, root)) ==
              Steps{step(Kind::populate, chunk, range(4, 8))});
        CHECK(percpu.run(populate_reserve(percpu.allocator, root)).empty());
    }
    TEST_CASE("a chunk is created if no other has pages without memory") {
        Percpu percpu;
        const BalanceStep create{Kind::create, root, ChunkId{}, PageRange{}};
        CHECK(percpu.run(populate_reserve(percpu.allocator, root)) ==
              Steps{create, step(Kind::populate, ChunkId{1}, range(0, 4))});
    }
    TEST_CASE("the worker gives up when there is no memory") {
        Percpu percpu;
        auto no_chunk = populate_reserve(percpu.allocator, root);
        CHECK(no_chunk.next()->kind == Kind::create);
        CHECK(no_chunk.next() == std::nullopt);  // the step was not applied
        percpu.allocator.create_chunk(root);
        auto no_pages = populate_reserve(percpu.allocator, root);
        CHECK(no_pages.next()->kind == Kind::populate);
        CHECK(no_pages.next() == std::nullopt);
    }
    TEST_CASE("a free chunk is surplus beside another one only") {
        Percpu percpu;
        const ChunkId first = percpu.allocator.create_chunk(root);
        CHECK_FALSE(has_surplus_free_chunk(percpu.allocator, first));
        const ChunkId second = percpu.allocator.create_chunk(root);
        CHECK(has_surplus_free_chunk(percpu.allocator, first));
        percpu.allocator.allocate({.size = Bytes{8}});
        CHECK_FALSE(has_surplus_free_chunk(percpu.allocator, first));
        CHECK_FALSE(has_surplus_free_chunk(percpu.allocator, second));
    }
}
