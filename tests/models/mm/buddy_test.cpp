// Goal: the buddy allocator's lists are the kernel's, head to tail. Method: small cases worked out
// by hand, then random operations beside a page-by-page reference.
#include "models/mm/buddy.hpp"

#include <doctest/doctest.h>

#include "sim/check.hpp"
#include "tests/models/mm/random.hpp"
#include "tests/models/mm/reference_buddy.hpp"
#include "tests/models/mm/small_buddy.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

constexpr auto unmovable = MigrateType::unmovable;
constexpr auto movable = MigrateType::movable;
/// Buddy and reference side by side, and what they have handed out.
struct Pair {
    static constexpr std::int64_t start = 5, end = 5 * 64 + 23;
    struct Allocated {
        std::int64_t block;
        int order;
    };

    Pair() {
        buddy.add_range(Pfn{start}, Pages{end - start});
        reference.add_range(start, end);
    }
    void alloc(int order, int type) {
        const auto got = buddy.alloc(Order{order}, static_cast<MigrateType>(type));
        const auto expected = reference.alloc(order, type);
        REQUIRE(got.has_value() == expected.has_value());
        if (!got) return;
        REQUIRE(got->number() == *expected);
        allocated.push_back({*expected, order});
    }
    void free(std::size_t index, int type) {
        const Allocated freed = allocated[index];
        allocated.erase(allocated.begin() + static_cast<std::ptrdiff_t>(index));
        buddy.free(Pfn{freed.block}, Order{freed.order}, static_cast<MigrateType>(type));
        reference.free(freed.block, freed.order, type);
    }
    void refill(int order, int type, std::int64_t want) {
        PageRuns list;
        const Blocks got =
            buddy.refill(Order{order}, static_cast<MigrateType>(type), Blocks{want}, list);
        CHECK(got == list.size());
        for (const PageRun& run : list)
            for (std::int64_t i = 0; i < run.count; ++i) {
                REQUIRE(reference.alloc(order, type) == run.at(i).number());
                allocated.push_back({run.at(i).number(), order});
            }
        if (got < Blocks{want}) REQUIRE_FALSE(reference.alloc(order, type).has_value());
    }
    /// The blocks of one order that were handed out last, in the order or against it.
    void give_back(int order, int type, std::int64_t most, bool backwards) {
        PageRuns list;
        for (std::size_t i = allocated.size(); i-- > 0 && list.size() < Blocks{most};) {
            if (allocated[i].order != order) continue;
            if (backwards)
                list.push_head(Pfn{allocated[i].block});
            else
                list.push_tail(Pfn{allocated[i].block});
            allocated.erase(allocated.begin() + static_cast<std::ptrdiff_t>(i));
        }
        for (const PageRun& run : list) {
            buddy.give_back(Order{order}, static_cast<MigrateType>(type), run);
            for (std::int64_t i = 0; i < run.count; ++i)
                reference.free(run.at(i).number(), order, type);
        }
    }
    void compare() {
        for (int order = 0; order <= small.max_order.number(); ++order)
            for (int type = 0; type < 6; ++type) {
                const auto& expected = reference.list(order, type);
                REQUIRE(free_list(buddy, order, static_cast<MigrateType>(type)) ==
                        Pfns(expected.begin(), expected.end()));
            }
        for (std::int64_t page = start; page < end; page += 16)
            REQUIRE(static_cast<int>(buddy.pageblock_type(Pfn{page})) == reference.type_of(page));
        Pages out;
        for (const Allocated& block : allocated) out += Order{block.order}.pages();
        REQUIRE(buddy.free_pages() + out == Pages{end - start});
        buddy.validate();
    }

    Buddy buddy{small, Pfn{start}, Pages{end - start}};
    ReferenceBuddy reference{small, start, end};
    std::vector<Allocated> allocated;
};

}  // namespace

