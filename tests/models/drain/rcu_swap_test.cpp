// Goal: nobody is interrupted, and pages wait for a grace period between list and buddy.
// Method: processes that look at the memory, or use it, at chosen times of one drain.
#include <doctest/doctest.h>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const std::string rcu_swap = R"({"model": "rcu-swap"})";
const CostTable costs = tiny_costs();
constexpr ZoneId node0{0u};
constexpr CpuId caller{0u};
constexpr CpuId owner{2u};

/// The kthread of grace periods is woken on an idle CPU that shares the caller's cache.
constexpr const char* caller_and_kthread = "0-1";

}  // namespace

TEST_SUITE("models/drain/rcu_swap") {
    TEST_CASE("interrupts no owner: only the kthread of grace periods runs") {
        TinyRun run{rcu_swap};
        for (std::uint32_t cpu = 2; cpu < 8; ++cpu) run.list(CpuId{cpu}, node0, 30_pages);
        run.drain();
        CHECK(run.disturbed() == caller_and_kthread);
        CHECK(run.kernel.drains.statistics().work_items == 0);
        CHECK(run.kernel.rcu.completed() == 1);
    }

    TEST_CASE("takes a grace period, and the caller fetches every page struct") {
        TinyRun run{rcu_swap};
        const Interconnect& lines = run.machine.interconnect;
        Duration reading;
        for (const CpuId cpu : run.machine.topology.possible())
            reading += 2 * lines.transfer(cpu, caller);
        reading -= lines.transfer(owner, caller);  // its first list has pages
        run.list(owner, node0, 1000_pages);
        const Duration took = run.drain();

        // A period lasts until the scan for idle CPUs, and its end is noticed at the next tick.
        const Time called = run.kernel.engine.now() - took;
        const Duration swap = lines.transfer(owner, caller) + costs.atomic;
        const Time requested = called + reading + swap;
        const Time scanned = requested + costs.ipi_deliver + costs.interrupt + costs.idle_exit +
                             costs.context_switch + costs.rcu_gp_init + costs.rcu_gp_init_per_node +
                             run.kernel.rcu.scan_interval() + costs.idle_exit +
                             costs.context_switch + 8 * costs.rcu_fqs_scan_per_cpu;
        const Duration jiffy = run.machine.jiffy();
        const Time tick{jiffy * (scanned.since_start() / jiffy + 1)};
        const Duration freeing =
            costs.irq_save_restore + costs.zone_lock_hold_base +
            (costs.zone_lock_hold_per_page + lines.transfer(owner, caller)) * 1000;
        CHECK(took == tick - called + costs.idle_exit + costs.context_switch + freeing);
    }

    TEST_CASE("the caller pays for each exchange: the owner's line and an atomic operation") {
        TinyRun run{rcu_swap};
        const Interconnect& lines = run.machine.interconnect;
        // On the CPU: switched in, waking the kthread, coming back from idle.
        Duration expected = 2 * costs.context_switch + costs.ipi_send + costs.idle_exit;
        for (const CpuId cpu : run.machine.topology.possible()) {
            const Duration line = lines.transfer(cpu, caller);
            run.list(cpu, node0, 1_pages);
            const Duration exchange = line + costs.atomic;
            const Duration freeing = costs.zone_lock_hold_base + costs.zone_lock_hold_per_page +
                                     line + costs.irq_save_restore;
            expected += line + exchange + freeing;
        }
        const Thread& thread = run.thread(caller, TinyRun::drain_once, run.kernel, std::nullopt);
        run.kernel.engine.run();
        CHECK(thread.spent()[static_cast<std::size_t>(Activity::kernel)] == expected);
    }

    TEST_CASE("pages are neither free nor allocatable until the grace period has ended") {
        TinyRun run{rcu_swap};
        run.list(owner, node0, 300_pages);
        const Zone& zone = run.kernel.memory.zone(node0);
        const Pages free_before = zone.free_pages();
        const auto watch = [](Context& self, TinyRun& world, Pages free) -> Task<> {
            const Zone& watched = world.kernel.memory.zone(node0);
            co_await self.sleep(1_ms);
            for (; world.kernel.rcu.completed() == 0; co_await self.sleep(100_us)) {
                CHECK(watched.pcplist(owner).count() == Pages{});
                CHECK(watched.pcp_pages() == 300_pages);
                CHECK(watched.free_pages() == free);
                world.check_every_page();
            }
        };
        run.thread(CpuId{7u}, watch, run, free_before);
        run.drain();
        CHECK(zone.free_pages() == free_before + 300_pages);
        CHECK(zone.pcp_pages() == Pages{});
    }

    TEST_CASE("an owner's next allocation finds its list empty and refills it") {
        TinyRun run{rcu_swap};
        run.list(owner, node0, 300_pages);
        const auto allocate = [](Context& self, Kernel& kernel) -> Task<> {
            for (const std::uint64_t refills : {0U, 1U}) {
                const auto page = co_await kernel.pages.alloc_pages(self, NodeId{0u}, Order{0},
                                                                    MigrateType::movable);
                CHECK(page.has_value());
                CHECK(kernel.pages.statistics().refills == refills);
                if (refills == 0) co_await self.sleep(1_ms);
            }
            CHECK(kernel.rcu.completed() == 0);
        };
        run.thread(owner, allocate, run.kernel);
        run.drain();
        // What was refilled during the drain is on the new list, and stays.
        CHECK(run.listed(owner, node0) == 49_pages);
        CHECK(run.kernel.pages.statistics().drained == 299_pages);
        run.kernel.memory.check_conservation(2_pages);
    }

    TEST_CASE("waits for a CPU that stays in the kernel with preemption off") {
        TinyRun run{rcu_swap};
        run.list(owner, node0, 1_pages);
        const auto read_side = [](Context& self) -> Task<> {
            const Pinned reader{self};
            co_await self.run(50_ms);
        };
        run.thread(CpuId{5u}, read_side);
        CHECK(run.drain() > 50_ms - 10_us);
    }

    TEST_CASE("with an expedited grace period the caller waits for interrupts, not for ticks") {
        TinyRun run{R"({"model": "rcu-swap", "params": {"grace": "expedited"}})"};
        run.list(owner, node0, 1_pages);
        const auto work = [](Context& self) -> Task<> { co_await self.run(10_ms); };
        run.thread(CpuId{5u}, work);
        CHECK(run.drain() < 20_us);
        CHECK(run.kernel.ipis.sent_to(CpuId{5u}) == 1);
        CHECK(run.kernel.drains.statistics().ipis == 1);
        CHECK(run.kernel.rcu.completed() == 0);
        CHECK(run.kernel.memory.pcp_pages() == Pages{});
    }

    TEST_CASE("lists exchanged in one drain are empty spares in the next") {
        TinyRun run{rcu_swap};
        for (const Pages pages : {10_pages, 20_pages, 30_pages}) {
            run.list(owner, node0, pages);
            run.drain();
            CHECK(run.kernel.memory.pcp_pages() == Pages{});
        }
        CHECK(run.kernel.pages.statistics().drained == 60_pages);
        CHECK(run.kernel.rcu.completed() == 3);
    }

    TEST_CASE("adds one dependent load to every allocation and free") {
        const HotPath local = local_lock_path(costs);
        const HotPath path = TinyRun{rcu_swap}.strategy->hot_path();
        CHECK(path.alloc.front().work == local.alloc.front().work + costs.dependent_load);
        CHECK(path.free.front().work == local.free.front().work + costs.dependent_load);
        CHECK_FALSE(path.takes_pcp_lock);
    }
}
