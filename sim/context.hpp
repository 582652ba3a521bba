#pragma once
// Context: who executes. A thread, or an interrupt frame on one processor. Every coroutine of the
// model receives its context as first argument, called `self`, so every cost is charged to
// somebody.
#include <coroutine>
#include <cstdint>
#include <string>

#include "sim/ids.hpp"
#include "sim/process.hpp"
#include "sim/units.hpp"
#include "sim/work.hpp"

namespace pcpsim {

class Interruptions;
class Processor;

class Context : public Process {
public:
    Context(Engine& engine, std::string name, Level level, Role role);
    ~Context() override { destroy_coroutine(); }

    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] Level level() const { return level_; }
    /// Where it runs. Checked: only a pinned context stays where it is.
    [[nodiscard]] CpuId cpu() const;
    /// The processor it runs on, is queued on or last ran on; may change at any sleep.
    [[nodiscard]] Processor& processor() const { return *processor_; }
    [[nodiscard]] bool pinned() const;
    /// CPU time used so far, by activity.
    [[nodiscard]] Ledger spent() const;

    /// From now on `record` is told what keeps the context, a thread, from its processor; it
    /// outlives the run.
    void record_interruptions(Interruptions& record) { interruptions_ = &record; }
    /// Null if nobody has asked for them.
    [[nodiscard]] Interruptions* interruptions() const { return interruptions_; }

    /// It holds no spinlock.
    void kill() override;
    /// A burst of it ends with the operation in hand.
    void request_stop() override;

    struct RunAwaiter {
        Context& self;
        bool has_work;
        RunAwaiter(Context& c, bool w) : self{c}, has_work{w} {}
        bool await_ready() const { return !has_work; }
        void await_suspend(std::coroutine_handle<> leaf) { self.leaf_ = leaf; }
        void await_resume() const {}
    };
    /// Occupies the CPU for `work` in the context's own activity. Zero work does not wait.
    RunAwaiter run(Duration work);
    /// Executes the operation. The table must outlive the await.
    RunAwaiter run(Operation operation);
    /// The same, with the plan's operations after it.
    RunAwaiter run(const BurstPlan& plan);
    /// Lets its burst know of the operations that have begun. Nothing else can tell that it was
    /// asked.
    void catch_up();
    /// Its burst is to end with the operation in hand. Nothing else can tell that it was asked.
    void end_burst();

    struct StallAwaiter {
        Context& self;
        Time until;
        StallAwaiter(Context& c, Time t) : self{c}, until{t} {}
        bool await_ready() const;
        void await_suspend(std::coroutine_handle<> leaf) const;
        void await_resume() const {}
    };
    /// Keeps the CPU busy until `until`, whatever its rate; interrupts are taken meanwhile, and the
    /// thread may be preempted. It stands for many short waits between kernel and user mode.
    StallAwaiter stall(Time until) { return StallAwaiter{*this, until}; }

    void preempt_disable() { ++preempt_depth_; }
    void preempt_enable() { --preempt_depth_; }
    void interrupts_disable() { ++interrupts_off_depth_; }
    void interrupts_enable() { --interrupts_off_depth_; }
    /// Whether run(Duration) in kernel code may be preempted (a preemptible kernel).
    void set_kernel_preemptible(bool preemptible) { kernel_preemptible_ = preemptible; }

    // The engine's side, for locks, processors and run queues.
    /// Runs the coroutine until it waits or ends.
    void resume();
    /// Burns CPU until granted(); its place in the queue is the lock's affair. Who polls in user
    /// mode may be preempted.
    void spin(std::coroutine_handle<> leaf, const Waitable& target,
              Activity activity = Activity::spin);
    /// The awaited lock is ours; `handoff` is paid before the coroutine goes on.
    void granted(Duration handoff);
    /// Kernel work to be done before anything else when next on the CPU (a context switch).
    void charge_before_running(Duration overhead);
    [[nodiscard]] const Process* blocked_by() const override;
    [[nodiscard]] bool makes_progress() const override;
    void took_spinlock() { ++spinlocks_, ++preempt_depth_; }
    void dropped_spinlock() { --spinlocks_, --preempt_depth_; }
    void set_processor(Processor& processor) { processor_ = &processor; }

private:
    friend class Processor;
    void set_work(Operation phases, std::uint32_t first = 0);
    [[nodiscard]] bool stalls() const {
        return state_ == State::spinning && spin_activity_ == Activity::stall;
    }
    void check_may_sleep() const override;
    void become_runnable() override;
    [[nodiscard]] std::string place() const override;
    void ended() const override;

    std::string name_;
    Level level_;
    bool kernel_preemptible_ = false;
    bool on_cpu_ = false;         ///< on its processor, running or interrupted
    bool phase_entered_ = false;  ///< the current phase's flags are in force
    int preempt_depth_ = 0;
    int interrupts_off_depth_ = 0;
    int spinlocks_ = 0;
    Processor* processor_ = nullptr;
    Interruptions* interruptions_ = nullptr;
    // Work in hand: overhead first, then phases from index_ on, `remaining_` left of the current
    // one.
    Duration overhead_;
    bool paying_ = false;  ///< until the turn in which the overhead ends
    const Phase* phases_ = nullptr;
    std::uint32_t phase_count_ = 0;
    std::uint32_t phase_index_ = 0;
    Duration remaining_;
    Phase single_;
    // A burst in hand: operations that follow the first one, and how many of all it knows to have
    // begun.
    Burst* burst_ = nullptr;
    std::uint32_t burst_left_ = 0;
    std::uint32_t burst_again_ = 0;
    std::uint32_t burst_told_ = 0;
    bool first_released_ = false;  ///< what only the first operation held is released
    Activity spin_activity_ = Activity::spin;
    Time stalled_until_;
    Ledger spent_{};
};

}  // namespace pcpsim
