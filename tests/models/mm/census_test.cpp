// Goal: a census finds pages with two owners and pages with none. Method: take, count, miscount.
#include "models/mm/census.hpp"

#include <doctest/doctest.h>

#include "sim/check.hpp"
#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

namespace {

struct World {
    World()
        : machine{tiny_machine()},
          memory{machine.topology, MemorySpec{.zones = ZoneRule::single}} {}
    Zone& zone() { return memory.zones().front(); }
    Pfn take() {
        if (zone().needs_refill(CpuId{0}, Order{0}, MigrateType::movable))
            zone().refill(CpuId{0}, Order{0}, MigrateType::movable);
        return zone().pop(CpuId{0}, Order{0}, MigrateType::movable);
    }
    Machine machine;
    Memory memory;
};

}  // namespace

TEST_SUITE("models/mm/census") {
    TEST_CASE("free pages, pages on lists and allocated pages make up what is managed") {
        World world;
        PageRuns mine;
        for (int i = 0; i < 100; ++i) mine.push_tail(world.take());
        const std::optional<Pfn> huge = world.zone().alloc_block(Order{4}, MigrateType::unmovable);
        Census census{world.memory};
        for (const PageRun& run : mine) census.count(run, Order{0});
        census.count(PageRun{*huge, 1, 0}, Order{4});
        census.finish();
    }
    TEST_CASE("a page that nobody owns is missed") {
        World world;
        world.take();
        const Census census{world.memory};
        CHECK_THROWS_AS(census.finish(), BrokenLaw);
    }
    TEST_CASE("a page that two own is found, whatever the direction of the run") {
        World world;
        const Pfn first = world.take();
        const Pfn second = world.take();
        Census census{world.memory};
        census.count(PageRun{second, 2, -1}, Order{0});
        CHECK_THROWS_AS(census.count(PageRun{first, 1, 0}, Order{0}), BrokenLaw);
    }
    TEST_CASE("a page that two own is found, however large the block that either owns it in") {
        World world;
        constexpr Order small{0}, large{10};
        const std::optional<Pfn> block = world.zone().alloc_block(large, MigrateType::movable);
        const PageRun all{*block, 1, 0};
        const PageRun last{*block + large.pages() - Pages{1}, 1, 0};
        Census whole{world.memory};
        whole.count(all, large);
        CHECK_THROWS_AS(whole.count(last, small), BrokenLaw);
        CHECK_THROWS_AS(whole.count(all, large), BrokenLaw);
        Census part{world.memory};
        part.count(last, small);
        CHECK_THROWS_AS(part.count(all, large), BrokenLaw);
    }
}
