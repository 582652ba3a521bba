// Goal: a step lasts as long as its slowest rank, and noise of one costs all. Method: ranks on the
// tiny machine, alone, with ticks, and with a thread that displaces one of them.
#include <doctest/doctest.h>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const CostTable costs = tiny_costs();
const CpuSet ranks{CpuId{1}, CpuId{2}, CpuId{3}, CpuId{4}};

Machine without_ticks() {
    Machine machine = tiny_machine();
    machine.kernel.nohz_full = ranks;
    return machine;
}

struct BspRun : WorkloadRun {
    explicit BspRun(const std::string& params, Machine m = without_ticks())
        : WorkloadRun{"bsp", params, "workqueue", std::move(m)} {
        workload->start({ranks, true});
    }
    /// A thread of fixed priority wants the rank's CPU.
    void intrude(CpuId cpu, Duration when, Duration work) {
        Thread& thread = kernel.scheduler.create("intruder", cpu, Context::Role::foreground);
        thread.bound = cpu;
        thread.policy = SchedPolicy::fifo;
        thread.rt_priority = 1;
        const auto body = [](Context& self, Duration w, Duration l) -> Task<> {
            co_await self.sleep(w);
            co_await self.run(l);
        };
        thread.start(body(thread, when, work));
    }
};

}  // namespace

TEST_SUITE("models/workload/bsp") {
    TEST_CASE("without noise every step takes its work and the barrier, and nothing is lost") {
        BspRun run{R"("steps": 100, "compute": "1ms")"};
        run.kernel.engine.run();
        CHECK(run.measured("steps") == 100);
        CHECK(run.time("lost") == 0_ns);
        CHECK(run.time("noise") == 0_ns);
        CHECK(run.time("slowest") == 1_ms);
        const Duration elapsed = run.kernel.engine.now().since_start();
        CHECK(elapsed > 100_ms);
        CHECK(elapsed < 100_ms + 100 * 1_us);
    }
    TEST_CASE("what displaces one rank is lost once by all, and by the mean rank a quarter") {
        BspRun run{R"("steps": 10, "compute": "1ms")"};
        run.intrude(CpuId{2}, 5500_us, 80_us);
        run.kernel.engine.run();
        const Duration displaced = costs.context_switch * 2 + costs.tick_toggle + 80_us;
        CHECK(run.time("lost") >= displaced);
        CHECK(run.time("lost") < displaced + 20_us);  // the tick that it restarted comes too
        CHECK(run.time("noise") == run.time("lost") / 4);
        CHECK(run.measured("by-thread") >= 1);
    }
    TEST_CASE("a rank that polls in the barrier can be displaced, and nobody waits longer") {
        BspRun run{R"("steps": 4, "compute": "1ms")"};
        run.intrude(CpuId{2}, 500_us, 900_us);  // rank 2 comes 900 us late
        run.intrude(CpuId{3}, 1200_us, 50_us);  // meanwhile rank 3 polls
        run.kernel.engine.run(Time{1300_us});
        const Ledger ledger = run.kernel.scheduler.processor(CpuId{3}).ledger();
        CHECK(ledger[static_cast<std::size_t>(Activity::kernel)] >= 50_us);
        run.kernel.engine.run();
        CHECK(run.measured("steps") == 4);
        CHECK(run.time("lost") < 1_ms);
    }
    TEST_CASE("ranks that are told to stop finish their step together") {
        BspRun run{R"("steps": 0, "compute": "1ms", "pages": 3)"};
        const auto stop = [](Context& self, Workload& workload) -> Task<> {
            co_await self.sleep(3500_us);
            workload.stop();
            co_await self.sleep(10_ms);
        };
        run.thread(CpuId{7}, stop, *run.workload);
        run.kernel.engine.run();
        CHECK(run.measured("steps") == 4);
        run.check_every_page({run.workload.get()});
        CHECK(run.kernel.memory.managed() - run.kernel.memory.free_pages() -
                  run.kernel.memory.pcp_pages() ==
              Pages{3 * 4 * 3});  // no faults once they were told
    }
}
