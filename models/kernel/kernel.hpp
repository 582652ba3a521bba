#pragma once
// One simulated kernel on one machine: its engine, its memory and its services. A run owns one.
#include "models/kernel/compaction.hpp"
#include "models/kernel/drain_control.hpp"
#include "models/kernel/expedited_rcu.hpp"
#include "models/kernel/ipi.hpp"
#include "models/kernel/memory_bandwidth.hpp"
#include "models/kernel/page_allocator.hpp"
#include "models/kernel/percpu.hpp"
#include "models/kernel/rcu.hpp"
#include "models/kernel/reclaim.hpp"
#include "models/kernel/scheduler.hpp"
#include "models/kernel/ticks.hpp"
#include "models/kernel/tlb.hpp"
#include "models/kernel/vmstat.hpp"
#include "models/kernel/workqueue.hpp"
#include "models/machine/machine.hpp"
#include "models/mm/memory.hpp"
#include "sim/draws.hpp"
#include "sim/engine.hpp"

namespace pcpsim {

struct Kernel {
    /// The machine outlives the kernel.
    Kernel(const Machine& m, const MemorySpec& spec, std::uint64_t seed)
        : Kernel{m, spec, seed, lay_out_zones(m.topology, spec)} {}
    /// For zones known from elsewhere, by ascending start address.
    Kernel(const Machine& machine, const MemorySpec& spec, std::uint64_t seed,
           const std::vector<ZoneSpan>& zones);
    ~Kernel() { engine.shut_down(); }
    /// Drains, and so the hot paths, from now on go this way; the drainer outlives the run.
    void use(Drainer& drainer);
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;

    const Machine& machine;
    Draws draws;
    Engine engine;
    Scheduler scheduler;
    Ipis ipis;
    Tlb tlb;
    Rcu rcu;
    ExpeditedRcu expedited_rcu;
    Ticks ticks;
    Workqueue mm_percpu_wq, system_wq, cgroup_destroy_wq;
    Memory memory;
    PageAllocator pages;
    Vmstat vmstat;
    MemoryBandwidth bandwidth;
    DrainControl drains;
    Compaction compaction;
    Reclaim reclaim;
    Percpu percpu;
};

}  // namespace pcpsim