TEST_SUITE("models/mm/buddy") {
    TEST_CASE("memory starts as the largest aligned blocks, ascending") {
        Buddy buddy{small, Pfn{1}, Pages{199}};
        buddy.add_range(Pfn{1}, Pages{199});
        CHECK(free_list(buddy, 6) == Pfns{64, 128});
        CHECK(free_list(buddy, 5) == Pfns{32});
        CHECK(free_list(buddy, 3) == Pfns{8, 192});
        CHECK(free_list(buddy, 0) == Pfns{1});
        CHECK(buddy.free_pages() == 199_pages);
        buddy.validate();
    }
    TEST_CASE("a split leaves the upper halves at the heads of their lists") {
        Buddy buddy{small, Pfn{0}, Pages{64}};
        buddy.add_range(Pfn{0}, Pages{64});
        CHECK(buddy.alloc(Order{3}, movable) == Pfn{0});
        CHECK(free_list(buddy, 3) == Pfns{8});
        CHECK(free_list(buddy, 4) == Pfns{16});
        CHECK(free_list(buddy, 5) == Pfns{32});
    }
    TEST_CASE("a refill takes ascending pages of one block as one run") {
        Buddy buddy{small, Pfn{0}, Pages{128}};
        buddy.add_range(Pfn{0}, Pages{128});
        PageRuns list;
        CHECK(buddy.refill(Order{0}, movable, Blocks{63}, list) == Blocks{63});
        CHECK(list.run_count() == 1);
        CHECK(*list.begin() == PageRun{Pfn{0}, 63, 1});
        CHECK(free_list(buddy, 0) == Pfns{63});
        CHECK(buddy.refill(Order{0}, movable, Blocks{63}, list) == Blocks{63});
        CHECK(list.run_count() == 1);  // page 63 and those of the next block are neighbours
    }
    TEST_CASE("everything freed is whole again, and no page is lost or free twice") {
        Buddy buddy{PageGeometry{}, Pfn{0}, Pages{4096}};
        buddy.add_range(Pfn{0}, Pages{4096});
        PageRuns list;
        CHECK(buddy.refill(Order{0}, movable, Blocks{5000}, list) == Blocks{4096});
        CHECK(buddy.free_pages() == 0_pages);
        while (!list.empty()) buddy.give_back(Order{0}, movable, list.take_tail(Blocks{63}));
        CHECK(buddy.free_list(Order{10}, movable).size() == 4);
        CHECK(buddy.free_pages() == 4096_pages);
        CHECK_THROWS_AS(buddy.free(Pfn{1024}, Order{10}, movable), BrokenLaw);
        CHECK_THROWS_AS(buddy.free(Pfn{4096}, Order{0}, movable), BrokenLaw);
        CHECK_THROWS_AS(buddy.free(Pfn{3}, Order{1}, movable), BrokenLaw);
    }
    TEST_CASE("blocks of pageblocks that may not share stay apart") {
        Buddy buddy{small, Pfn{0}, Pages{64}};
        buddy.set_pageblock_type(Pfn{16}, MigrateType::cma);
        buddy.free(Pfn{0}, Order{4}, movable);
        buddy.free(Pfn{16}, Order{4}, MigrateType::cma);
        CHECK(free_list(buddy, 4, movable) == Pfns{0});
        CHECK(free_list(buddy, 4, MigrateType::cma) == Pfns{16});
        buddy.free(Pfn{32}, Order{4}, movable);
        buddy.free(Pfn{48}, Order{4}, unmovable);
        CHECK(free_list(buddy, 5, unmovable) == Pfns{32});
    }
    TEST_CASE("random operations leave the same lists as a page-by-page allocator") {
        for (std::uint64_t seed = 0; seed < 12; ++seed) {
            CAPTURE(seed);
            Random random{seed};
            Pair pair;
            for (int round = 0; round < 250; ++round) {
                CAPTURE(round);
                const int order = static_cast<int>(random.below(random.below(3) == 0 ? 7 : 2));
                const int type = static_cast<int>(random.below(3));
                const bool backwards = random.below(2) == 0;
                switch (random.below(4)) {
                    case 0:
                        pair.alloc(order, type);
                        break;
                    case 1:
                        if (const auto held = std::ssize(pair.allocated); held != 0)
                            pair.free(static_cast<std::size_t>(random.below(held)), type);
                        break;
                    case 2:
                        pair.refill(order, type, 1 + random.below(40));
                        break;
                    default:
                        pair.give_back(order, type, 1 + random.below(60), backwards);
                }
                pair.compare();
            }
        }
    }
}
