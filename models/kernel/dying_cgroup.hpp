#pragma once
// How a removed cgroup gives its percpu memory back: piece by piece, after three grace periods, by
// softirqs and work items of the CPU that removed it.
//
//   rmdir   |- kill the references -|.. period ..|
//   softirq                                      |- their counters -|
//   work                                                            |- offline -|.. period ..|
//   softirq                                      |- counter of the charged objects -|
//   work                                         |- what controllers have -|.. period ..|
//   work                                                                   |- what it has itself -|
//
// A stage's work is one item here, of several in the kernel. Kernel: kill_css(),
// percpu_ref_switch_to_atomic_rcu(), css_killed_work_fn(), memcg_offline_kmem(),
// css_release_work_fn(), css_free_rwork_fn(), 5.10 to 6.1.
#include <array>
#include <vector>

#include "models/kernel/percpu.hpp"
#include "models/kernel/rcu.hpp"
#include "models/kernel/workqueue.hpp"

namespace pcpsim {

class DyingCgroup final : public RcuCallback, public Work {
public:
    /// What is freed after a grace period, in this order.
    struct Stage {
        std::vector<PercpuArea> by_softirq, by_work;
    };
    using Stages = std::array<Stage, 3>;
    DyingCgroup(Percpu& percpu, Rcu& rcu, Workqueue& cgroup_destroy_wq, Stages stages)
        : percpu_{percpu}, rcu_{rcu}, queue_{cgroup_destroy_wq}, stages_{std::move(stages)} {}

    /// The end of rmdir(): cgroup_destroy_locked(). Called once; the cgroup outlives the run.
    Task<> kill(Context& self) { return rcu_.call(self, *this); }

    Task<> invoke(Context& self) override;
    Task<> execute(Context& self) override;

private:
    Task<> free(Context& self, const std::vector<PercpuArea>& areas);

    Percpu& percpu_;
    Rcu& rcu_;
    Workqueue& queue_;
    Stages stages_;
    std::size_t stage_ = 0;
};

}  // namespace pcpsim
