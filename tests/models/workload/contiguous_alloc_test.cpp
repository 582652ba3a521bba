// Goal: a call drains one zone and then has its blocks, in the time of both; what it had comes
// back. Method: the tiny machine, idle and with every list filled.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const CostTable costs = tiny_costs();

struct ContigRun : WorkloadRun {
    explicit ContigRun(const std::string& params, const std::string& drain = "remote-spinlock")
        : WorkloadRun{"contiguous-alloc", params, drain} {
        workload->start({CpuSet{CpuId{1}}, true});
    }
};

}  // namespace

TEST_SUITE("models/workload/contiguous_alloc") {
    TEST_CASE("with empty lists a call reads every count and takes its blocks one by one") {
        ContigRun run{R"("blocks": 5, "order": 9)"};
        run.kernel.engine.run();
        Duration reading;
        for (const CpuId cpu : run.machine.topology.online())
            reading += run.machine.interconnect.transfer(cpu, CpuId{1});
        CHECK(run.time("drain-max") == reading);
        CHECK(run.time("latency-max") == reading + costs.buddy_single * 5);
        CHECK(run.measured("failed") == 0);
    }
    TEST_CASE("only the lists of its own zone are drained") {
        ContigRun run{R"("blocks": 1)"};
        run.list(CpuId{2}, ZoneId{0}, 20_pages);
        run.list(CpuId{2}, ZoneId{1}, 20_pages);
        run.kernel.engine.run();
        CHECK(run.listed(CpuId{2}, ZoneId{0}) == 0_pages);
        CHECK(run.listed(CpuId{2}, ZoneId{1}) == 20_pages);
    }
    TEST_CASE("the range is freed page by page, so that it passes through the caller's list") {
        ContigRun run{R"("blocks": 4, "order": 8, "hold": "2ms")"};
        run.kernel.engine.run();
        CHECK(run.listed(CpuId{1}, ZoneId{0}) == 4 * 256_pages);
        run.check_every_page();
    }
    TEST_CASE("the pages it holds are its own until then") {
        ContigRun run{R"("blocks": 4, "order": 8, "hold": "20ms", "period": "1ms")"};
        run.kernel.engine.run(Time{10_ms});
        CHECK(run.kernel.memory.zone(ZoneId{0}).in_use() == 4 * 256_pages);
        run.check_every_page({run.workload.get()});
    }
    TEST_CASE("a call for more than there is fails, and gives back what it had") {
        ContigRun run{R"("blocks": 40, "order": 9, "calls": 2)"};  // 80 MiB of a node's 64
        run.kernel.engine.run();
        CHECK(run.measured("calls") == 2);
        CHECK(run.measured("failed") == 2);
        CHECK(run.kernel.memory.zone(ZoneId{0}).in_use() == 0_pages);
    }
    TEST_CASE("it waits for the drain of somebody else") {
        ContigRun run{R"("blocks": 1, "period": "1ms")"};
        for (const CpuId cpu : run.machine.topology.online()) run.list(cpu, ZoneId{1}, 1500_pages);
        const auto drainer =
            choose<Workload>(R"({"model": "forced-drain", "params": {"period": "990us"}})")
                .make(run.kernel);
        drainer->start({CpuSet{CpuId{0}}, true});
        run.kernel.engine.run();
        CHECK(run.kernel.drains.statistics().executed == 2);
        CHECK(run.kernel.drains.mutex().statistics().contentions == 1);
    }
    TEST_CASE("a block is a pageblock unless it is told, and no larger than any there is") {
        ContigRun run{R"("blocks": 3)"};
        run.kernel.engine.run();
        ContigRun told{R"("blocks": 3, "order": 9)"};
        told.kernel.engine.run();
        CHECK(run.time("latency-max") == told.time("latency-max"));
        CHECK_THROWS_WITH_AS(ContigRun{R"("order": 11)"},
                             "contiguous-alloc: expected an \"order\" of at most 10, that of the "
                             "machine's largest blocks, got 11",
                             ScenarioError);
    }
    TEST_CASE("beside faults nothing is lost, whatever drains") {
        for (const char* const strategy :
             {"ipi-mask", "workqueue", "rcu-swap", "remote-spinlock"}) {
            CAPTURE(strategy);
            ContigRun run{R"("calls": 10, "period": "1ms", "blocks": 3, "hold": "300us")",
                          strategy};
            const auto faults =
                choose<Workload>(R"({"model": "page-fault-loop", "params": {"pages": 300}})")
                    .make(run.kernel);
            faults->start({run.machine.topology.online(), true});
            run.kernel.engine.run();
            CHECK(run.measured("calls") == 10);
            run.check_every_page({run.workload.get(), faults.get()});
        }
    }
}
