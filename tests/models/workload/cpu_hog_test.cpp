// Goal: a hog makes a kworker wait as its policy and the preemption model say. Method: drains of a
// list on the hog's CPU; a drain by remote lock shows what they take without waiting.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

/// What a drain after 40 ms takes its caller while a hog computes on CPU 2.
Duration drained(const std::string& params, Preemption preemption = Preemption::voluntary,
                 const std::string& strategy = "workqueue") {
    Machine machine = tiny_machine();
    machine.kernel.preemption = preemption;
    WorkloadRun run{"cpu-hog", params, strategy, machine};
    run.workload->start({CpuSet{CpuId{2}}, true});
    run.list(CpuId{2}, ZoneId{0}, 10_pages);
    const auto drain = [](Context& self, Kernel& kernel) -> Task<> {
        co_await self.sleep(40_ms);
        co_await kernel.drains.drain_all(self, std::nullopt, DrainReason::forced);
    };
    run.thread(CpuId{0}, drain, run.kernel);
    run.kernel.engine.run();
    return run.kernel.drains.statistics().latencies.back();
}

}  // namespace

TEST_SUITE("models/workload/cpu_hog") {
    TEST_CASE("a fair hog gives way to a kworker at once") {
        CHECK(drained(R"("work": "1s")") < 1_ms);
    }
    TEST_CASE("a hog of fixed priority makes it wait until it sleeps, or is throttled") {
        const std::string fifo = R"("policy": "fifo", )";
        CHECK(drained(fifo + R"("work": "20ms", "pause": "1s")") < 1_ms);  // it sleeps first
        const Duration endless = drained(fifo + R"("work": "1000s")");
        CHECK(endless > 950_ms - 41_ms);
        CHECK(endless < 956_ms - 40_ms);
        CHECK(drained(fifo + R"("work": "1000s")", Preemption::full, "remote-spinlock") < 1_ms);
    }
    TEST_CASE("in the kernel even a fair one is not displaced, unless the kernel is preemptible") {
        const std::string params = R"("mode": "kernel", "work": "100ms")";
        const Duration waited = drained(params, Preemption::voluntary);
        CHECK(waited > 1_ms);
        CHECK(waited < 101_ms);
        CHECK(drained(params, Preemption::full) < 1_ms);
    }
    TEST_CASE("turns are as many as fit, and each thread draws its own") {
        WorkloadRun run{"cpu-hog", R"("threads": 2, "work": "2ms", "pause": "2ms")", "workqueue"};
        CHECK(run.workload->endless());
        run.workload->start({CpuSet{CpuId{1}, CpuId{2}}, true});
        run.thread(CpuId{0}, [](Context& self) -> Task<> { co_await self.sleep(400_ms); });
        run.kernel.engine.run();
        // 200 turns of a thread on average: of 1 ms and 1 ms.
        CHECK(run.measured("turns") > 350);
        CHECK(run.measured("turns") < 450);
    }
}
