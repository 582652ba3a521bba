#include "sim/lock.hpp"

#include <algorithm>

#include "sim/check.hpp"
#include "sim/processor.hpp"

namespace pcpsim {
namespace {

void count_wait(LockStatistics& statistics, Duration waited) {
    ++statistics.contentions;
    statistics.waited += waited;
    statistics.waited_max = std::max(statistics.waited_max, waited);
}

}  // namespace

// --- SpinLock

/// A lock held by a phase is released when somebody looks, or at the end of the phase if somebody
/// waits.
void SpinLock::settle_owner() {
    if (owner_ == nullptr) return;
    Processor& processor = owner_->processor();
    processor.release_passed();
    if (owner_ == nullptr) return;
    processor.settle();
    processor.post();
}

void SpinLock::own(Context& self) {
    owner_ = &self;
    ++statistics_.acquisitions;
}

Duration SpinLock::handoff_to(const Context& next) const {
    if (last_ == nullptr || last_ == &next.processor()) return Duration{};
    return lines_.transfer(last_->id(), next.processor().id());
}

bool SpinLock::try_hold(Context& self) {
    settle_owner();
    if (owner_ != nullptr) return false;
    self.took_spinlock();
    own(self);
    return true;
}

void SpinLock::hold_again(Context& owner) {
    owner.took_spinlock();
    owner_ = &owner;
}

void SpinLock::release(Context& owner) {
    PCPSIM_CHECK(owner_ == &owner,
                 owner.name() + " releases " + name_ + ", which it does not hold");
    owner_ = nullptr;
    last_ = &owner.processor();
    owner.dropped_spinlock();
    if (waiters_.empty() || engine_.shutting_down()) return;
    Waiter<Context>& next = waiters_.pop_front();
    own(next.process);
    next.granted_at = engine_.now();
    next.handoff = handoff_to(next.process);
    count_wait(statistics_, next.granted_at - next.since);
    next.process.granted(next.handoff);
}

bool SpinLock::Acquire::await_suspend(std::coroutine_handle<> leaf) {
    Context& self = waiter_.process;
    PCPSIM_CHECK(lock_.owner_ != &self, self.name() + " takes " + lock_.name_ + " twice");
    lock_.settle_owner();
    self.took_spinlock();
    waiter_.since = waiter_.granted_at = lock_.engine_.now();
    stage_ = Stage::waiting;
    if (lock_.owner_ != nullptr) {
        lock_.waiters_.push_back(waiter_);
        self.spin(leaf, lock_);
        return true;
    }
    lock_.own(self);
    const Duration handoff = lock_.handoff_to(self);
    if (owed_ != nullptr) {
        *owed_ += handoff;
        return false;
    }
    waiter_.handoff = handoff;
    Context::RunAwaiter line_arrives = self.run(handoff);
    if (line_arrives.await_ready()) return false;
    line_arrives.await_suspend(leaf);
    return true;
}

Guard<SpinLock> SpinLock::Acquire::await_resume() {
    stage_ = Stage::owned;
    lock_.statistics_.granted_not_running +=
        lock_.engine_.now() - waiter_.granted_at - waiter_.handoff;
    return Guard<SpinLock>{lock_, waiter_.process};
}

SpinLock::Acquire::~Acquire() {
    if (stage_ != Stage::waiting) return;
    if (lock_.owner_ == &waiter_.process)
        lock_.release(waiter_.process);
    else
        waiter_.process.dropped_spinlock();
}

// --- Mutex

Guard<Mutex> Mutex::try_acquire(Process& self) {
    if (owner_ != nullptr) return Guard<Mutex>{};
    own(self);
    return Guard<Mutex>{*this, self};
}

void Mutex::refuse(const Process& process, const char* what) const {
    broken_law(name_ + ": " + process.name() + " " + what);
}

void Mutex::hand_over() {
    Waiter<Process>& next = waiters_.pop_front();
    own(next.process);
    count_wait(statistics_, engine_.now() - next.since);
    if (next.process.waits_for() == this) next.process.wake();  // a killed one is awake
}

}  // namespace pcpsim
