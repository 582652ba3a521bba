#pragma once
// Processor: a preemptible resource with numbered levels. What is preempted keeps its remaining
// time; masks postpone; the time ledger adds up to the clock. Who runs at task level is the run
// queue's choice.
#include <array>
#include <cstdint>
#include <deque>

#include "sim/context.hpp"
#include "sim/event_queue.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// Chooses among runnable threads. The kernel's scheduler implements it.
class RunQueue {
public:
    virtual ~RunQueue() = default;
    /// Takes the next thread for `processor` out of its queue; null leaves the processor idle.
    virtual Context* pick(Processor& processor) = 0;
    /// A runnable thread lost its processor.
    virtual void put_back(Context& thread) = 0;
    /// A thread became runnable: queue it and let its processor know.
    virtual void wake(Context& thread) = 0;
    /// A thread sleeps or has ended.
    virtual void departed(Context&) {}
};

/// A source of interrupts; each delivery runs `handle` in a frame of its level.
class Interrupt {
public:
    explicit Interrupt(Level level) : level_{level} {}
    virtual ~Interrupt() = default;
    [[nodiscard]] Level level() const { return level_; }
    /// `self` is the frame on the interrupted processor.
    virtual Task<void> handle(Context& self) = 0;

private:
    Level level_;
};

class Processor {
public:
    Processor(Engine& engine, CpuId id, RunQueue& run_queue);
    ~Processor();
    Processor(const Processor&) = delete;
    Processor& operator=(const Processor&) = delete;

    [[nodiscard]] CpuId id() const { return id_; }
    [[nodiscard]] Engine& engine() const { return engine_; }

    /// Asks for `interrupt` to be handled here: now, or when masks and higher levels allow.
    void raise(Interrupt& interrupt);
    /// Lets the run queue choose again, at once if idle or as soon as the running thread may be
    /// preempted.
    void reschedule();
    /// Work now takes ceil(work x den / num) ps. What runs is settled at the old rate first.
    void set_rate(Ratio rate);

    // Looking: nothing is stored, and nothing later depends on having looked.
    [[nodiscard]] bool idle() const { return idle_; }
    /// What the processor's time goes to now.
    [[nodiscard]] Activity activity() const;
    /// What the thread on this processor was doing when it was interrupted, or does now.
    [[nodiscard]] Activity task_activity() const;
    [[nodiscard]] const Context* thread() const { return task_; }
    [[nodiscard]] Ledger ledger() const;
    /// What `context`, if it is the one that uses this CPU now, has used since it was last stopped.
    void add_unsettled(const Context& context, Ledger& ledger) const;
    [[nodiscard]] std::uint64_t interrupts(Level level) const {
        return delivered_[static_cast<std::size_t>(level)];
    }
    [[nodiscard]] std::uint64_t switches() const { return switches_; }
    /// How long work takes at the present rate.
    [[nodiscard]] Duration lasts(Duration work) const {
        return rate_is_one_ ? work : scale_up(work, {rate_.den, rate_.num});
    }
    /// The frame that keeps `context` from running, if it is interrupted here.
    [[nodiscard]] const Context* frame_above(const Context& context) const;

    // Touching: for contexts and locks.
    void wake(Context& thread) { run_queue_.wake(thread); }
    /// Brings what runs here up to this instant and looks again for what should run.
    void post();
    /// Brings what runs here up to this instant; its remaining work becomes explicit, and a burst
    /// ends with the operation in hand.
    void settle();
    /// Releases the locks that only the first operation of a burst held, if that one is over. No
    /// event is behind it, so nothing else can tell when it happened.
    void release_passed();
    /// See Context; it has a burst in hand.
    void catch_up(Context& context);
    void end_burst(Context& context);
    /// The thread is killed.
    void remove(Context& thread);

private:
    /// Where a context stands in its work after some time on the CPU.
    struct Progress {
        Duration overhead;        ///< left to pay before any phase
        std::uint32_t index = 0;  ///< the phase in hand; the number of phases when all are done
        Duration remaining;       ///< of that phase, at full rate
        bool entered = false;     ///< its flags are in force
        std::uint32_t begun = 0;  ///< operations of a burst, after its first
        Activity activity = Activity::kernel;  ///< what the CPU does at this instant
    };
    [[nodiscard]] Context* top() const;
    [[nodiscard]] Duration done_in(Duration elapsed) const {
        return rate_is_one_ ? elapsed : scale_down(elapsed, rate_);
    }
    /// `visit(activity, duration, finished phase or null)` is called for each piece of `elapsed`.
    template <class Visit>
    Progress progress(const Context& context, Duration elapsed, bool own_turn, Visit visit) const;
    /// Goes on through the phases of one operation, as far as `elapsed` lasts, and takes from it
    /// what they used. `more`: another operation of the burst follows.
    template <class Visit>
    bool finishes_operation(const Context& context, Progress& at, Duration& elapsed, bool own_turn,
                            bool more, Visit visit) const;
    [[nodiscard]] Progress progress_now() const;
    void measure(const Context& context);
    [[nodiscard]] Activity activity_of_stretch() const;
    void settle(bool own_turn);
    void complete();
    static void tell_burst(Context& context, std::uint32_t begun);
    static void release_first(Context& context);
    [[nodiscard]] std::uint32_t begun_now(const Context& context) const;
    static void leave_burst(Context& context, std::uint32_t begun);
    void proceed();
    bool deliver_interrupt();
    [[nodiscard]] std::uint8_t mask_of(const Context& context) const;
    [[nodiscard]] bool may_preempt(const Context& context) const;
    [[nodiscard]] bool must_stop_after_phase(const Context& context) const;
    [[nodiscard]] bool is_leaving(const Context& context) const;
    void leave(Context& context);
    void start_stretch(Context& context);
    void set_idle(bool idle);
    static Activity account_of(const Context& context, Activity activity);
    void charge(Context& context, Activity activity, Duration duration);
    static void boundary_reached(void* processor, std::uint64_t);
    static void posted(void* processor, std::uint64_t);

    Engine& engine_;
    CpuId id_;
    RunQueue& run_queue_;
    Ratio rate_;
    bool rate_is_one_ = true;
    bool need_resched_ = false;
    bool is_posted_ = false;
    bool proceeding_ = false;
    bool idle_ = true;
    Context* task_ = nullptr;                ///< thread on the CPU, running or interrupted
    std::array<Context*, levels> frames_{};  ///< active interrupt frame of each level
    std::uint8_t active_frames_ = 0;
    std::array<Context*, levels> frame_contexts_{};  ///< reused from one interrupt to the next
    std::array<std::deque<Interrupt*>, levels> pending_;
    std::size_t pending_count_ = 0;
    Context* stretch_ = nullptr;  ///< who has used the CPU without interference since epoch_
    Time epoch_;
    bool whole_ = false;  ///< the stretch is nothing but all of the work in hand
    // In a stretch of all work: how long the operation in hand, overhead included, and each one
    // that follows last.
    Duration rest_;
    Duration each_;
    EventHandle boundary_;
    Ledger ledger_{};
    std::array<std::uint64_t, levels> delivered_{};
    std::uint64_t switches_ = 0;
};

}  // namespace pcpsim
