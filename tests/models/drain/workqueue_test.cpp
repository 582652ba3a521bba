// Goal: owners empty their own lists, and the caller waits for the slowest.
// Method: a few lists on the tiny machine, so that each time is a sum of its costs.
#include <doctest/doctest.h>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const std::string workqueue = R"({"model": "workqueue"})";
const CostTable costs = tiny_costs();
constexpr ZoneId node0{0u};
constexpr ZoneId node1{1u};

/// Reading the counts of all CPUs, each up to its first list with pages.
Duration reading(TinyRun& run) {
    Duration sum;
    for (const CpuId cpu : run.machine.topology.possible()) {
        const Duration line = run.machine.interconnect.transfer(cpu, CpuId{0u});
        sum += run.listed(cpu, node0) > Pages{} ? line : 2 * line;
    }
    return sum;
}

/// An idle CPU from the interrupt until its kworker is about to empty a list.
Duration kworker_starts() {
    return costs.ipi_deliver + costs.interrupt + costs.idle_exit + costs.context_switch +
           costs.work_item;
}

Duration hold(Pages pages) {
    return costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * pages.count();
}

/// From a list's last page until the caller, woken from another CPU, goes on.
Duration caller_wakes() {
    return costs.irq_save_restore + costs.ipi_deliver + costs.interrupt + costs.idle_exit +
           costs.context_switch;
}

}  // namespace

TEST_SUITE("models/drain/workqueue") {
    TEST_CASE("the caller pays for reading and queueing, and waits for the owner") {
        TinyRun run{workqueue};
        run.list(CpuId{2u}, node0, 100_pages);
        const Duration expected =
            reading(run) + costs.queue_work + kworker_starts() + hold(100_pages) + caller_wakes();
        CHECK(run.drain() == expected);
        const Ledger owner = run.kernel.scheduler.processor(CpuId{2u}).ledger();
        CHECK(owner[static_cast<std::size_t>(Activity::kernel)] ==
              kworker_starts() - costs.ipi_deliver - costs.interrupt + hold(100_pages) +
                  costs.irq_save_restore + costs.ipi_send);
    }

    TEST_CASE("owners of one zone take turns at zone->lock") {
        TinyRun run{workqueue};
        run.list(CpuId{2u}, node0, 500_pages);
        run.list(CpuId{3u}, node0, 200_pages);
        const Duration line = run.machine.interconnect.transfer(CpuId{2u}, CpuId{3u});
        const Duration expected = reading(run) + costs.queue_work + kworker_starts() +
                                  hold(500_pages) + line + hold(200_pages) + caller_wakes();
        CHECK(run.drain() == expected);
    }

    TEST_CASE("owners of different zones work at the same time") {
        TinyRun run{workqueue};
        run.list(CpuId{2u}, node0, 500_pages);
        run.list(CpuId{6u}, node1, 400_pages);
        const Duration expected =
            reading(run) + costs.queue_work + kworker_starts() + hold(500_pages) + caller_wakes();
        CHECK(run.drain() == expected);
    }

    TEST_CASE("interrupts every CPU that has pages, and no other") {
        TinyRun run{workqueue};
        run.list(CpuId{1u}, node0, 1_pages);
        run.list(CpuId{4u}, node0, 1_pages);
        run.list(CpuId{7u}, node1, 1_pages);
        run.drain();
        CHECK(run.disturbed() == "0-1,4,7");
        CHECK(run.kernel.drains.statistics().work_items == 3);
        for (const CpuId owner : {CpuId{1u}, CpuId{4u}, CpuId{7u}}) {
            CHECK(run.kernel.scheduler.resched_ipis(owner) == 1);
            CHECK(run.kernel.scheduler.processor(owner).switches() == 1);
            CHECK(run.kernel.mm_percpu_wq.executed(owner) == 1);
        }
    }

    TEST_CASE("the caller's own list is emptied while it sleeps") {
        TinyRun run{workqueue};
        run.list(CpuId{0u}, node0, 10_pages);
        const Duration expected = reading(run) + costs.queue_work + costs.context_switch +
                                  costs.work_item + hold(10_pages) + costs.irq_save_restore +
                                  costs.context_switch;
        CHECK(run.drain() == expected);
        CHECK(run.disturbed() == "0");
    }

    TEST_CASE("with force_all_cpus visits CPUs without pages too, and reads nothing") {
        TinyRun run{R"({"model": "workqueue", "params": {"force_all_cpus": true}})"};
        run.list(CpuId{3u}, node1, 20_pages);
        run.drain();
        CHECK(run.kernel.drains.statistics().work_items == 8);
        CHECK(run.disturbed() == "0-7");
        CHECK(run.kernel.memory.pcp_pages() == Pages{});
    }

    TEST_CASE("a FIFO task that keeps its CPU keeps the caller waiting") {
        const auto busy_for = [](Context& self, Duration work) -> Task<> {
            co_await self.run(work);
        };
        for (const Duration work : {30_ms, 60_ms}) {
            TinyRun run{workqueue};
            run.list(CpuId{2u}, node0, 10_pages);
            Thread& spinner = run.thread(CpuId{2u}, busy_for, work);
            spinner.policy = SchedPolicy::fifo;
            spinner.rt_priority = 1;
            const Duration took = run.drain();
            CHECK(took > work - 10_us);
            CHECK(took < work + 1_ms);
        }
    }
}
