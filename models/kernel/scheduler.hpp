#pragma once
// Who runs where: fixed-priority threads first, then fair ones by least virtual runtime (CFS).
//
// A thread is queued on one CPU and stays there: nothing is balanced after wake-up and fork. So a
// kworker's delay follows from its CPU's queue, the running thread's policy, the preemption model
// and whether the CPU has to leave its idle state.
#include <memory>
#include <vector>

#include "models/kernel/thread.hpp"
#include "models/machine/machine.hpp"
#include "sim/processor.hpp"

namespace pcpsim {

/// CFS tunables as the kernel scales them for 8 CPUs or more (get_update_sysctl_factor(), 5.x):
/// latency 6 ms, minimal granularity 0.75 ms and wake-up granularity 1 ms, each x (1 + log2 8).
struct CfsTunables {
    Duration latency = 24_ms;
    Duration min_granularity = 3_ms;
    Duration wakeup_granularity = 4_ms;
};

/// For how long threads of fixed priority may run on a CPU in each period, whether others wait or
/// not (sysctl_sched_rt_runtime, sysctl_sched_rt_period, kernel/sched/rt.c).
struct RtTunables {
    Duration runtime = 950_ms;
    Duration period = 1_s;
};

/// Told of what happens at task level on each CPU.
class SwitchObserver {
public:
    virtual ~SwitchObserver() = default;
    /// Another thread is switched in.
    virtual void switched(CpuId) {}
    /// The running thread gives way to the best one, perhaps itself.
    virtual void preempted(CpuId) {}
    /// The CPU gets its first thread or loses its last one.
    virtual void busy_changed(CpuId cpu, bool busy) = 0;
    /// A second thread, woken just now, wants the CPU.
    virtual void contended(CpuId, Thread&) {}
};

class Scheduler final : public RunQueue {
public:
    Scheduler(Engine& engine, const Machine& machine);
    ~Scheduler() override;

    [[nodiscard]] Processor& processor(CpuId cpu) { return *cpus_[cpu.index()].processor; }
    [[nodiscard]] const Processor& processor(CpuId cpu) const {
        return *cpus_[cpu.index()].processor;
    }
    [[nodiscard]] std::size_t cpus() const { return cpus_.size(); }
    void observe(SwitchObserver& observer) { observers_.push_back(&observer); }

    /// Creates a thread on `cpu`; start() makes it runnable there, or, if the CPU is busy and the
    /// thread not bound, where a wake-up would: not on an isolated CPU, and a daemon not on one
    /// that is NOHZ_FULL. A daemon is a kernel thread that has slept for long.
    Thread& create(std::string name, CpuId cpu, Context::Role role);
    /// Threads queued or running on the CPU.
    [[nodiscard]] std::int64_t running(CpuId cpu) const;
    /// scheduler_tick(): the running thread gives way once its slice is used up, or the time that
    /// threads of fixed priority have in each period.
    void tick(CpuId cpu);
    /// Tells the threads that could run on the CPU, but were interrupted or displaced, why.
    void blame(CpuId cpu, InterruptionCause cause);
    /// Whether the CPU runs a thread of this process, and not just none of another one.
    [[nodiscard]] bool runs(CpuId cpu, const Mm& mm) const {
        const Thread* const current = cpus_[cpu.index()].current;
        return current != nullptr && current->mm == &mm;
    }
    /// leave_mm(): the CPU, which runs no thread of a process, forgets whose it ran last.
    void leave_mm(CpuId cpu) { switch_mm(of(cpu), nullptr); }
    /// Reschedule interrupts sent to the CPU from others.
    [[nodiscard]] std::uint64_t resched_ipis(CpuId cpu) const { return cpus_[cpu.index()].ipis; }

    Context* pick(Processor& processor) override;
    void put_back(Context& thread) override;
    void wake(Context& thread) override;
    void departed(Context& thread) override;

private:
    class ReschedIpi;
    class RtPeriod;
    /// Why a thread is put into a queue.
    enum class Cause : std::uint8_t { woken, preempted };
    struct Cpu {
        std::unique_ptr<Processor> processor;
        std::unique_ptr<ReschedIpi> resched_ipi;
        std::unique_ptr<RtPeriod> rt;
        std::vector<Thread*> queue;      ///< best first
        std::vector<Thread*> displaced;  ///< of the queue, those who record interruptions
        Thread* current = nullptr;
        const Thread* previous = nullptr;  ///< who ran last, for the cost of switching
        Mm* mm = nullptr;                  ///< that it has loaded
        Duration min_vruntime;
        bool busy = false;
        bool ipi_pending = false;
        std::uint64_t ipis = 0;
    };
    [[nodiscard]] Cpu& of(CpuId cpu) { return cpus_[cpu.index()]; }
    [[nodiscard]] Cpu& of(const Context& thread) { return of(thread.processor().id()); }
    void enqueue(Cpu& cpu, Thread& thread, Cause cause);
    void account(Cpu& cpu);
    [[nodiscard]] Thread* take_best(Cpu& cpu);
    void kick(Cpu& cpu);
    static void switch_mm(Cpu& cpu, Mm* mm);
    void set_busy(Cpu& cpu, bool busy);
    [[nodiscard]] bool preempts(const Cpu& cpu, const Thread& woken) const;
    [[nodiscard]] CpuId select_cpu(const Thread& thread) const;

    Engine& engine_;
    const Machine& machine_;
    CpuSet balanced_, housekeeping_;
    CfsTunables tunables_;
    std::vector<Cpu> cpus_;
    std::vector<SwitchObserver*> observers_;
};

}  // namespace pcpsim
