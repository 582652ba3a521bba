// Goal: everybody is interrupted, has pages or not, and the caller waits for the last of them.
// Method: a few lists on the tiny machine, so that each time is a sum of its costs.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const std::string ipi_all = R"({"model": "ipi-all"})";
const CostTable costs = tiny_costs();
constexpr ZoneId node0{0u};
constexpr ZoneId node1{1u};
constexpr CpuId caller{0u};

Duration line(const TinyRun& run, CpuId from, CpuId to) {
    return run.machine.interconnect.transfer(from, to);
}
Duration emptying(Pages pages) {
    if (pages == Pages{}) return Duration{};
    return costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * pages.count() +
           costs.irq_save_restore;
}
/// From the call until the idle CPU's handler looks at its lists.
Duration reaches(const TinyRun& run, CpuId cpu) {
    Duration sum = costs.ipi_send * (cpu.number() - 1);
    for (const CpuId each : run.machine.topology.online())
        if (each != caller) sum += line(run, each, caller) + costs.atomic;
    return sum + costs.ipi_deliver + costs.idle_exit + costs.interrupt + line(run, caller, cpu);
}

}  // namespace

TEST_SUITE("models/drain/ipi_all") {
    TEST_CASE("interrupts every online CPU but the caller's, and switches no thread in") {
        TinyRun run{ipi_all};
        run.list(CpuId{3u}, node0, 10_pages);
        run.drain();
        CHECK(run.disturbed() == "0-7");
        for (const CpuId cpu : run.machine.topology.online()) {
            const Processor& processor = run.kernel.scheduler.processor(cpu);
            CHECK(processor.interrupts(Level::hardirq) == (cpu == caller ? 0 : 1));
            if (cpu != caller) CHECK(processor.switches() == 0);
        }
        const DrainStatistics& counted = run.kernel.drains.statistics();
        CHECK(counted.ipis == 7);
        CHECK(counted.ipis_saved == 0);
        CHECK(counted.global_ipis == 1);
        CHECK(counted.work_items == 0);
        CHECK(counted.cpus_visited == 8);
    }

    TEST_CASE("takes the sends, the last CPU's interrupt and drain, and then the caller's own") {
        for (const Pages pages : {0_pages, 10_pages, 300_pages}) {
            CAPTURE(pages);
            TinyRun run{ipi_all};
            const CpuId owner{6u};
            run.list(owner, node1, pages);
            run.list(caller, node0, 20_pages);
            const CpuId last{7u};
            const Duration owner_done = reaches(run, owner) + emptying(pages);
            const Duration last_done = reaches(run, last);
            const CpuId slowest = owner_done > last_done ? owner : last;
            CHECK(run.drain() == std::max(owner_done, last_done) + line(run, slowest, caller) +
                                     emptying(20_pages));
        }
    }

    TEST_CASE("owners of one zone take turns at zone->lock, with their interrupts off") {
        TinyRun run{ipi_all};
        const CpuId first{2u}, second{3u};
        run.list(first, node0, 500_pages);
        run.list(second, node0, 200_pages);
        const Duration expected = reaches(run, first) + emptying(500_pages) -
                                  costs.irq_save_restore + line(run, first, second) +
                                  emptying(200_pages) + line(run, second, caller);
        CHECK(run.drain() == expected);
        const Ledger waited = run.kernel.scheduler.processor(second).ledger();
        CHECK(waited[static_cast<std::size_t>(Activity::spin)] > 15_us);
    }

    TEST_CASE("owners of different zones work at the same time") {
        TinyRun run{ipi_all};
        run.list(CpuId{2u}, node0, 400_pages);
        run.list(CpuId{6u}, node1, 500_pages);
        CHECK(run.drain() ==
              reaches(run, CpuId{6u}) + emptying(500_pages) + line(run, CpuId{6u}, caller));
    }

    TEST_CASE("a section with interrupts off delays the caller, a FIFO task does not") {
        const auto busy = [](Context& self, bool masked) -> Task<> {
            const InterruptsOff irqs{self};
            if (!masked) self.interrupts_enable();
            co_await self.run(30_ms);
            if (!masked) self.interrupts_disable();
        };
        for (const bool masked : {true, false}) {
            TinyRun run{ipi_all};
            run.list(CpuId{2u}, node0, 10_pages);
            Thread& thread = run.thread(CpuId{2u}, busy, masked);
            thread.policy = SchedPolicy::fifo;
            const Duration took = run.drain();
            if (masked)
                CHECK(took > 30_ms);
            else
                CHECK(took < 10_us);
        }
    }

    TEST_CASE("drains of several tasks run at a time, and the last to come finds empty lists") {
        TinyRun run{ipi_all};
        for (const CpuId cpu : run.machine.topology.online()) run.list(cpu, node0, 100_pages);
        for (const CpuId cpu : run.machine.topology.online())
            run.thread(cpu, TinyRun::drain_once, run.kernel, std::nullopt);
        run.kernel.engine.run();
        const DrainStatistics& counted = run.kernel.drains.statistics();
        CHECK(counted.executed == 8);
        CHECK(counted.given_up == 0);
        CHECK(counted.cpus_visited == 64);
        // Calls that find a queue filled share its interrupt.
        CHECK(counted.ipis <= 56);
        CHECK(run.kernel.memory.pcp_pages() == Pages{});
        run.check_every_page();
    }

    TEST_CASE("leaves the hot path as it is: interrupts off") {
        CHECK(TinyRun{ipi_all}.strategy->hot_path().alloc.front().work ==
              local_lock_path(costs).alloc.front().work);
    }
}
