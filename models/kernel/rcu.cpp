#include "models/kernel/rcu.hpp"

#include "models/kernel/masks.hpp"
#include "sim/engine.hpp"

namespace pcpsim {
namespace {

/// Of the tree over these CPUs: 16 CPUs to a leaf (RCU_FANOUT_LEAF), 64 children to others.
std::int64_t rcu_nodes(std::int64_t cpus) {
    std::int64_t level = (cpus + 15) / 16;
    std::int64_t nodes = level;
    while (level > 1) {
        level = (level + 63) / 64;
        nodes += level;
    }
    return nodes;
}

}  // namespace

Rcu::Rcu(Engine& engine, const Machine& machine, Scheduler& scheduler, Ipis& ipis)
    : engine_{engine}, machine_{machine}, scheduler_{scheduler}, ipis_{ipis} {
    softirqs_.resize(machine.topology.cpus());
}

void Rcu::start() {
    const CpuId boot_cpu = machine_.housekeeping().first();
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

Duration Rcu::patience() const {
    const auto cpus = static_cast<std::int64_t>(machine_.topology.cpus());
    return machine_.jiffy() * (machine_.kernel.hz / 10 + cpus / 256);
}

void Rcu::tick(CpuId cpu, bool pinned) {
    if (!waiting_for_.contains(cpu) || (pinned && !passed_.contains(cpu))) return;
    waiting_for_.erase(cpu);
    if (waiting_for_.empty()) all_reported_->ring();
}

Rcu::Waiting& Rcu::next_full_period() {
    const std::uint64_t needed = completed_ + (in_progress_ ? 2 : 1);
    requested_ = std::max(requested_, needed);
    auto& waiting = waiters_[needed];
    if (!waiting) waiting = std::make_unique<Waiting>();
    requests_.ring();
    return *waiting;
}

Task<> Rcu::synchronize(Context& self) { co_await next_full_period().threads.wait(self); }

Task<> Rcu::call(Context& self, RcuCallback& callback) {
    const CpuId here = self.processor().id();
    const bool offloaded = machine_.kernel.nohz_full.contains(here);
    next_full_period().callbacks.emplace_back(offloaded ? machine_.housekeeping().first() : here,
                                              &callback);
    co_await self.run(machine_.costs.irq_save_restore);  // for a list of the CPU's own
}

Task<> Rcu::gp_kthread(Context& self) {
    const CostTable& costs = machine_.costs;
    const auto nodes = rcu_nodes(static_cast<std::int64_t>(machine_.topology.cpus()));
    for (;;) {
        while (requested_ == completed_) co_await requests_.wait(self);
        in_progress_ = true;
        all_reported_.emplace("quiescent states");
        passed_ = CpuSet{};
        user_time_seen_.clear();
        waiting_for_ = machine_.topology.online();
        urged_ = 0;
        const Time begun = engine_.now();
        bool warned = false;
        co_await self.run(costs.rcu_gp_init + costs.rcu_gp_init_per_node * nodes);
        while (!waiting_for_.empty()) {
            co_await all_reported_->wait_for(self, scan_interval());
            co_await force_quiescent_states(self);
            if (waiting_for_.empty()) break;
            co_await press(self, engine_.now() - begun);
            if (warned || engine_.now() < begun + stall_timeout) continue;
            ++stalls_;
            warned = true;
        }
        in_progress_ = false;
        ++completed_;
        wake_waiters();
    }
}

/// rcu_gp_fqs(): reads the dynticks counter of every CPU that has not reported.
Task<> Rcu::force_quiescent_states(Context& self) {
    const auto to_read = static_cast<std::int64_t>(waiting_for_.size());
    co_await self.run(machine_.costs.rcu_fqs_scan_per_cpu * to_read);
    waiting_for_ -= passed_;
    CpuSet quiescent;
    for (const CpuId cpu : waiting_for_)
        if (in_extended_quiescent_state(cpu) || was_in_user_mode(cpu)) quiescent.insert(cpu);
    waiting_for_ -= quiescent;
}

/// rcu_implicit_dynticks_qs(), for a period that has lasted for so long.
Task<> Rcu::press(Context& self, Duration age) {
    if (age < patience() * static_cast<std::int64_t>(urged_ + 1)) co_return;
    ++urged_;
    const Pinned pinned{self};
    for (const CpuId cpu : waiting_for_& machine_.kernel.nohz_full)
        if (cpu != self.cpu()) co_await ipis_.call_function_single(self, cpu, urge_);
}

Task<> Rcu::Urge::execute(Context& self) {
    const CpuId cpu = self.cpu();
    rcu.scheduler_.blame(cpu, InterruptionCause::grace_period);
    const Context* const interrupted = self.processor().thread();
    rcu.tick(cpu, interrupted != nullptr && interrupted->pinned());
    co_return;
}

bool Rcu::in_extended_quiescent_state(CpuId cpu) const {
    const Processor& processor = scheduler_.processor(cpu);
    return processor.thread() == nullptr ||
           (machine_.kernel.nohz_full.contains(cpu) && processor.activity() == Activity::user);
}

/// Whether its dynticks counter has changed since the scan before: rcu_implicit_dynticks_qs(). Only
/// NOHZ_FULL CPUs count when they enter user mode.
bool Rcu::was_in_user_mode(CpuId cpu) {
    if (!machine_.kernel.nohz_full.contains(cpu)) return false;
    const Duration user =
        scheduler_.processor(cpu).ledger()[static_cast<std::size_t>(Activity::user)];
    const auto [seen, is_first_scan] = user_time_seen_.try_emplace(cpu, user);
    return !is_first_scan && user > seen->second;
}

/// Callbacks run when their CPUs notice the end of the period, at their next tick; what wakes a
/// thread is one of them.
void Rcu::wake_waiters() {
    const auto done = waiters_.find(completed_);
    if (done == waiters_.end()) return;
    const Duration now = engine_.now().since_start();
    const Time next_tick{machine_.jiffy() * (now / machine_.jiffy() + 1)};
    engine_.schedule(next_tick, wake_waiters_at_tick, this, done->first);
}

void Rcu::wake_waiters_at_tick(void* object, std::uint64_t period) {
    Rcu& rcu = *static_cast<Rcu*>(object);
    const std::unique_ptr<Waiting> done = std::move(rcu.waiters_.extract(period).mapped());
    done->threads.complete();
    for (const auto& [cpu, callback] : done->callbacks) {
        RcuSoftirq& softirq = rcu.softirqs_[cpu.index()];
        if (softirq.add(*callback)) rcu.scheduler_.processor(cpu).raise(softirq);
    }
}

}  // namespace pcpsim
