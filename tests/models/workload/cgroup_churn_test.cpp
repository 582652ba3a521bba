// Goal: cgroups allocate what was recorded, the inner ones give it back, and what is left shows
// whether chunks are depopulated. Method: some tens of cgroups on the tiny machine.
#include <doctest/doctest.h>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

// On 6.1.
constexpr std::int64_t areas_of_a_cgroup = 11;
constexpr std::int64_t areas_of_boot = 27'368 / 32;

struct ChurnRun : WorkloadRun {
    explicit ChurnRun(const std::string& depopulation, const std::string& params = {},
                      CpuSet cpus = CpuSet{CpuId{2}})
        : WorkloadRun{"cgroup-churn", R"("outer": 60, "marks": ["100ms"])" + params, "workqueue"},
          strategy{choose<Depopulation>(R"({"model": ")" + depopulation + R"("})")
                       .make(kernel.percpu.allocator())} {
        kernel.percpu.use(*strategy);
        workload->start({cpus, true});
        kernel.engine.run();
        check_every_page();
        kernel.percpu.allocator().validate();
    }
    [[nodiscard]] std::int64_t kB(const std::string& when) const { return measured("kB-" + when); }
    std::unique_ptr<Depopulation> strategy;
};

}  // namespace

TEST_SUITE("models/workload/cgroup_churn") {
    TEST_CASE(
        "a cgroup allocates its areas; those of an inner one are freed, of an outer one not") {
        const ChurnRun run{"none", R"(, "inner": 4)"};
        const PercpuStats& stats = run.kernel.percpu.allocator().stats();
        CHECK(stats.nr_alloc == areas_of_boot + 60 * 5 * areas_of_a_cgroup);
        CHECK(stats.nr_cur_alloc == areas_of_boot + 60 * areas_of_a_cgroup);
        CHECK(run.measured("failures") == 0);
        CHECK(run.measured("atomic-failures") == 0);
    }
    TEST_CASE("areas and sizes are those of the recorded kernel") {
        const ChurnRun older{"none", R"(, "inner": 0, "areas": "5.10")"};
        const PercpuStats& stats = older.kernel.percpu.allocator().stats();
        CHECK(stats.nr_alloc == 25'448 / 32 + 60 * 13);
        CHECK(stats.max_alloc_size == Bytes{1112});
        CHECK(stats.min_alloc_size == Bytes{4});
    }
    TEST_CASE("both ways inflate alike; one keeps the pages, the other gives most of them back") {
        const ChurnRun none{"none"};
        const ChurnRun sideline{"sideline"};
        CHECK(none.kB("start") == sideline.kB("start"));
        CHECK(none.kB("created") == sideline.kB("created"));
        CHECK(none.kB("created") > 5 * none.kB("start"));
        CHECK(none.kB("after-100ms") == none.kB("created"));
        CHECK(none.measured("pages-depopulated") == 0);
        CHECK(none.measured("tlb-flushes") == 0);
        CHECK(sideline.kB("after-100ms") < sideline.kB("created") * 2 / 3);
        CHECK(sideline.measured("fragmentation-after-100ms") <
              none.measured("fragmentation-after-100ms"));
        CHECK(sideline.measured("sidelined-after-100ms") > 0);
        CHECK(sideline.measured("tlb-flushes") > 0);
    }
    TEST_CASE("tasks side by side wait for the mutex of all percpu allocations") {
        const ChurnRun one{"none", R"(, "tasks": 1)"};
        const ChurnRun four{"none", R"(, "tasks": 4, "mkdir_time": "1ns")",
                            CpuSet{CpuId{0}, CpuId{1}, CpuId{4}, CpuId{5}}};
        CHECK(four.time("mutex-wait-mean") > one.time("mutex-wait-mean"));
        CHECK(four.time("mkdir-p50") > one.time("mkdir-p50") - 100_us);
        CHECK(four.kernel.percpu.allocator().stats().nr_alloc ==
              one.kernel.percpu.allocator().stats().nr_alloc);
    }
    TEST_CASE("who is stopped passes the barriers, and ends") {
        WorkloadRun run{"cgroup-churn", R"("outer": 100000, "tasks": 2)", "workqueue"};
        run.workload->start({CpuSet{CpuId{2}, CpuId{3}}, true});
        const auto stop = [](Context& self, Workload& workload) -> Task<> {
            co_await self.run(2_ms);
            workload.stop();
        };
        run.thread(CpuId{5}, stop, *run.workload);
        run.kernel.engine.run();
        CHECK(run.kernel.engine.now() < Time{10_ms});
        CHECK(run.kernel.percpu.allocator().stats().nr_alloc > 0);
        run.check_every_page();
    }
}
