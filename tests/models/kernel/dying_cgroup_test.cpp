// Goal: each area of a removed cgroup is freed after as many grace periods as its stage has, and
// where the cgroup was removed. Method: a thread that looks at all areas again and again.
#include "models/kernel/dying_cgroup.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

struct Removal : TinyKernel {
    static constexpr std::size_t areas = 6;  // two of each stage, softirq's first

    Removal() {
        thread(2, "rmdir", rmdir, *this);
        thread(7, "watcher", watch, *this);
        run();
    }
    static Task<> rmdir(Context& self, Removal& run) {
        constexpr PercpuRequest request{.size = Bytes{64}};
        for (std::size_t i = 0; i < areas; ++i) {
            const auto area = co_await run.kernel.percpu.alloc_percpu(self, request);
            run.made.push_back(*area);
        }
        DyingCgroup::Stages stages;
        for (std::size_t i = 0; i < areas; i += 2)
            stages[i / 2] = {{run.made[i]}, {run.made[i + 1]}};
        run.cgroup = std::make_unique<DyingCgroup>(run.kernel.percpu, run.kernel.rcu,
                                                   run.kernel.cgroup_destroy_wq, stages);
        co_await run.cgroup->kill(self);
    }
    static Task<> watch(Context& self, Removal& run) {
        for (int i = 0; i < 4000; ++i) {
            co_await self.sleep(20_us);
            for (const PercpuArea& area : run.made) {
                if (run.kernel.percpu.allocator().is_allocated(area.chunk, area.offset)) continue;
                if (std::ranges::find(run.freed, area) != run.freed.end()) continue;
                run.freed.push_back(area);
                run.periods.push_back(run.kernel.rcu.completed());
            }
        }
    }

    std::vector<PercpuArea> made, freed;
    std::vector<std::uint64_t> periods;  ///< completed when the freed area was found so
    std::unique_ptr<DyingCgroup> cgroup;
};

}  // namespace

TEST_SUITE("models/kernel/dying_cgroup") {
    TEST_CASE("areas go stage by stage, a grace period each, those of the softirq before others") {
        const Removal run;
        CHECK(run.freed == run.made);
        CHECK(run.periods == std::vector<std::uint64_t>{1, 1, 2, 2, 3, 3});
        CHECK(run.kernel.percpu.allocator().stats().nr_cur_alloc == 0);
    }
    TEST_CASE("the work is that of the CPU that removed it, an item for each period") {
        const Removal run;
        for (int cpu = 0; cpu < 8; ++cpu)
            CHECK(run.kernel.cgroup_destroy_wq.executed(CpuId{cpu}) == (cpu == 2 ? 3 : 0));
    }
}
