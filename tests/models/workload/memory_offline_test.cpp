// Goal: each era keeps pages off the pcplists in its own way while memory goes offline, and what is
// disabled is enabled again. Method: the tiny machine with lists filled by hand, and with faults.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

constexpr ZoneId zone{0};

struct OfflineRun : WorkloadRun {
    explicit OfflineRun(const char* era, const std::string& params,
                        const std::string& drain = "workqueue")
        : WorkloadRun{"memory-offline", params, drain, tiny_machine(), of_era(era)} {
        workload->start({CpuSet{CpuId{0}}, true});
    }
    static MemorySpec of_era(const char* era) {
        MemorySpec spec = tiny_memory();
        spec.rules = find_kernel_rules(era);
        return spec;
    }
};

const std::string three_passes =
    R"("offlines": 2, "passes": 3, "period": "1ms", "pass_time": "2ms")";

}  // namespace

TEST_SUITE("models/workload/memory_offline") {
    TEST_CASE("up to 5.10 every pass begins with a drain of the CPUs that have pages") {
        OfflineRun run{"5.10", three_passes};
        run.list(CpuId{2}, zone, 30_pages);
        run.kernel.engine.run();
        CHECK(run.measured("drains") == 2 * 3);
        CHECK(run.kernel.drains.statistics().executed == 2 * 3);
        CHECK(run.kernel.drains.statistics().cpus_visited == 1);
        CHECK(run.listed(CpuId{2}, zone) == 0_pages);
    }
    TEST_CASE("since 5.11 there is one drain, of every online CPU, pages or not") {
        for (const char* const era : {"5.17", "6.12"}) {
            OfflineRun run{era, three_passes};
            run.list(CpuId{2}, zone, 30_pages);
            run.kernel.engine.run();
            CHECK(run.measured("drains") == 2);
            CHECK(run.kernel.drains.statistics().cpus_visited == 2 * 8);
            CHECK(run.kernel.drains.statistics().work_items == 2 * 8);
        }
    }
    TEST_CASE("while lists are disabled pages come and go one by one; then it is as before") {
        for (const char* const era : {"5.17", "6.1", "6.12"}) {
            CAPTURE(era);
            OfflineRun run{era, R"("period": "1ms", "passes": 1, "pass_time": "10ms")"};
            run.list(CpuId{2}, zone, 30_pages);
            const PcpTuning before = run.kernel.memory.zone(zone).pcplist(CpuId{2}).tuning();
            const auto use = [](Context& self, OfflineRun& r) -> Task<> {
                co_await self.sleep(6_ms);
                for (int i = 0; i < 5; ++i) {
                    const auto page = co_await r.kernel.pages.alloc_pages(self, NodeId{0}, Order{0},
                                                                          MigrateType::movable);
                    CHECK(r.listed(CpuId{2}, zone) == 0_pages);
                    co_await r.kernel.pages.free_pages(self, page.value(), Order{0},
                                                       MigrateType::movable);
                    CHECK(r.listed(CpuId{2}, zone) == 0_pages);
                }
            };
            run.thread(CpuId{2}, use, run);
            run.kernel.engine.run();
            CHECK(run.measured("refills") == 5);
            CHECK(run.measured("spills") == 5);
            const PcpTuning& after = run.kernel.memory.zone(zone).pcplist(CpuId{2}).tuning();
            CHECK(after.batch == before.batch);
            CHECK(after.high == before.high);
            CHECK(after.high_max == before.high_max);
        }
    }
    TEST_CASE("it waits for the drain that is running") {
        OfflineRun run{"5.17", R"("period": "1ms", "passes": 1, "pass_time": "1ms")",
                       "remote-spinlock"};
        for (const CpuId cpu : run.machine.topology.online()) run.list(cpu, zone, 1000_pages);
        const auto drainer = choose<Workload>(R"({"model": "forced-drain", "params":
            {"period": "990us"}})")
                                 .make(run.kernel);
        drainer->start({CpuSet{CpuId{1}}, true});
        run.kernel.engine.run();
        CHECK(run.kernel.drains.statistics().executed == 2);
        CHECK(run.kernel.drains.statistics().given_up == 0);
        CHECK(run.kernel.drains.mutex().statistics().contentions == 1);
        Duration enabling;  // a line comes from each CPU
        for (const CpuId cpu : run.machine.topology.possible())
            enabling += run.machine.interconnect.transfer(cpu, CpuId{0});
        CHECK(Duration{run.measured("latency-max")} ==
              Duration{run.measured("drain-max")} + 1_ms + enabling);
    }
    TEST_CASE("beside faults nothing is lost, whatever drains") {
        for (const char* const strategy : {"ipi-mask", "workqueue", "rcu-swap", "remote-spinlock"})
            for (const char* const era : {"5.10", "6.12"}) {
                CAPTURE(strategy);
                OfflineRun run{era, three_passes, strategy};
                const auto faults =
                    choose<Workload>(R"({"model": "page-fault-loop", "params": {"pages": 300}})")
                        .make(run.kernel);
                faults->start({run.machine.topology.online(), true});
                run.kernel.engine.run();
                // Enabled lists are long enough for the pages of a task.
                CHECK((run.measured("spills") > 0) == (era == std::string{"6.12"}));
                run.check_every_page({faults.get()});
            }
    }
}
