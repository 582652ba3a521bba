// Goal: a migratetype that has run out takes from the others what the kernel would. Method: a few
// blocks, worked out by hand; buddy_test.cpp compares random fallbacks with a reference.
#include "models/mm/buddy.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/small_buddy.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

constexpr auto unmovable = MigrateType::unmovable;
constexpr auto movable = MigrateType::movable;

}  // namespace

TEST_SUITE("models/mm/buddy_fallback") {
    TEST_CASE("an unmovable allocation claims a whole pageblock of the largest free block") {
        Buddy buddy{small, Pfn{0}, Pages{64}};
        buddy.add_range(Pfn{0}, Pages{64});
        CHECK(buddy.alloc(Order{0}, unmovable) == Pfn{0});
        CHECK(buddy.pageblock_type(Pfn{0}) == unmovable);
        CHECK(buddy.pageblock_type(Pfn{63}) == unmovable);
        CHECK(free_list(buddy, 5, unmovable) == Pfns{32});
        CHECK(free_list(buddy, 5, movable).empty());
    }
    TEST_CASE("a movable allocation that cannot claim a pageblock steals the smallest block") {
        Buddy buddy{small, Pfn{0}, Pages{64}};
        buddy.free(Pfn{8}, Order{1}, unmovable);
        buddy.free(Pfn{4}, Order{0}, unmovable);
        CHECK(buddy.alloc(Order{0}, movable) == Pfn{4});
        CHECK(free_list(buddy, 1, unmovable) == Pfns{8});
        // From half the order of a pageblock on it tries to, and takes all that is free there.
        buddy.free(Pfn{4}, Order{0}, unmovable);
        buddy.free(Pfn{0}, Order{2}, unmovable);
        CHECK(buddy.alloc(Order{0}, movable) == Pfn{4});
        CHECK(free_list(buddy, 1, movable) == Pfns{8});
        CHECK(free_list(buddy, 2, movable) == Pfns{0});
        CHECK(buddy.pageblock_type(Pfn{0}) == movable);
    }
}
