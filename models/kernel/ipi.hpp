#pragma once
// Function calls on other CPUs by interrupt, and waiting until all have returned.
//
//   caller   |- queue A, B, C -|- send A, B -|- send C -|....... spins .......|- last flag -|
//   CPU A, B                   |-deliver-| interrupt: function |
//   CPU C                                    |-deliver-| interrupt: function |
//
// Each CPU has one queue of calls. Its line is fetched by whoever touches it next; only who finds
// it empty sends an interrupt, whose handler makes all calls. One write to the interrupt controller
// interrupts those CPUs of a cluster that are to be, or all but the caller's own at once.
// Kernel: smp_call_function_many() with wait, generic_smp_call_function_interrupt(),
// kernel/smp.c, 4.8; before that calls to several CPUs had one queue for all. Sends:
// __x2apic_send_IPI_mask(), native_send_call_func_ipi(), 5.4; gic_ipi_send_mask().
#include <memory>
#include <vector>

#include "models/kernel/scheduler.hpp"
#include "models/machine/cpu_set.hpp"
#include "sim/task.hpp"

namespace pcpsim {

/// What interrupted CPUs are to run.
class CpuFunction {
public:
    virtual ~CpuFunction() = default;
    /// `self` is the interrupt's frame, or the caller of on_each_cpu_mask(); interrupts are off.
    virtual Task<> execute(Context& self) = 0;
};

class Ipis {
public:
    Ipis(Engine& engine, const Machine& machine, Scheduler& scheduler);
    ~Ipis();

    /// smp_call_function_many(): runs the function on these CPUs but the caller's own, which spins
    /// until all have returned. The caller is a pinned thread with interrupts on, and is not killed
    /// meanwhile. Returns how many interrupts it sent.
    Task<std::uint64_t> call_function_many(Context& self, CpuSet cpus, CpuFunction& function);
    /// on_each_cpu_mask(): the same, and then on the caller's CPU if it is one of them.
    Task<std::uint64_t> on_each_cpu_mask(Context& self, CpuSet cpus, CpuFunction& function);
    /// smp_call_function_single() of another CPU, without waiting. The caller is pinned; the
    /// function outlives the run.
    Task<> call_function_single(Context& self, CpuId cpu, CpuFunction& function);
    /// Call-function interrupts sent to the CPU.
    [[nodiscard]] std::uint64_t sent_to(CpuId cpu) const;

private:
    class Call;
    class Target;

    Task<> send(Context& self, CpuSet cpus);

    Engine& engine_;
    const Machine& machine_;
    std::vector<std::unique_ptr<Target>> targets_;  ///< by CPU
};

}  // namespace pcpsim
