// Goal: the loop keeps its period, touches its pages, and is interrupted by what its CPU had to do.
// Method: one loop on the tiny machine, alone and beside drains, with every interruption derived
// from the costs.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const CostTable costs = tiny_costs();
const CpuSet isolated{CpuId{2}, CpuId{3}};

Machine machine_with_isolated_cpus() {
    Machine machine = tiny_machine();
    machine.kernel.isolated = isolated;
    machine.kernel.nohz_full = isolated;
    return machine;
}

struct LoopRun : WorkloadRun {
    explicit LoopRun(const std::string& how, const std::string& params,
                     Machine m = machine_with_isolated_cpus())
        : WorkloadRun{"isolated-loop", params, how, std::move(m)} {
        workload->start({isolated, true});
    }
    /// As many drains, one every 10 ms.
    LoopRun& drained(int drains) {
        const auto drainer = choose<Workload>(R"({"model": "forced-drain", "params": {"loop":
            "open", "period": "10ms", "drains": )" +
                                              std::to_string(drains) + "}}")
                                 .make(kernel);
        drainer->start({CpuSet{CpuId{5}}, true});
        kernel.engine.run();
        check_every_page({workload.get()});
        return *this;
    }
};

}  // namespace

TEST_SUITE("models/workload/isolated_loop") {
    TEST_CASE("alone on NOHZ_FULL CPUs nothing interrupts it, and no round is late") {
        LoopRun run{"workqueue", R"("rounds": 30, "period": "1ms", "pages": 7)"};
        run.kernel.engine.run();
        CHECK(run.measured("rounds") == 60);
        CHECK(run.measured("late") == 0);
        CHECK(run.measured("interruptions") == 0);
        CHECK(run.kernel.memory.managed() - run.kernel.memory.free_pages() -
                  run.kernel.memory.pcp_pages() ==
              Pages{60 * 7});
        run.check_every_page({run.workload.get()});
    }
    TEST_CASE("where it is not NOHZ_FULL, it is interrupted by every tick") {
        LoopRun run{"workqueue", R"("rounds": 100, "period": "1ms", "pages": 0)", tiny_machine()};
        run.kernel.engine.run();
        CHECK(run.measured("by-tick") == 2 * 25);
        CHECK(run.measured("interruptions") == run.measured("by-tick"));
        CHECK(run.time("longest") == costs.tick);
    }
    TEST_CASE(
        "each drain by work item interrupts each CPU that has pages once, with a tick after") {
        LoopRun run{"workqueue", R"("period": "1ms", "pages": 7)"};
        run.drained(20);
        CHECK(run.measured("by-drain") == 2 * 20);
        CHECK(run.measured("by-work-item") == 2 * 20);
        CHECK(run.measured("by-tick") >= 2 * 19);  // the last one may come after the end
        CHECK(run.measured("by-tick") <= 2 * 20);
        CHECK(run.measured("interruptions") == run.measured("by-drain") + run.measured("by-tick"));
        // The kworker restarts the tick, is switched in and out, and drains at most a batch.
        CHECK(run.time("longest-drain") >
              2 * costs.context_switch + costs.tick_toggle + costs.work_item);
        CHECK(run.time("longest") < 100_us);
    }
    TEST_CASE("a CPU without pages is left alone by a drain that looks") {
        LoopRun run{"workqueue", R"("period": "1ms", "pages": 0)"};
        CHECK(run.drained(20).measured("interruptions") == 0);
    }
    TEST_CASE("drains that do not need the owners interrupt nobody") {
        for (const char* const strategy : {"rcu-swap", "remote-spinlock"}) {
            CAPTURE(strategy);
            LoopRun run{strategy, R"("period": "1ms", "pages": 7)"};
            CHECK(run.drained(20).measured("interruptions") == 0);
        }
    }
    TEST_CASE("drains by interrupt call a function on every CPU, or on those with pages") {
        LoopRun all{"ipi-all", R"("period": "1ms", "pages": 0)"};
        CHECK(all.drained(20).measured("by-call-function") == 2 * 20);
        CHECK(all.measured("by-drain") == 2 * 20);
        LoopRun masked{"ipi-mask", R"("period": "1ms", "pages": 0)"};
        CHECK(masked.drained(20).measured("interruptions") == 0);
        LoopRun paged{"ipi-mask", R"("period": "1ms", "pages": 7)"};
        CHECK(paged.drained(20).measured("by-drain") == 2 * 20);
    }
    TEST_CASE("each unmapping of its housekeeper interrupts all of its threads, unless broadcast") {
        for (const TlbFlush how : {TlbFlush::interrupts, TlbFlush::broadcast}) {
            Machine machine = machine_with_isolated_cpus();
            machine.tlb_flush = how;
            LoopRun run{"workqueue", R"("rounds": 50, "housekeeper": "7ms", "pages": 7)",
                        std::move(machine)};
            run.kernel.engine.run();
            const std::int64_t unmappings = run.measured("unmappings");
            CHECK(unmappings == 50 / 7);
            const bool interrupts = how == TlbFlush::interrupts;
            CHECK(run.measured("by-tlb-flush") == (interrupts ? 2 * unmappings : 0));
            CHECK(run.measured("interruptions") == run.measured("by-tlb-flush"));
            if (interrupts)
                CHECK(run.time("longest") >= costs.interrupt + costs.tlb_flush_page * 7);
            CHECK(run.measured("rounds") == 2 * 50);
            run.check_every_page({run.workload.get()});
        }
    }
    TEST_CASE("a round that is kept longer than a period makes the next ones late") {
        LoopRun run{"workqueue", R"("rounds": 10, "pages": 0, "read_side": "1500us")"};
        run.kernel.engine.run();
        CHECK(run.measured("late") == 2 * 10);
    }
}
