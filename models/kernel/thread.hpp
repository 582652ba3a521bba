#pragma once
// A schedulable thread: a user process's or a kernel thread's flow of control.
#include <cstdint>
#include <optional>
#include <string>

#include "models/kernel/interruption_cause.hpp"
#include "models/machine/cpu_set.hpp"
#include "sim/context.hpp"

namespace pcpsim {

enum class SchedPolicy : std::uint8_t { normal, fifo };

/// The CPUs whose TLBs may hold translations of one process (mm_cpumask()): those that run a thread
/// of it, and those that have run none of another process since, be it idle or a kernel thread
/// (lazy TLB mode).
struct Mm {
    CpuSet cpus;
};

class Thread final : public Context {
public:
    Thread(Engine& engine, std::string name, Role role)
        : Context{engine, std::move(name), Level::task, role} {}

    SchedPolicy policy = SchedPolicy::normal;
    int rt_priority = 0;         ///< 1 to 99 with SchedPolicy::fifo; higher runs first
    std::optional<CpuId> bound;  ///< the only CPU it may run on
    InterruptionCause displaces = InterruptionCause::thread;  ///< what those it displaces are told
    Mm* mm = nullptr;  ///< of its process, and outlives the run; null of kernel threads
    CpuSet allowed;    ///< where else than on its last CPU a wake-up may put it

private:
    friend class Scheduler;
    Duration vruntime_;
    Time on_cpu_since_;
};

}  // namespace pcpsim
