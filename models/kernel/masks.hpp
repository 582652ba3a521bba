#pragma once
// Scopes in which a context stays on its CPU, undisturbed by threads or also by interrupts.
#include "sim/context.hpp"

namespace pcpsim {

/// preempt_disable()
class Pinned {
public:
    explicit Pinned(Context& self) : self_{self} { self_.preempt_disable(); }
    ~Pinned() { self_.preempt_enable(); }
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;

private:
    Context& self_;
};

/// local_irq_save(), and local_lock_irqsave() without PREEMPT_RT
class InterruptsOff {
public:
    explicit InterruptsOff(Context& self) : self_{self} { self_.interrupts_disable(); }
    ~InterruptsOff() { self_.interrupts_enable(); }
    InterruptsOff(const InterruptsOff&) = delete;
    InterruptsOff& operator=(const InterruptsOff&) = delete;

private:
    Context& self_;
};

}  // namespace pcpsim
