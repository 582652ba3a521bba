// Goal: each node's thread drains the zones of its node and no others, for as long as the run goes.
// Method: the tiny machine, with and without a second workload.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

struct CompactRun : WorkloadRun {
    explicit CompactRun(const std::string& period, const std::string& drain = "remote-spinlock")
        : WorkloadRun{"kcompactd", R"("period": ")" + period + '"', drain} {}
    /// The threads are daemons: somebody has to stay for them to run.
    void run_for(Duration duration) {
        workload->start({machine.topology.online()});
        const auto stay = [](Context& self, Duration d) -> Task<> { co_await self.sleep(d); };
        thread(CpuId{2}, stay, duration);
        kernel.engine.run();
    }
};

}  // namespace

TEST_SUITE("models/workload/kcompactd") {
    TEST_CASE("a round per node and period, a drain per zone") {
        CompactRun run{"10ms"};
        run.run_for(35_ms);
        CHECK(run.measured("wakeups") == 2 * 3);
        CHECK(run.measured("drains") == 2 * 3);
        CHECK(run.kernel.drains.statistics().requested == 2 * 3);
    }
    TEST_CASE("a zone's lists are emptied by the thread of its node, whoever has the pages") {
        CompactRun run{"10ms"};
        run.list(CpuId{5}, ZoneId{0}, 20_pages);
        run.list(CpuId{5}, ZoneId{1}, 20_pages);
        run.run_for(15_ms);
        CHECK(run.listed(CpuId{5}, ZoneId{0}) == 0_pages);
        CHECK(run.listed(CpuId{5}, ZoneId{1}) == 0_pages);
        CHECK(run.kernel.scheduler.processor(CpuId{5}).switches() == 0);
    }
    TEST_CASE("beside faults nothing is lost, whatever drains") {
        for (const char* const strategy :
             {"ipi-mask", "workqueue", "rcu-swap", "remote-spinlock"}) {
            CAPTURE(strategy);
            CompactRun run{"200us", strategy};
            run.workload->start({run.machine.topology.online()});
            const auto faults = choose<Workload>(R"({"model": "page-fault-loop", "params":
                {"pages": 300, "loops": 100}})")
                                    .make(run.kernel);
            faults->start({run.machine.topology.online(), true});
            run.kernel.engine.run();
            CHECK(run.measured("drains") >= 2);
            run.check_every_page({faults.get()});
        }
    }
}
