#pragma once
// A mutex as kernel code takes it: at once if it is free; otherwise the way to sleep is paid for.
#include "models/machine/costs.hpp"
#include "sim/lock.hpp"
#include "sim/task.hpp"

namespace pcpsim {

/// mutex_lock()
inline Task<Guard<Mutex>> mutex_lock(Context& self, Mutex& mutex, const CostTable& costs) {
    Guard<Mutex> guard = mutex.try_acquire(self);
    if (guard) co_return guard;
    co_await self.run(costs.mutex_slowpath);
    co_return co_await mutex.acquire(self);
}

/// mutex_lock_killable(): the guard is empty if the caller is killed while it waits.
inline Task<Guard<Mutex>> mutex_lock_killable(Context& self, Mutex& mutex, const CostTable& costs) {
    Guard<Mutex> guard = mutex.try_acquire(self);
    if (guard) co_return guard;
    co_await self.run(costs.mutex_slowpath);
    co_return co_await mutex.acquire_killable(self);
}

}  // namespace pcpsim
