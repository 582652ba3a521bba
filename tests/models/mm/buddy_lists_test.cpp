// Goal: free lists keep their order and cost little memory. Method: orders worked out by hand, and
// the footprint of whole, used up and shattered memory.
#include "models/mm/buddy.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/small_buddy.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

constexpr auto movable = MigrateType::movable;

}  // namespace

TEST_SUITE("models/mm/buddy_lists") {
    TEST_CASE("a block whose next larger buddy is free waits at the tail") {
        Buddy buddy{small, Pfn{0}, Pages{64}};
        buddy.add_range(Pfn{0}, Pages{64});
        for (int i = 0; i < 16; ++i) buddy.alloc(Order{0}, movable);
        buddy.free(Pfn{8}, Order{0}, movable);
        buddy.free(Pfn{2}, Order{0}, movable);
        CHECK(free_list(buddy, 0) == Pfns{2, 8});
        buddy.free(Pfn{0}, Order{0}, movable);  // pages 2 and 3 are not one free block
        CHECK(free_list(buddy, 0) == Pfns{0, 2, 8});
        buddy.free(Pfn{3}, Order{0}, movable);  // now they are, and page 0 stays alone
        CHECK(free_list(buddy, 0) == Pfns{0, 8});
        CHECK(free_list(buddy, 1) == Pfns{2});
        buddy.free(Pfn{11}, Order{0}, movable);
        buddy.free(Pfn{10}, Order{0}, movable);
        CHECK(free_list(buddy, 1) == Pfns{10, 2});
        buddy.free(Pfn{1}, Order{0}, movable);  // merges up to pages 0 to 3
        CHECK(free_list(buddy, 2) == Pfns{0});
        buddy.free(Pfn{12}, Order{0}, movable);
        buddy.free(Pfn{14}, Order{0}, movable);
        buddy.free(Pfn{15}, Order{0}, movable);  // pages 14, 15
        buddy.free(Pfn{9}, Order{0}, movable);   // pages 8 to 11; 12 to 15 are not whole
        CHECK(free_list(buddy, 2) == Pfns{8, 0});
    }
    TEST_CASE("memory is only kept for blocks that are partly free") {
        Buddy buddy{PageGeometry{}, Pfn{0}, Pages{1024 * 1024}};
        buddy.add_range(Pfn{0}, Pages{1024 * 1024});
        const Bytes whole = buddy.footprint();
        PageRuns list;
        buddy.refill(Order{0}, movable, Blocks{1024 * 1024}, list);
        CHECK(buddy.footprint() == whole);  // block after block was taken apart from its start
        CHECK(list.run_count() == 1);
    }
    TEST_CASE("memory in the smallest pieces costs four bytes a page, and no more") {
        constexpr std::int64_t pages = 64 * 1024;
        Buddy buddy{PageGeometry{}, Pfn{0}, Pages{pages}};
        const Bytes empty = buddy.footprint();
        for (std::int64_t page = 0; page < pages; page += 2)
            buddy.free(Pfn{page}, Order{0}, movable);
        CHECK(buddy.footprint() == empty + Bytes{4 * pages});
        for (std::int64_t page = 1; page < pages; page += 2)
            buddy.free(Pfn{page}, Order{0}, movable);
        CHECK(buddy.free_list(Order{10}, movable).size() == pages / 1024);
        buddy.validate();
    }
}
