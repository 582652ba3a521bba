#pragma once
// Expedited grace periods: every CPU that may be a reader is interrupted.
//
//   caller   |- look at each CPU -|- send A, B -|.......... sleeps ..........|- return
//   CPU A                            | interrupt: reports |
//   CPU B                              | interrupt | reader goes on | gives way: reports |
//   CPU C                         (idle, or NOHZ_FULL in user mode: left alone)
//
// They are shared: who asks while one is running waits for the next one and has it in common with
// all who asked meanwhile.
// Kernel: synchronize_rcu_expedited(), kernel/rcu/tree_exp.h, 5.x. There a kworker sends on behalf
// of the caller; what handing over to it costs is left out.
#include "models/kernel/ipi.hpp"
#include "models/kernel/rcu.hpp"
#include "sim/doorbell.hpp"
#include "sim/lock.hpp"

namespace pcpsim {

class ExpeditedRcu final : public SwitchObserver {
public:
    ExpeditedRcu(Engine& engine, const Machine& machine, Scheduler& scheduler, Ipis& ipis,
                 const Rcu& rcu);

    /// synchronize_rcu_expedited(): returns after every reader that ran at the call has ended, and
    /// how many interrupts it sent.
    Task<std::uint64_t> synchronize(Context& self);
    [[nodiscard]] std::uint64_t completed() const { return completed_; }
    /// Warnings that a period has lasted for too long.
    [[nodiscard]] std::uint64_t stalls() const { return stalls_; }

    void switched(CpuId cpu) override { gave_way(cpu); }
    void preempted(CpuId cpu) override { gave_way(cpu); }
    void busy_changed(CpuId cpu, bool) override { gave_way(cpu); }

private:
    /// rcu_exp_handler()
    struct Handler final : CpuFunction {
        explicit Handler(ExpeditedRcu& r) : rcu{r} {}
        Task<> execute(Context& self) override;
        ExpeditedRcu& rcu;
    };
    Task<std::uint64_t> interrupt_readers(Context& self);
    Task<> wait_for_reports(Context& self);
    void report(CpuId cpu);
    void gave_way(CpuId cpu) {
        if (readers_.contains(cpu)) report(cpu);
    }

    const Machine& machine_;
    Scheduler& scheduler_;
    Ipis& ipis_;
    const Rcu& rcu_;
    Handler handler_{*this};
    Mutex mutex_;
    Doorbell all_reported_{"expedited quiescent states"};
    CpuSet waiting_for_;  ///< CPUs that have not reported
    CpuSet readers_;      ///< of these, those that the interrupt found in a read-side section
    bool in_progress_ = false;
    std::uint64_t completed_ = 0;
    std::uint64_t stalls_ = 0;
};

}  // namespace pcpsim
