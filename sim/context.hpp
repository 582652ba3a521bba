#pragma once
// Context: who executes. A thread, or an interrupt frame on one processor. Every coroutine of the
// model receives its context as first argument, called `self`, so every cost is charged to
// somebody.
#include <coroutine>
#include <cstdint>
#include <functional>
#include <string>

#include "sim/event_queue.hpp"
#include "sim/ids.hpp"
#include "sim/units.hpp"
#include "sim/work.hpp"

namespace pcpsim {

class Context;
class Engine;
class Processor;
template <class T>
class Task;

/// What a context can wait for, as the stall report names it.
class Waitable {
public:
    virtual ~Waitable() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    /// Who must act before the waiter can go on; null if unknown.
    [[nodiscard]] virtual const Context* holder() const = 0;
};

class Context {
public:
    enum class State : std::uint8_t { ready, working, spinning, sleeping, finished };
    enum class Role : std::uint8_t { foreground, daemon };

    Context(Engine& engine, std::string name, Level level, Role role);
    virtual ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    [[nodiscard]] Engine& engine() const { return engine_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] Level level() const { return level_; }
    [[nodiscard]] Role role() const { return role_; }
    /// Where it runs. Checked: only a pinned context stays where it is.
    [[nodiscard]] CpuId cpu() const;
    /// The processor it runs on, is queued on or last ran on; may change at any sleep.
    [[nodiscard]] Processor& processor() const { return *processor_; }
    [[nodiscard]] bool pinned() const;
    /// CPU time used so far, by activity.
    [[nodiscard]] Ledger spent() const;

    /// Gives the context its coroutine. It starts when it is first put on its processor.
    void start(Task<void> root);
    /// Ends the process at its suspension point; it holds no spinlock.
    void kill();
    /// Called when the root coroutine has ended, before the context is forgotten.
    std::function<void(Context&)> on_finished;

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
    /// The same, with the plan's operations after it. The first one's state change is the caller's.
    RunAwaiter run(const BurstPlan& plan);

    struct SleepAwaiter {
        Context& self;
        Duration duration;
        SleepAwaiter(Context& c, Duration d) : self{c}, duration{d} {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> leaf);
        void await_resume() const {}
    };
    /// Leaves the CPU for `duration`, or until wake_early(). Not in an interrupt or under a
    /// spinlock.
    SleepAwaiter sleep(Duration duration) { return SleepAwaiter{*this, duration}; }
    /// Ends a sleep before its time; does nothing if it does not sleep.
    void wake_early();

    struct StallAwaiter {
        Context& self;
        Time until;
        StallAwaiter(Context& c, Time t) : self{c}, until{t} {}
        bool await_ready() const;
        void await_suspend(std::coroutine_handle<> leaf) const;
        void await_resume() const {}
    };
    /// Keeps the CPU busy until `until`, whatever its rate; interrupts are taken meanwhile.
    StallAwaiter stall(Time until) { return StallAwaiter{*this, until}; }

    void preempt_disable() { ++preempt_depth_; }
    void preempt_enable() { --preempt_depth_; }
    void interrupts_disable() { ++interrupts_off_depth_; }
    void interrupts_enable() { --interrupts_off_depth_; }
    /// Whether run(Duration) in kernel code may be preempted (a preemptible kernel).
    void set_kernel_preemptible(bool preemptible) { kernel_preemptible_ = preemptible; }

    // The engine's side, for locks, processors and run queues.
    void continue_with(std::coroutine_handle<> next) { continuation_ = next; }
    /// Runs the coroutine until it waits or ends.
    void resume();
    /// Leaves the CPU until wake(); `leaf` is what continues.
    void block(std::coroutine_handle<> leaf, const Waitable* target);
    void wake();
    /// Burns CPU until granted(); its place in the queue is the lock's affair.
    void spin(std::coroutine_handle<> leaf, const Waitable& target);
    /// The awaited lock is ours; `handoff` is paid before the coroutine goes on.
    void granted(Duration handoff);
    /// Kernel work to be done before anything else when next on the CPU (a context switch).
    void charge_before_running(Duration overhead);
    [[nodiscard]] const Waitable* waits_for() const { return waits_for_; }
    /// Whom this context cannot run without, or null.
    [[nodiscard]] const Context* blocked_by() const;
    /// It will go on by itself: it runs on its processor, or sleeps for a time.
    [[nodiscard]] bool makes_progress() const;
    void took_spinlock() { ++spinlocks_, ++preempt_depth_; }
    void dropped_spinlock() { --spinlocks_, --preempt_depth_; }
    void set_processor(Processor& processor) { processor_ = &processor; }

private:
    friend class Processor;
    void set_work(Operation phases, std::uint32_t first = 0);
    [[nodiscard]] bool stalls() const {
        return state_ == State::spinning && spin_activity_ == Activity::stall;
    }
    void finish();
    static void timer_expired(void* context, std::uint64_t);

    Engine& engine_;
    std::string name_;
    Level level_;
    Role role_;
    State state_ = State::ready;
    bool kernel_preemptible_ = false;
    bool on_cpu_ = false;         ///< on its processor, running or interrupted
    bool phase_entered_ = false;  ///< the current phase's flags are in force
    int preempt_depth_ = 0;
    int interrupts_off_depth_ = 0;
    int spinlocks_ = 0;
    Processor* processor_ = nullptr;
    std::coroutine_handle<> leaf_;
    std::coroutine_handle<> continuation_;
    // Work in hand: overhead first, then phases from index_ on, `remaining_` left of the current
    // one.
    Duration overhead_;
    bool paying_ = false;  ///< until the turn in which the overhead ends
    const Phase* phases_ = nullptr;
    std::uint32_t phase_count_ = 0;
    std::uint32_t phase_index_ = 0;
    Duration remaining_;
    Phase single_;
    // Operations that follow the one in hand, and how many of them have begun as far as the burst
    // knows.
    Burst* burst_ = nullptr;
    std::uint32_t burst_left_ = 0;
    std::uint32_t burst_again_ = 0;
    std::uint32_t burst_begun_ = 0;
    bool first_released_ = false;  ///< what only the first operation held is released
    const Waitable* waits_for_ = nullptr;
    Activity spin_activity_ = Activity::spin;
    Time stalled_until_;
    EventHandle timer_;  ///< ends a sleep
    Ledger spent_{};
    std::coroutine_handle<> root_;
};

}  // namespace pcpsim
