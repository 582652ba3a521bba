#pragma once
// Counters that CPUs keep for themselves are folded into the zones' once per interval, by work on
// each CPU that has changed some. On the way a list of another node's zone that has been idle for
// three intervals gives back a batch, and from 6.7 on each list's high decays.
//
//   shepherd  |- every interval: who has changed counters, but no work coming? -|- queue it -|
//   CPU A       | vmstat_update |... an interval ...| vmstat_update | (nothing to do: ends)
//
// The timers are deferrable: where the CPU is idle they wait until it is busy. On a NOHZ_FULL CPU
// without a tick they wait too, and the shepherd takes the work for not coming.
// Kernel: vmstat_shepherd(), vmstat_update(), refresh_cpu_vm_stats(), quiet_vmstat(), mm/vmstat.c.
#include <deque>

#include "models/kernel/page_allocator.hpp"
#include "models/kernel/ticks.hpp"
#include "models/kernel/workqueue.hpp"

namespace pcpsim {

class Vmstat final : public SwitchObserver {
public:
    Vmstat(Engine& engine, const Machine& machine, const KernelRules& rules, Scheduler& scheduler,
           const Ticks& ticks, Workqueue& queue, Memory& memory, PageAllocator& pages);
    ~Vmstat() override;
    /// start_shepherd_timer()
    void start();

    void busy_changed(CpuId cpu, bool busy) override;

private:
    /// A delayed_work of one CPU.
    class Delayed;
    Task<> shepherd(Context& self);
    Task<> update(Context& self);
    Task<bool> refresh(Context& self, Zone& zone);
    [[nodiscard]] bool is_needed(CpuId cpu) const;

    Engine& engine_;
    const Machine& machine_;
    Scheduler& scheduler_;
    const Ticks& ticks_;
    Workqueue& queue_;
    Memory& memory_;
    PageAllocator& pages_;
    CpuSet watched_;  ///< by the shepherd
    CpuId shepherd_cpu_;
    std::deque<Delayed> updates_;  ///< by CPU
    std::unique_ptr<Delayed> shepherd_;
};

}  // namespace pcpsim
