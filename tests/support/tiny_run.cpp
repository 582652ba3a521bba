#include "tests/support/tiny_run.hpp"

#include <stdexcept>

namespace pcpsim {

void TinyRun::list(CpuId cpu, ZoneId id, Pages pages) {
    Zone& zone = kernel.memory.zone(id);
    for (Pages left = pages; left > Pages{}; left -= Pages{1}) {
        const std::optional<Pfn> page = zone.alloc_block(Order{0}, MigrateType::movable);
        zone.free(cpu, page.value(), Order{0}, MigrateType::movable);
    }
}

void TinyRun::check_every_page(std::initializer_list<const Workload*> workloads) const {
    for (const Zone& zone : kernel.memory.zones()) zone.validate();
    Census census{kernel.memory};
    strategy->count_pages(census);
    kernel.pages.in_hand().count_pages(census);
    kernel.reclaim.count_pages(census);
    kernel.percpu.count_pages(census);
    for (const Workload* const workload : workloads) workload->count_pages(census);
    census.finish();
}

Duration TinyRun::drain(std::optional<ZoneId> zone) {
    thread(CpuId{0u}, drain_once, kernel, zone);
    kernel.engine.run();
    return kernel.drains.statistics().latencies.back();
}

Task<> TinyRun::drain_once(Context& self, Kernel& kernel, std::optional<ZoneId> zone) {
    co_await kernel.drains.drain_all(self, zone, DrainReason::forced);
}

std::string TinyRun::disturbed() const {
    CpuSet cpus;
    for (const CpuId cpu : machine.topology.possible()) {
        const Processor& processor = kernel.scheduler.processor(cpu);
        if (processor.switches() + processor.interrupts(Level::hardirq) > 0) cpus.insert(cpu);
    }
    return to_string(cpus);
}

std::int64_t value_of(const Workload& workload, const std::string& name) {
    for (const Measurement& measurement : workload.measure())
        if (measurement.name == name) return measurement.value;
    throw std::out_of_range{name};
}

std::int64_t WorkloadRun::measured(const std::string& metric) const {
    return value_of(*workload, model + "/" + metric);
}

}  // namespace pcpsim
