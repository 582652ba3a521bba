#include "models/kernel/expedited_rcu.hpp"

#include "models/kernel/masks.hpp"
#include "models/kernel/mutex_lock.hpp"

namespace pcpsim {

ExpeditedRcu::ExpeditedRcu(Engine& engine, const Machine& machine, Scheduler& scheduler, Ipis& ipis,
                           const Rcu& rcu)
    : machine_{machine},
      scheduler_{scheduler},
      ipis_{ipis},
      rcu_{rcu},
      mutex_{engine, "exp_mutex"} {
    scheduler.observe(*this);
}

Task<std::uint64_t> ExpeditedRcu::synchronize(Context& self) {
    const std::uint64_t needed = completed_ + (in_progress_ ? 2 : 1);
    const Guard<Mutex> only_one = co_await mutex_lock(self, mutex_, machine_.costs);
    if (completed_ >= needed) co_return 0;
    in_progress_ = true;
    const std::uint64_t sent = co_await interrupt_readers(self);
    co_await wait_for_reports(self);
    in_progress_ = false;
    ++completed_;
    co_return sent;
}

/// sync_rcu_exp_select_cpus()
Task<std::uint64_t> ExpeditedRcu::interrupt_readers(Context& self) {
    const Pinned pinned{self};
    const CostTable& costs = machine_.costs;
    const CpuSet& online = machine_.topology.online();
    co_await self.run(costs.rcu_gp_init +
                      costs.rcu_fqs_scan_per_cpu * static_cast<std::int64_t>(online.size()));
    for (const CpuId cpu : online)
        if (cpu != self.cpu() && !rcu_.in_extended_quiescent_state(cpu)) waiting_for_.insert(cpu);
    const CpuSet to_interrupt = waiting_for_;
    for (const CpuId cpu : to_interrupt) co_await ipis_.call_function_single(self, cpu, handler_);
    co_return to_interrupt.size();
}

Task<> ExpeditedRcu::wait_for_reports(Context& self) {
    const Time warn_at = self.engine().now() + Rcu::stall_timeout;
    bool warned = false;
    while (!waiting_for_.empty()) {
        co_await all_reported_.wait_for(self, Rcu::stall_timeout);
        if (warned || waiting_for_.empty() || self.engine().now() < warn_at) continue;
        ++stalls_;
        warned = true;
    }
}

Task<> ExpeditedRcu::Handler::execute(Context& self) {
    const CpuId cpu = self.cpu();
    rcu.scheduler_.blame(cpu, InterruptionCause::grace_period);
    co_await self.run(rcu.machine_.costs.atomic);
    const Context* const interrupted = self.processor().thread();
    if (interrupted == nullptr || !interrupted->pinned()) {
        rcu.report(cpu);
    } else if (rcu.waiting_for_.contains(cpu)) {
        rcu.readers_.insert(cpu);
        self.processor().reschedule();
    }
}

void ExpeditedRcu::report(CpuId cpu) {
    readers_.erase(cpu);
    if (!waiting_for_.contains(cpu)) return;
    waiting_for_.erase(cpu);
    if (waiting_for_.empty()) all_reported_.ring();
}

}  // namespace pcpsim
