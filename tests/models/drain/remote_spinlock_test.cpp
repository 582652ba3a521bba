// Goal: the caller does all the work, and no owner is interrupted or waits for it at a list.
// Method: as sums of costs, and by owners that use their lists in the middle of a drain.
#include <doctest/doctest.h>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const std::string remote_spinlock = R"({"model": "remote-spinlock"})";
const CostTable costs = tiny_costs();
constexpr ZoneId node0{0u};
constexpr ZoneId node1{1u};
constexpr CpuId caller{0u};
constexpr CpuId owner{2u};

Duration line(TinyRun& run, CpuId from) { return run.machine.interconnect.transfer(from, caller); }

}  // namespace

TEST_SUITE("models/drain/remote_spinlock") {
    TEST_CASE("takes reading, and for each list its lock, zone->lock and every page struct") {
        TinyRun run{remote_spinlock};
        Duration expected;
        for (const CpuId cpu : run.machine.topology.possible()) expected += 2 * line(run, cpu);
        const auto list = [&](CpuId cpu, ZoneId zone, Pages pages) {
            run.list(cpu, zone, pages);
            expected += line(run, cpu) + costs.irq_save_restore + costs.zone_lock_hold_base +
                        (costs.zone_lock_hold_per_page + line(run, cpu)) * pages.count();
        };
        list(CpuId{1u}, node0, 100_pages);
        list(CpuId{3u}, node0, 10_pages);
        list(CpuId{6u}, node1, 40_pages);
        list(caller, node0, 7_pages);
        expected -= line(run, CpuId{1u}) + line(run, CpuId{3u});  // no second count is read
        CHECK(run.drain() == expected);
    }

    TEST_CASE("drains in slices of 32 batches where the era does, lock by lock") {
        MemorySpec spec = tiny_memory();
        spec.rules = find_kernel_rules("6.12");
        spec.pcp_batch = 4_pages;
        TinyRun run{remote_spinlock, tiny_machine(), 1, spec};
        run.list(CpuId{1u}, node0, 300_pages);
        Duration expected = (costs.zone_lock_hold_per_page + line(run, CpuId{1u})) * 300;
        for (const CpuId cpu : run.machine.topology.possible()) expected += 2 * line(run, cpu);
        expected -= line(run, CpuId{1u});  // no second count is read
        // 128, 128 and 44 pages; the lock's line is fetched once, as nobody else asks for it.
        expected += line(run, CpuId{1u}) + 3 * (costs.irq_save_restore + costs.zone_lock_hold_base);
        CHECK(run.drain() == expected);
    }

    TEST_CASE("interrupts nobody") {
        TinyRun run{remote_spinlock};
        for (const CpuId cpu : run.machine.topology.possible()) run.list(cpu, node0, 30_pages);
        run.drain();
        CHECK(run.disturbed() == "0");
        CHECK(run.kernel.drains.statistics().work_items == 0);
    }

    TEST_CASE("holds interrupts off for one list at a time") {
        TinyRun run{remote_spinlock};
        for (const ZoneId zone : {node0, node1})
            for (std::uint32_t cpu = 1; cpu < 8; ++cpu) run.list(CpuId{cpu}, zone, 1900_pages);
        run.drain();
        // The tick at 4 ms comes in long before the end; the longest hold is under half a
        // millisecond.
        CHECK(run.kernel.engine.now() > Time{4500_us});
        CHECK(run.kernel.engine.now() < Time{8_ms});
        CHECK(run.kernel.scheduler.processor(caller).interrupts(Level::hardirq) == 1);
    }

    TEST_CASE("an owner that allocates meanwhile goes to the buddy lists") {
        TinyRun run{remote_spinlock};
        run.list(owner, node1, 1000_pages);
        const auto allocate = [](Context& self, Kernel& kernel) -> Task<> {
            co_await self.run(10_us);
            CHECK(kernel.pages.pcp_lock(kernel.memory.zone(node1), owner).holder() != nullptr);
            const auto page =
                co_await kernel.pages.alloc_pages(self, NodeId{1u}, Order{0}, MigrateType::movable);
            CHECK(page.has_value());
            CHECK(kernel.pages.statistics().buddy_allocs == 1);
            CHECK(kernel.pages.statistics().refills == 0);
        };
        run.thread(owner, allocate, run.kernel);
        run.drain();
        // It never spins at the list; zone->lock, which the drain holds, it cannot go round.
        const Zone& zone = run.kernel.memory.zone(node1);
        CHECK(run.kernel.pages.pcp_lock(zone, owner).statistics().contentions == 0);
        CHECK(run.kernel.pages.zone_lock(zone).statistics().contentions == 1);
        CHECK(run.listed(owner, node1) == Pages{});
        run.kernel.memory.check_conservation(1_pages);
    }

    TEST_CASE("an owner that frees meanwhile goes to the buddy lists") {
        TinyRun run{remote_spinlock};
        run.list(owner, node1, 1000_pages);
        const auto block =
            run.kernel.memory.zone(node1).alloc_block(Order{0}, MigrateType::movable);
        const auto free = [](Context& self, Kernel& kernel, Pfn page) -> Task<> {
            co_await self.run(10_us);
            co_await kernel.pages.free_pages(self, page, Order{0}, MigrateType::movable);
            CHECK(kernel.pages.statistics().buddy_frees == 1);
        };
        run.thread(owner, free, run.kernel, *block);
        run.drain();
        CHECK(run.kernel.memory.pcp_pages() == Pages{});
        run.kernel.memory.check_conservation(Pages{});
    }

    TEST_CASE("an owner that allocates from another zone meanwhile is not held up at all") {
        TinyRun run{remote_spinlock};
        run.list(owner, node0, 50_pages);
        run.list(owner, node1, 1000_pages);
        Duration took;
        const auto allocate = [](Context& self, Kernel& kernel, Duration& time) -> Task<> {
            co_await self.run(20_us);
            CHECK(kernel.pages.pcp_lock(kernel.memory.zone(node1), owner).holder() != nullptr);
            const Time called = kernel.engine.now();
            co_await kernel.pages.alloc_pages(self, NodeId{0u}, Order{0}, MigrateType::movable);
            time = kernel.engine.now() - called;
        };
        run.thread(owner, allocate, run.kernel, took);
        run.drain();
        // The list was emptied just before, so it is refilled by a batch of 50; pcp->lock,
        // zone->lock and the page structs come back from the caller's cache.
        const Duration back = line(run, owner);
        CHECK(took == back * 2 + costs.zone_lock_hold_base +
                          (costs.zone_lock_hold_per_page + back) * 50 +
                          run.kernel.pages.hot_path().alloc.front().work);
    }

    TEST_CASE("makes every allocation and free pay for the lock") {
        const HotPath local = local_lock_path(costs);
        const HotPath path = TinyRun{remote_spinlock}.strategy->hot_path();
        const Duration lock = costs.preempt_toggle + costs.atomic + costs.unlock_store;
        CHECK(path.alloc.front().work == local.alloc.front().work + lock);
        CHECK(path.free.front().work == local.free.front().work + lock);
        CHECK(path.takes_pcp_lock);
    }
}
