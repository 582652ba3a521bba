#include "models/kernel/dying_cgroup.hpp"

namespace pcpsim {

Task<> DyingCgroup::invoke(Context& self) {
    co_await free(self, stages_[stage_].by_softirq);
    co_await queue_.queue(self, *this);
}

Task<> DyingCgroup::execute(Context& self) {
    co_await free(self, stages_[stage_].by_work);
    if (++stage_ < stages_.size()) co_await rcu_.call(self, *this);
}

Task<> DyingCgroup::free(Context& self, const std::vector<PercpuArea>& areas) {
    for (const PercpuArea& area : areas) co_await percpu_.free_percpu(self, area);
}

}  // namespace pcpsim
