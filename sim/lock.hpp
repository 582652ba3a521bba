#pragma once
// Two kinds of waiting. A SpinLock's waiters burn their CPU, a Mutex's waiters sleep; the type says
// which. Both are first come, first served, and both hand over before they wake the next.
#include <coroutine>
#include <cstdint>
#include <string>
#include <utility>

#include "sim/check.hpp"
#include "sim/context.hpp"
#include "sim/engine.hpp"
#include "sim/line_transfer.hpp"
#include "sim/waiters.hpp"

namespace pcpsim {

/// What happened at a lock, for reports in the manner of lock_stat.
struct LockStatistics {
    std::uint64_t acquisitions = 0;
    std::uint64_t contentions = 0;
    Duration waited;
    Duration waited_max;
    /// From grant to hand-over or release, for owners that were interrupted when granted.
    Duration granted_not_running;
};

/// Releases its lock when it goes out of scope.
template <class Lock>
class [[nodiscard]] Guard {
public:
    Guard() = default;
    Guard(Lock& lock, typename Lock::Owner& owner) : lock_{&lock}, owner_{&owner} {}
    Guard(Guard&& other) noexcept : lock_{other.lock_}, owner_{other.owner_} {
        other.lock_ = nullptr;
    }
    /// The lock stays held; Phase::held releases it.
    Lock* leave_held() { return std::exchange(lock_, nullptr); }
    Guard& operator=(Guard&& other) noexcept {
        std::swap(lock_, other.lock_);
        std::swap(owner_, other.owner_);
        return *this;
    }
    ~Guard() { unlock(); }
    void unlock() {
        if (lock_ != nullptr) std::exchange(lock_, nullptr)->release(*owner_);
    }
    explicit operator bool() const { return lock_ != nullptr; }

private:
    Lock* lock_ = nullptr;
    typename Lock::Owner* owner_ = nullptr;
};

/// A queued spinlock. The line moves from the last owner's CPU to the next one's, and that takes
/// time: the new owner pays it before it goes on, contended or not.
class SpinLock final : public Waitable {
public:
    using Owner = Context;

    SpinLock(Engine& engine, std::string name, const LineTransfer& lines)
        : engine_{engine}, name_{std::move(name)}, lines_{lines} {}

    class Acquire {
    public:
        Acquire(SpinLock& lock, Context& self, Duration* owed)
            : lock_{lock}, waiter_{self}, owed_{owed} {}
        ~Acquire();
        bool await_ready() const { return false; }
        bool await_suspend(std::coroutine_handle<> leaf);
        Guard<SpinLock> await_resume();

    private:
        SpinLock& lock_;
        Waiter<Context> waiter_;
        Duration* owed_;  ///< null: paid at once
        enum class Stage : std::uint8_t { idle, waiting, owned } stage_ = Stage::idle;
    };
    /// The caller's CPU is busy until the lock is its own. Preemption is off from here to the
    /// release.
    [[nodiscard]] Acquire acquire(Context& self) { return Acquire{*this, self, nullptr}; }
    /// The same, but what the line of a free lock takes is added to `owed`, for the caller to pay
    /// together with what it does next.
    [[nodiscard]] Acquire acquire(Context& self, Duration& owed) {
        return Acquire{*this, self, &owed};
    }
    /// Takes a free lock without paying; for Phase::held and for trylock paths.
    [[nodiscard]] bool try_hold(Context& self);
    void release(Context& owner);
    /// The lock's line is in this processor's cache although it never took the lock.
    void set_home(Processor& processor) { last_ = &processor; }
    /// How long the lock's line takes to where `next` runs, which has just taken it: until then a
    /// burst may have it that nobody has looked at.
    [[nodiscard]] Duration handoff_to(const Context& next) const;
    /// A burst took and released it this often while nobody looked.
    void count_unseen(std::uint32_t times) { statistics_.acquisitions += times; }
    /// The operation that a burst has come to holds it.
    void hold_again(Context& owner);

    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] const Process* holder() const override { return owner_; }
    [[nodiscard]] bool has_waiters() const { return !waiters_.empty(); }
    [[nodiscard]] const LockStatistics& statistics() const { return statistics_; }

private:
    void settle_owner();
    void own(Context& self);

    Engine& engine_;
    std::string name_;
    const LineTransfer& lines_;
    Context* owner_ = nullptr;
    Processor* last_ = nullptr;  ///< where the lock's line is
    Waiters<Context> waiters_;
    LockStatistics statistics_;
};

/// A sleeping lock.
class Mutex final : public Waitable {
public:
    using Owner = Process;

    Mutex(Engine& engine, std::string name) : engine_{engine}, name_{std::move(name)} {}

    template <bool killable>
    class BasicAcquire {
    public:
        BasicAcquire(Mutex& mutex, Process& self) : mutex_{mutex}, waiter_{self} {}
        ~BasicAcquire() {
            // A process killed between the hand-over and its next step passes the mutex on.
            if (!taken_ && mutex_.owner_ == &waiter_.process) mutex_.release(waiter_.process);
        }
        bool await_ready() {
            if (mutex_.owner_ != nullptr) return killable && waiter_.process.stop_requested();
            mutex_.own(waiter_.process);
            return true;
        }
        void await_suspend(std::coroutine_handle<> leaf) {
            if (mutex_.owner_ == &waiter_.process) [[unlikely]]
                mutex_.refuse(waiter_.process, "takes it twice");
            waiter_.since = mutex_.engine_.now();
            mutex_.waiters_.push_back(waiter_);
            waiter_.process.block(leaf, &mutex_);
            if constexpr (killable) waiter_.process.set_killable(true);
        }
        Guard<Mutex> await_resume() {
            taken_ = true;
            if constexpr (killable) {
                waiter_.process.set_killable(false);
                if (mutex_.owner_ != &waiter_.process) return Guard<Mutex>{};
            }
            return Guard<Mutex>{mutex_, waiter_.process};
        }

    private:
        Mutex& mutex_;
        Waiter<Process> waiter_;
        bool taken_ = false;
    };
    using Acquire = BasicAcquire<false>;
    using KillableAcquire = BasicAcquire<true>;
    [[nodiscard]] Acquire acquire(Process& self) { return Acquire{*this, self}; }
    /// The same, but a request to stop ends the wait: then the guard is empty.
    [[nodiscard]] KillableAcquire acquire_killable(Process& self) {
        return KillableAcquire{*this, self};
    }
    /// An empty guard if somebody else owns it.
    Guard<Mutex> try_acquire(Process& self);
    void release(Process& owner) {
        if (owner_ != &owner) [[unlikely]]
            refuse(owner, "releases it and does not hold it");
        owner_ = nullptr;
        if (!waiters_.empty() && !engine_.shutting_down()) hand_over();
    }

    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] const Process* holder() const override { return owner_; }
    [[nodiscard]] const LockStatistics& statistics() const { return statistics_; }

private:
    void own(Process& process) {
        owner_ = &process;
        ++statistics_.acquisitions;
    }
    [[noreturn]] void refuse(const Process& process, const char* what) const;
    void hand_over();

    Engine& engine_;
    std::string name_;
    Process* owner_ = nullptr;
    Waiters<Process> waiters_;
    LockStatistics statistics_;
};

}  // namespace pcpsim
