#include "models/kernel/active_tasks.hpp"

namespace pcpsim {

ActiveTasks::ActiveTasks(const Machine& machine)
    : machine_{machine},
      on_cpu_(machine.topology.cpus()),
      from_other_caches_(machine.topology.caches()) {}

void ActiveTasks::count(CpuId cpu, std::int64_t change) {
    const CacheId own = machine_.topology.thread(cpu).cache;
    for (std::size_t i = 0; i < from_other_caches_.size(); ++i) {
        const CacheId cache{i};
        if (cache == own) continue;
        const CpuId any = machine_.topology.cpus_of(cache).first();
        from_other_caches_[i] += machine_.interconnect.transfer(cpu, any) * change;
    }
    on_cpu_[cpu.index()] += change;
    size_ += change;
    ++version_;
}

Duration ActiveTasks::fetches_to(CpuId cpu) const {
    const CacheId cache = machine_.topology.thread(cpu).cache;
    Duration fetches = from_other_caches_[cache.index()];
    for (const CpuId near : machine_.topology.cpus_of(cache))
        fetches += machine_.interconnect.transfer(near, cpu) * on_cpu_[near.index()];
    return fetches;
}

}  // namespace pcpsim
