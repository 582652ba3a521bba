// Goal: the loop's time is the sum of its faults and frees, and all of its pages come back.
// Method: one task on the tiny machine with every time derived, then several beside drains.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const CostTable costs = tiny_costs();

struct FaultRun : WorkloadRun {
    explicit FaultRun(const std::string& params, const std::string& drain = "workqueue")
        : WorkloadRun{"page-fault-loop", params, drain} {}
    FaultRun& run(const CpuSet& cpus, Time until = Time::max()) {
        workload->start({cpus, true});
        kernel.engine.run(until);
        return *this;
    }
};

}  // namespace

TEST_SUITE("models/workload/page_fault_loop") {
    TEST_CASE("a loop takes its faults, its refills and its frees; the next needs no refill") {
        constexpr std::int64_t batch = 50;  // of tiny_memory(), as many as the mapping has pages
        FaultRun run{R"("pages": 50, "loops": 2, "unmap_page": "70ns", "jitter_permille": 0)"};
        run.run(CpuSet{CpuId{1}});
        const HotPath path = local_lock_path(costs);
        const Duration fault = path.alloc.front().work + costs.page_fault + costs.page_zero +
                               costs.user_per_page + costs.memory_service_per_page;
        const Duration free = path.free.front().work + 70_ns;
        const Duration refill = costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * batch;
        CHECK(run.kernel.engine.now() == Time{costs.idle_exit + costs.context_switch + refill +
                                              (fault + free) * (2 * batch) + costs.tlb_flush * 2});
        const std::int64_t microseconds = (run.kernel.engine.now() - Time{}) / 1_us;
        CHECK(run.measured("rate") == 2 * batch * 1'000'000 / microseconds);
        CHECK(run.kernel.pages.statistics().refills == 1);
        CHECK(run.listed(CpuId{1}, ZoneId{0}) == Pages{batch});
    }
    TEST_CASE("the rate is pages by time, over all tasks, and per task") {
        FaultRun run{R"("pages": 400, "loops": 30, "tasks": 4)"};
        run.run(CpuSet{CpuId{1}, CpuId{5}});
        const std::int64_t elapsed_us = (run.kernel.engine.now() - Time{}) / 1_us;
        CHECK(run.measured("rate") >= 4 * 30 * 400 * std::int64_t{1'000'000} / elapsed_us - 4);
        CHECK(run.measured("rate-per-task") == run.measured("rate") / 4);
        run.check_every_page({run.workload.get()});
    }
    TEST_CASE("pauses are slept between the loops") {
        const auto idle = [](const std::string& pause) {
            FaultRun run{R"("pages": 10, "loops": 5, "pause": ")" + pause + "\""};
            run.run(CpuSet{CpuId{1}});
            const Ledger ledger = run.kernel.scheduler.processor(CpuId{1}).ledger();
            return ledger[static_cast<std::size_t>(Activity::idle)];
        };
        CHECK(idle("0us") == Duration{});
        CHECK(idle("300us") == 300_us * 5);
    }
    TEST_CASE("without a number of loops it goes on until it is stopped, and leaves no page") {
        FaultRun run{R"("pages": 100, "tasks": 0)"};
        CHECK(run.workload->endless());
        const auto stay = [](Context& self) -> Task<> { co_await self.sleep(3_ms); };
        run.thread(CpuId{0}, stay);
        run.run(run.machine.topology.online(), Time{1_ms});
        CHECK(run.measured("rate") > 0);
        run.check_every_page({run.workload.get()});
        run.workload->stop();
        run.kernel.engine.run(Time{2_ms});
        CHECK(run.kernel.memory.free_pages() + run.kernel.memory.pcp_pages() ==
              run.kernel.memory.managed());
    }
    TEST_CASE("a drain always finds something, and nothing is lost, whatever drains") {
        for (const char* const strategy :
             {"ipi-all", "ipi-mask", "workqueue", "rcu-swap", "remote-spinlock"}) {
            CAPTURE(strategy);
            FaultRun run{R"("pages": 120)", strategy};
            const auto drainer =
                choose<Workload>(R"({"model": "forced-drain", "params": {"drains": 50, "loop":
                    "closed", "period": "100us"}})")
                    .make(run.kernel);
            drainer->start({CpuSet{CpuId{0}}, true});
            run.run(run.machine.topology.online());
            CHECK(run.kernel.drains.statistics().executed == 50);
            CHECK(run.kernel.drains.statistics().empty == 0);
            run.check_every_page({run.workload.get()});
        }
    }
}
