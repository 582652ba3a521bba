#pragma once
// Process: a coroutine that sleeps, waits and is woken. It needs no processor: what it does between
// two waits takes no time. A Context is a process that pays for what it does, on a processor.
#include <coroutine>
#include <cstdint>
#include <string>
#include <utility>

#include "sim/engine.hpp"
#include "sim/event_queue.hpp"
#include "sim/units.hpp"

namespace pcpsim {

template <class T>
class Task;

/// What a process can wait for, as the stall report names it.
class Waitable {
public:
    virtual ~Waitable() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    /// Who must act before the waiter can go on; null if unknown.
    [[nodiscard]] virtual const Process* holder() const = 0;
};

class Process {
public:
    /// Only a Context works or spins.
    enum class State : std::uint8_t { ready, working, spinning, sleeping, finished };
    enum class Role : std::uint8_t { foreground, daemon };

    /// `kind` and `number` make the name; the text outlives the process.
    Process(Engine& engine, const char* kind, std::uint32_t number, Role role)
        : Process{engine, kind, number, role, false} {}
    virtual ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] Engine& engine() const { return engine_; }
    [[nodiscard]] virtual std::string name() const;
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] Role role() const { return role_; }

    /// Gives the process its coroutine. It starts in this instant, after the events already due.
    void start(Task<void> root);
    /// Ends the process at its suspension point; it leaves every queue it stands in.
    virtual void kill();

    struct SleepAwaiter {
        Process& self;
        Duration duration;
        SleepAwaiter(Process& p, Duration d) : self{p}, duration{d} {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> leaf) const {
            self.block(leaf, nullptr);
            self.timer_ = self.engine_.schedule(self.engine_.now() + duration,
                                                self.has_cpu_ ? alarm : end_sleep, &self);
        }
        void await_resume() const {}
    };
    /// Waits for `duration`, at least 1 ps, or until wake_early(). A thread leaves its CPU; not in
    /// an interrupt or under a spinlock.
    SleepAwaiter sleep(Duration duration) { return SleepAwaiter{*this, duration}; }
    /// Ends a sleep before its time; does nothing if it does not sleep.
    void wake_early();
    /// Asks the process to end when it next looks: what std::stop_token is to a thread. A sleep
    /// ends at once, waiting for somebody else only if that wait is killable.
    virtual void request_stop();
    [[nodiscard]] bool stop_requested() const { return stop_requested_; }

    // The engine's side, for locks and run queues.
    void continue_with(std::coroutine_handle<> next) { continuation_ = next; }
    /// Waits until wake(); `leaf` is what continues.
    void block(std::coroutine_handle<> leaf, const Waitable* target) {
        if (has_cpu_) check_may_sleep();
        leaf_ = leaf;
        waits_for_ = target;
        state_ = State::sleeping;
        if (target == nullptr) return;
        const Process* const holder = target->holder();
        if (holder != nullptr && holder->blocked_by() != nullptr) engine_.check_deadlock(*this);
    }
    /// Whether the wait just begun ends if the process is asked to; until it is over.
    void set_killable(bool killable) { killable_ = killable; }
    void wake();
    [[nodiscard]] const Waitable* waits_for() const { return waits_for_; }
    /// Whom this process cannot go on without, or null.
    [[nodiscard]] virtual const Process* blocked_by() const;
    /// It will go on by itself.
    [[nodiscard]] virtual bool makes_progress() const { return static_cast<bool>(timer_); }

protected:
    Process(Engine& engine, const char* kind, std::uint32_t number, Role role, bool has_cpu)
        : engine_{engine}, role_{role}, has_cpu_{has_cpu}, number_{number}, kind_{kind} {}
    /// Runs the coroutine until it waits or ends.
    void continue_coroutine() {
        if (role_ == Role::foreground) engine_.foreground_runs();
        std::coroutine_handle<> next = std::exchange(leaf_, {});
        do {
            next.resume();
            next = std::exchange(continuation_, {});
        } while (next);
        if (root_.done()) finish();
    }
    /// A derived class does this in its destructor: what the coroutine lets go of may ask for it.
    void destroy_coroutine();

    Engine& engine_;
    const Role role_;
    const bool has_cpu_;  ///< whether it is a Context
    bool stop_requested_ = false;
    bool killable_ = false;
    State state_ = State::ready;
    std::coroutine_handle<> leaf_;  ///< what continues; null while it runs
    const Waitable* waits_for_ = nullptr;

private:
    // These two are called for a Context only, so that a process without a CPU is not slowed.
    virtual void check_may_sleep() const {}
    /// A Context is ready for its CPU.
    virtual void become_runnable() {}
    /// Where it is, for the text of an error.
    [[nodiscard]] virtual std::string place() const { return {}; }
    virtual void ended() const {}
    void finish();
    void set_ready() {
        state_ = State::ready;
        if (has_cpu_)
            become_runnable();
        else
            engine_.post(go_on, this);
    }
    static void alarm(void* process, std::uint64_t);
    static void end_sleep(void* process, std::uint64_t);
    static void go_on(void* process, std::uint64_t);

    std::uint32_t number_;
    const char* kind_;
    std::coroutine_handle<> continuation_;
    std::coroutine_handle<> root_;
    EventHandle timer_;  ///< ends a sleep
};

}  // namespace pcpsim
