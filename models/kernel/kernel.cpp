#include "models/kernel/kernel.hpp"

namespace pcpsim {
namespace {

const PercpuRules& percpu_rules(const MemorySpec& spec) {
    const PercpuRules* const rules = find_percpu_rules(spec.rules->name);
    PCPSIM_CHECK(rules != nullptr, "every era of pcplists is one of percpu chunks");
    return *rules;
}

}  // namespace

Kernel::Kernel(const Machine& m, const MemorySpec& spec, std::uint64_t seed,
               const std::vector<ZoneSpan>& zones)
    : machine{m},
      draws{seed},
      scheduler{engine, m},
      ipis{engine, m, scheduler},
      tlb{m, scheduler, ipis},
      rcu{engine, m, scheduler, ipis},
      expedited_rcu{engine, m, scheduler, ipis, rcu},
      ticks{engine, m, scheduler, rcu},
      mm_percpu_wq{m, scheduler, "mm_percpu_wq"},
      system_wq{m, scheduler, "events"},
      cgroup_destroy_wq{m, scheduler, "cgroup_destroy"},
      memory{m.topology, spec, zones},
      pages{engine, m, scheduler, memory},
      vmstat{engine, m, *spec.rules, scheduler, ticks, mm_percpu_wq, memory, pages},
      bandwidth{m},
      drains{engine, m, scheduler, pages, memory},
      compaction{engine, m, scheduler, memory, drains},
      reclaim{engine, m, scheduler, memory, pages, drains, compaction},
      percpu{engine, m, percpu_rules(spec), tlb, system_wq, pages} {
    rcu.start();
    vmstat.start();
}

void Kernel::use(Drainer& drainer) {
    drains.use(drainer);
    pages.set_hot_path(drainer.hot_path());
}

}  // namespace pcpsim
