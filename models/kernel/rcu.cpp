#include "models/kernel/rcu.hpp"

#include "sim/engine.hpp"

namespace pcpsim {

Rcu::Rcu(Engine& engine, const Machine& machine, Scheduler& scheduler)
    : engine_{engine}, machine_{machine}, scheduler_{scheduler} {}

void Rcu::start() {
    const CpuId boot_cpu = machine_.topology.online().first();
    Thread& kthread = scheduler_.create("rcu_sched", boot_cpu, Context::Role::daemon);
    kthread.start(gp_kthread(kthread));
    scheduler_.observe(*this);
}

Duration Rcu::scan_interval() const {
    const auto cpus = static_cast<std::int64_t>(machine_.topology.cpus());
    const std::int64_t base =
        1 + (machine_.kernel.hz > 250 ? 1 : 0) + (machine_.kernel.hz > 500 ? 1 : 0);
    return machine_.jiffy() * (base + cpus / 256);
}

void Rcu::busy_changed(CpuId cpu, bool busy) {
    if (!busy) quiescent(cpu);
}

void Rcu::quiescent(CpuId cpu) {
    if (!waiting_for_.contains(cpu)) return;
    waiting_for_.erase(cpu);
    if (waiting_for_.empty()) work_.ring();
}

Task<> Rcu::synchronize(Context& self) {
    const std::uint64_t needed = completed_ + (in_progress_ ? 2 : 1);
    requested_ = std::max(requested_, needed);
    auto& completion = waiters_[needed];
    if (!completion) completion = std::make_unique<Completion>("a grace period");
    work_.ring();
    co_await completion->wait(self);
}

Task<> Rcu::gp_kthread(Context& self) {
    const CostTable& costs = machine_.costs;
    const auto nodes = static_cast<std::int64_t>(machine_.topology.nodes().size());
    for (;;) {
        while (requested_ == completed_) co_await work_.wait(self);
        in_progress_ = true;
        waiting_for_ = machine_.topology.online();
        co_await self.run(costs.rcu_gp_init + costs.rcu_gp_init_per_node * nodes);
        while (!waiting_for_.empty()) {
            co_await work_.wait_for(self, scan_interval());
            co_await scan_idle(self);
        }
        in_progress_ = false;
        ++completed_;
        wake_waiters();
    }
}

/// The scan of rcu_gp_fqs(): reads the dynticks counter of every CPU that has not reported.
Task<> Rcu::scan_idle(Context& self) {
    if (waiting_for_.empty()) co_return;
    const auto to_read = static_cast<std::int64_t>(waiting_for_.size());
    co_await self.run(machine_.costs.rcu_fqs_scan_per_cpu * to_read);
    CpuSet idle;
    for (const CpuId cpu : waiting_for_)
        if (scheduler_.processor(cpu).thread() == nullptr) idle.insert(cpu);
    waiting_for_ -= idle;
}

/// Callbacks run when the waiters' CPUs notice the end of the period, at their next tick.
void Rcu::wake_waiters() {
    const auto done = waiters_.find(completed_);
    if (done == waiters_.end()) return;
    const Duration now = engine_.now().since_start();
    const Time next_tick{machine_.jiffy() * (now / machine_.jiffy() + 1)};
    engine_.schedule(next_tick, wake_waiters_at_tick, this, done->first);
}

void Rcu::wake_waiters_at_tick(void* object, std::uint64_t period) {
    Rcu& rcu = *static_cast<Rcu*>(object);
    rcu.waiters_.at(period)->complete();
}

}  // namespace pcpsim
