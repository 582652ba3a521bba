#pragma once
// The periodic timer interrupt of every busy CPU, at multiples of a jiffy. Idle CPUs have no tick.
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

private:
    class TickInterrupt;
    void arm(CpuId cpu);

    Engine& engine_;
    const Machine& machine_;
    Scheduler& scheduler_;
    Rcu& rcu_;
    std::vector<std::unique_ptr<TickInterrupt>> interrupts_;
    std::vector<EventHandle> armed_;
};

}  // namespace pcpsim
