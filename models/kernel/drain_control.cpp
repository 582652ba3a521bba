#include "models/kernel/drain_control.hpp"

#include <algorithm>

#include "models/kernel/masks.hpp"
#include "models/kernel/mutex_lock.hpp"
#include "sim/engine.hpp"

namespace pcpsim {

Task<> DrainControl::drain_all(Context& self, std::optional<ZoneId> zone, DrainReason reason) {
    const Time called = self.engine().now();
    const std::uint64_t executed_before = statistics_.executed;
    ++statistics_.requested;
    co_await drainer_->drain(self, zone, reason);
    if (statistics_.executed != executed_before)
        statistics_.latencies.push_back(self.engine().now() - called);
}

Task<Guard<Mutex>> DrainControl::disable_lists(Context& self, ZoneId id) {
    Guard<Mutex> limits_are_ours = co_await mutex_lock(self, batch_high_lock_, machine_.costs);
    Zone& zone = memory_.zone(id);
    const PcpTuning& enabled = zone.pcplist(machine_.topology.possible().first()).tuning();
    enabled_limits_ = {enabled.batch, enabled.high_min, enabled.high_max};
    co_await set_limits(self, zone, {Pages{1}, Pages{0}, Pages{0}});
    co_await drain_all(self, id, DrainReason::lists_disabled);
    co_return limits_are_ours;
}

Task<> DrainControl::enable_lists(Context& self, ZoneId id) {
    co_await set_limits(self, memory_.zone(id), enabled_limits_);
}

/// __zone_set_pageset_high_and_batch(): a line of each possible CPU is fetched to be written.
Task<> DrainControl::set_limits(Context& self, Zone& zone, const PcpLimits& limits) {
    const Pinned pinned{self};
    for (const CpuId cpu : machine_.topology.possible()) {
        co_await self.run(machine_.interconnect.transfer(cpu, self.cpu()));
        zone.set_limits(cpu, limits);
    }
}

Task<Guard<Mutex>> DrainControl::begin(Context& self, std::optional<ZoneId> zone) {
    Guard<Mutex> only_drain = mutex_.try_acquire(self);
    if (!only_drain && waits_for_others(zone))
        only_drain = co_await mutex_lock(self, mutex_, machine_.costs);
    ++(only_drain ? statistics_.executed : statistics_.given_up);
    co_return only_drain;
}

std::span<const ZoneId> DrainControl::zones(std::optional<ZoneId> zone) const {
    const std::span<const ZoneId> all{all_zones_};
    return zone ? all.subspan(zone->index(), 1) : all;
}

Task<CpuSet> DrainControl::cpus_to_drain(Context& self, std::optional<ZoneId> zone,
                                         DrainReason reason) {
    if (reason == DrainReason::lists_disabled) {
        count_visited(machine_.topology.online());
        co_return machine_.topology.online();
    }
    const Pinned pinned{self};
    const std::span<const ZoneId> covered = zones(zone);
    CpuSet with_pages;
    Duration reading;
    for (const CpuId cpu : machine_.topology.online()) {
        for (const ZoneId id : covered) {
            reading += machine_.interconnect.transfer(cpu, self.cpu());
            if (memory_.zone(id).pcplist(cpu).count() == Pages{}) continue;
            with_pages.insert(cpu);
            break;
        }
    }
    count_visited(with_pages);
    co_await self.run(reading);
    co_return with_pages;
}

void DrainControl::count_visited(const CpuSet& cpus) {
    last_visited_ = cpus;
    statistics_.cpus_visited += cpus.size();
    if (cpus.empty()) ++statistics_.empty;
    statistics_.cpus_skipped += machine_.topology.online().size() - cpus.size();
}

Task<> DrainControl::drain_local_pages(Context& self, std::optional<ZoneId> zone) {
    const CpuId cpu = self.processor().id();
    scheduler_.blame(cpu, InterruptionCause::drain);
    for (const ZoneId id : zones(zone)) {
        Zone& drained = memory_.zone(id);
        for (Pages left = drained.pcplist(cpu).count(); left > Pages{};) {
            {
                const InterruptsOff local_lock{self};
                left = co_await pages_.drain_pcplist(self, drained, cpu);
            }
            co_await self.run(machine_.costs.irq_save_restore);  // interrupts come in
        }
    }
}

void DrainControl::held_hostage(Pages pages, Duration held) {
    statistics_.most_hostage = std::max(statistics_.most_hostage, pages);
    statistics_.longest_hostage = std::max(statistics_.longest_hostage, held);
}

void DrainControl::asked_by_interrupt(CpuId caller, CpuSet owners, std::uint64_t ipis) {
    count_visited(owners);
    const std::size_t online = machine_.topology.online().size();
    if (2 * owners.size() > online) ++statistics_.global_ipis;
    owners.erase(caller);
    statistics_.ipis += ipis;
    statistics_.ipis_saved += online - 1 - owners.size();
}

}  // namespace pcpsim
