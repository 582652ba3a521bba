// Goal: requests for large blocks that nobody has make kcompactd drain the zones of their node, and
// no others. Method: the tiny machine, with and without whole blocks, and beside faults.
#include <doctest/doctest.h>

#include "tests/support/fragmented.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

struct CompactRun : WorkloadRun {
    explicit CompactRun(const std::string& params, const std::string& drain = "remote-spinlock")
        : WorkloadRun{"kcompactd", params, drain} {}
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
    TEST_CASE("a block that is there is taken and given back, and nobody drains") {
        CompactRun run{R"("period": "10ms")"};
        run.run_for(35_ms);
        CHECK(run.measured("requests") == 2 * 3);
        CHECK(run.measured("failures") == 0);
        CHECK(run.measured("wakeups") == 0);
        CHECK(run.kernel.drains.statistics().requested == 0);
        run.check_every_page();
    }
    TEST_CASE("the zone in pieces is drained, the first and every other time at first") {
        CompactRun run{R"("period": "10ms", "order": 3)"};
        const Fragmented pieces0{run.kernel.memory.zone(ZoneId{0u})};
        const Fragmented pieces1{run.kernel.memory.zone(ZoneId{1u})};
        run.list(CpuId{5}, ZoneId{0u}, 20_pages);
        run.run_for(35_ms);
        CHECK(run.measured("failures") == 2 * 3);
        CHECK(run.measured("drains") + run.measured("deferred") == run.measured("wakeups"));
        CHECK(run.measured("drains") >= 2 * 2);
        CHECK(run.listed(CpuId{5}, ZoneId{0u}) == 0_pages);
    }
    TEST_CASE("beside faults nothing is lost, whatever drains") {
        for (const char* const strategy :
             {"ipi-mask", "workqueue", "rcu-swap", "remote-spinlock"}) {
            CAPTURE(strategy);
            CompactRun run{R"("period": "200us", "order": 3)", strategy};
            {
                const Fragmented pieces0{run.kernel.memory.zone(ZoneId{0u})};
                const Fragmented pieces1{run.kernel.memory.zone(ZoneId{1u})};
                run.workload->start({run.machine.topology.online()});
                const auto faults = choose<Workload>(R"({"model": "page-fault-loop", "params":
                    {"pages": 300, "loops": 100}})")
                                        .make(run.kernel);
                faults->start({run.machine.topology.online(), true});
                run.kernel.engine.run();
                CHECK(run.measured("drains") >= 2);
            }
            run.check_every_page();
        }
    }
    TEST_CASE("an order that the machine does not have is refused") {
        CHECK_THROWS_WITH_AS(CompactRun{R"("order": 11)"},
                             "kcompactd: expected an \"order\" of at most 10, that of the "
                             "machine's largest blocks, got 11",
                             ScenarioError);
    }
}
