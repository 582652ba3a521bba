#pragma once
// Functions that run after a grace period, in a softirq of the CPU that asked for them.
#include <deque>

#include "sim/processor.hpp"
#include "sim/task.hpp"

namespace pcpsim {

/// A rcu_head with its function. It may be used again once it has been invoked.
class RcuCallback {
public:
    virtual ~RcuCallback() = default;
    /// In the softirq `self`, which does not sleep.
    virtual Task<> invoke(Context& self) = 0;
};

/// RCU_SOFTIRQ of a CPU: rcu_do_batch(), 5.x, without its limits.
class RcuSoftirq final : public Interrupt {
public:
    RcuSoftirq() : Interrupt{Level::softirq} {}
    /// Its grace period is over. Whether the softirq has to be raised for it.
    bool add(RcuCallback& callback) {
        ready_.push_back(&callback);
        return ready_.size() == 1;
    }
    Task<> handle(Context& self) override;

private:
    std::deque<RcuCallback*> ready_;
};

}  // namespace pcpsim
