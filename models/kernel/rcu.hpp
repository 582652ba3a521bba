#pragma once
// Normal grace periods. They are shared: a request in mid-period waits for the next one. A period
// ends when every CPU has passed a quiescent state: tick, context switch, idle, or user mode on a
// NOHZ_FULL CPU. A CPU reports at its tick; the scan finds those that have none.
//
//   request |-- start --|------- ticks report -------| scan for idle CPUs |-- end --| next tick
//                        <------ jiffies_till_first_fqs ------>               callbacks: waiters
//                        wake                                                  call_rcu(): softirqs
//
// Kernel: rcu_gp_kthread(), rcu_gp_fqs_loop(), 5.x; constants of kernel/rcu/tree.h.
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "models/kernel/ipi.hpp"
#include "models/kernel/rcu_callbacks.hpp"
#include "models/kernel/scheduler.hpp"
#include "sim/completion.hpp"
#include "sim/doorbell.hpp"
#include "sim/task.hpp"

namespace pcpsim {

class Rcu final : public SwitchObserver {
public:
    /// RCU_CPU_STALL_TIMEOUT: how long a period lasts before the kernel warns of it.
    static constexpr Duration stall_timeout = 21_s;

    Rcu(Engine& engine, const Machine& machine, Scheduler& scheduler, Ipis& ipis);
    /// Creates the grace-period kthread, on the first CPU that takes such work.
    void start();

    /// synchronize_rcu(): returns after every reader that ran at the call has ended.
    Task<> synchronize(Context& self);
    /// call_rcu(): the callback is invoked after such a period, on the caller's CPU, or, if that is
    /// NOHZ_FULL and so offloads its callbacks, on the first one that takes such work.
    Task<> call(Context& self, RcuCallback& callback);
    /// rcu_sched_clock_irq(): the CPU reports, unless it has been in one read-side section since
    /// the start of the period and still is, as the interrupted thread is pinned.
    void tick(CpuId cpu, bool pinned);
    /// Idle, or in user mode on a NOHZ_FULL CPU: nobody needs to wake or interrupt it.
    [[nodiscard]] bool in_extended_quiescent_state(CpuId cpu) const;
    [[nodiscard]] std::uint64_t completed() const { return completed_; }
    /// Warnings that a period has lasted for too long.
    [[nodiscard]] std::uint64_t stalls() const { return stalls_; }
    /// jiffies_till_first_fqs and jiffies_till_next_fqs: 1 + (HZ > 250) + (HZ > 500) + CPUs / 256.
    [[nodiscard]] Duration scan_interval() const;
    /// jiffies_till_sched_qs: HZ / 10 + CPUs / 256. After so long, and again each time, a NOHZ_FULL
    /// CPU that stays in the kernel is interrupted.
    [[nodiscard]] Duration patience() const;

    void switched(CpuId cpu) override { passed_.insert(cpu); }
    void busy_changed(CpuId cpu, bool) override { passed_.insert(cpu); }

private:
    /// The interrupt does what a tick would.
    struct Urge final : CpuFunction {
        explicit Urge(Rcu& r) : rcu{r} {}
        Task<> execute(Context& self) override;
        Rcu& rcu;
    };
    /// Who waits for the end of a period.
    struct Waiting {
        Completion threads{"a grace period"};
        std::vector<std::pair<CpuId, RcuCallback*>> callbacks;
    };
    Waiting& next_full_period();
    Task<> gp_kthread(Context& self);
    Task<> force_quiescent_states(Context& self);
    bool was_in_user_mode(CpuId cpu);
    Task<> press(Context& self, Duration age);
    void wake_waiters();
    static void wake_waiters_at_tick(void* rcu, std::uint64_t period);

    Engine& engine_;
    const Machine& machine_;
    Scheduler& scheduler_;
    Ipis& ipis_;
    Urge urge_{*this};
    Doorbell requests_{"a grace-period request"};
    std::optional<Doorbell> all_reported_;  ///< of the current period
    CpuSet waiting_for_;                    ///< CPUs that have not reported in the current period
    CpuSet passed_;                         ///< CPUs that were quiescent, reported or not
    std::map<CpuId, Duration> user_time_seen_;  ///< by NOHZ_FULL CPU, at the period's first scan
    bool in_progress_ = false;
    std::uint64_t completed_ = 0;
    std::uint64_t requested_ = 0;
    std::uint64_t urged_ = 0;  ///< times in this period
    std::uint64_t stalls_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Waiting>> waiters_;  ///< by the period they need
    std::deque<RcuSoftirq> softirqs_;                            ///< by CPU
};

}  // namespace pcpsim
