#pragma once
// The periodic timer interrupt of every busy CPU, at multiples of a jiffy. Idle CPUs have no tick,
// nor have NOHZ_FULL CPUs with a single thread: a second one restarts it, and the first tick that
// finds the thread alone again is the last.
// Kernel: tick_nohz_full_update_tick(), 4.x to 6.x.
#include <memory>
#include <vector>

#include "models/kernel/rcu.hpp"
#include "models/kernel/scheduler.hpp"

namespace pcpsim {

class Ticks final : public SwitchObserver {
public:
    Ticks(Engine& engine, const Machine& machine, Scheduler& scheduler, Rcu& rcu);
    ~Ticks() override;
    void busy_changed(CpuId cpu, bool busy) override;
    void contended(CpuId cpu, Thread& newcomer) override;
    /// Busy NOHZ_FULL CPUs that have no tick now.
    [[nodiscard]] const CpuSet& stopped() const { return stopped_; }

private:
    class TickInterrupt;
    [[nodiscard]] bool can_stop(CpuId cpu) const;
    void arm(CpuId cpu);
    [[nodiscard]] Time next_tick();

    Engine& engine_;
    const Machine& machine_;
    Scheduler& scheduler_;
    Rcu& rcu_;
    std::vector<std::unique_ptr<TickInterrupt>> interrupts_;
    std::vector<EventHandle> armed_;
    Duration jiffy_;
    Time next_;  ///< tick of all CPUs that have one
    CpuSet stopped_;
};

}  // namespace pcpsim
