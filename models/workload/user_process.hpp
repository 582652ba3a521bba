#pragma once
// A user process of one thread with memory of its own, which the OOM killer may choose.
#include "models/kernel/address_space.hpp"

namespace pcpsim {

class UserProcess : public OomCandidate {
public:
    /// The kernel outlives it, and it the run.
    UserProcess(Kernel& kernel, Thread& thread) : memory{kernel}, thread_{thread} {
        memory.add(thread);
        kernel.reclaim.oom().add(*this);
    }
    UserProcess(const UserProcess&) = delete;
    UserProcess& operator=(const UserProcess&) = delete;
    [[nodiscard]] Thread& thread() override { return thread_; }
    [[nodiscard]] Pages pages() const override { return memory.mapped(); }

    AddressSpace memory;

private:
    Thread& thread_;
};

}  // namespace pcpsim
