#include "analysis/replay/counterfactual.hpp"

#include <algorithm>

#include "models/config/errors.hpp"

namespace pcpsim {
namespace {

MemorySpec spec_of(const OtherKernel& other) {
    MemorySpec spec;
    spec.rules = other.rules;
    return spec;
}

std::vector<ZoneSpan> zones_of(const RecordedKernel& recorded) {
    constexpr Pages largest{std::int64_t{1} << 29};  // what a Buddy spans
    std::vector<ZoneSpan> spans;
    for (const RecordedZone& zone : recorded.zones) {
        if (zone.spanned > largest)
            throw ScenarioError{recorded.file + ": expected zones of up to " + to_string(largest) +
                                ", got " + to_string(zone.spanned)};
        spans.push_back({zone.node, ZoneKind::normal, zone.start, zone.spanned, zone.spanned,
                         zone.managed.value_or(zone.spanned)});
    }
    return spans;
}

}  // namespace

Counterfactual::Counterfactual(const RecordedKernel& recorded, const OtherKernel& other)
    : other_{other},
      machine_{machine_of(recorded)},
      memory_{machine_.topology, spec_of(other), zones_of(recorded)},
      stage_{recorded, *other.rules, other.strategy},
      known_(recorded.zones.size() * recorded.cpus) {}

/// What is set, then what the two eras derive by the same rule, then the era's own rule.
PcpLimits Counterfactual::limits_of(const Zone& zone, const PcpTuning& recorded) const {
    const KernelRules& rules = *other_.rules;
    const PcpZoneFacts facts = memory_.pcp_facts(zone, machine_.topology);
    const bool tuned = other_.recorded->tunes_high();
    const auto high = [&](auto rule, auto recorded_rule, Pages value, Pages batch) {
        const bool same =
            rule == recorded_rule && rule(facts, batch) == rule(facts, recorded.batch);
        return other_.pcp.high.value_or(same ? value : rule(facts, batch));
    };
    const Pages batch = other_.pcp.batch.value_or(recorded.batch);
    return {batch,
            high(rules.high_min, other_.recorded->high_min,
                 tuned ? recorded.high_min : recorded.high, batch),
            high(rules.high_max, other_.recorded->high_max,
                 tuned ? recorded.high_max : recorded.high, batch)};
}

void Counterfactual::begin(CpuId cpu, std::size_t index, const Pcplist& list) {
    Zone& own = zone(index);
    own.drain(cpu);
    // The same era goes on from what it has learnt.
    if (other_.rules == other_.recorded) own.set_tuning(cpu, list.tuning());
    if (other_.rules != other_.recorded || other_.pcp.batch || other_.pcp.high)
        own.set_limits(cpu, limits_of(own, list.tuning()));
    const PcpTuning tuning = own.pcplist(cpu).tuning();
    const PcpLayout& layout = list.lists().layout();
    for (std::size_t i = layout.lists(); i-- > 0;) {
        const Order order = layout.order(i);
        const MigrateType type = layout.type(i);
        if (!own.pcplist(cpu).lists().layout().has_list(order)) continue;
        for (Blocks left = list.lists().list(order, type).size(); left > Blocks{};
             left -= Blocks{1})
            if (const auto block = own.alloc_block(order, type)) own.free(cpu, *block, order, type);
    }
    own.set_tuning(cpu, tuning);
    known_[index * own.cpus() + cpu.index()] = true;
}

// Allocations and frees.

void Counterfactual::wanted(CpuId cpu, std::size_t index, Order order, MigrateType type) {
    Zone& own = zone(index);
    if (!own.pcplist(cpu).lists().layout().has_list(order)) return;
    if (!own.needs_refill(cpu, order, type)) return;
    const Moved moved = own.refill(cpu, order, type);
    ++counts_.refills;
    counts_.refilled += moved.pages;
}

std::optional<Pfn> Counterfactual::take(CpuId cpu, std::size_t index, Order order,
                                        MigrateType type) {
    Zone& own = zone(index);
    if (!own.pcplist(cpu).lists().layout().has_list(order)) {
        ++counts_.past_lists;
        return own.alloc_block(order, type);
    }
    wanted(cpu, index, order, type);
    if (own.needs_refill(cpu, order, type)) return std::nullopt;
    return own.pop(cpu, order, type);
}

void Counterfactual::allocated(CpuId cpu, std::size_t index, Pfn block, Order order,
                               MigrateType type) {
    ++allocations_;
    const std::optional<Pfn> got = take(cpu, index, order, type);
    if (got)
        owned_[block.number()] = {*got, order, type};
    else
        ++failed_;
}

void Counterfactual::allocated_in_bulk(CpuId cpu, std::size_t index, MigrateType type,
                                       const PageRun& pages) {
    Zone& own = zone(index);
    for (std::int64_t i = 0; i < std::int64_t{pages.count}; ++i) {
        ++allocations_;
        wanted(cpu, index, Order{0}, type);
        if (own.needs_refill(cpu, Order{0}, type))
            ++failed_;
        else
            owned_[pages.at(i).number()] = {own.take_bulk(cpu, type, Blocks{1}).first, Order{0},
                                            type};
    }
}

/// What the allocation got here; of one that is not known, a block that is free.
std::optional<Counterfactual::Owned> Counterfactual::give_up(std::size_t index, Pfn block,
                                                             Order order, MigrateType type) {
    ++frees_;
    const auto found = owned_.find(block.number());
    if (found != owned_.end() && found->second.order == order) {
        const Owned owned = found->second;
        owned_.erase(found);
        return Owned{owned.block, order, type};
    }
    const std::optional<Pfn> other = zone(index).alloc_block(order, type);
    if (!other) ++failed_;
    return other ? std::optional{Owned{*other, order, type}} : std::nullopt;
}

void Counterfactual::freed(CpuId cpu, std::size_t index, Pfn block, Order order, MigrateType type) {
    if (const auto owned = give_up(index, block, order, type)) free_to_list(cpu, index, *owned);
}

void Counterfactual::free_to_list(CpuId cpu, std::size_t index, const Owned& owned) {
    Zone& own = zone(index);
    if (!own.pcplist(cpu).lists().layout().has_list(owned.order)) {
        ++counts_.past_lists;
        return own.free_block(owned.block, owned.order, owned.type);
    }
    const Pages spill = own.free(cpu, owned.block, owned.order, owned.type);
    if (spill == Pages{0}) return;
    ++counts_.spills;
    counts_.spilled += std::min(spill, own.pcplist(cpu).count());
    own.spill(cpu, spill, owned.order, owned.type);
}

void Counterfactual::allocated_past_lists(CpuId cpu, std::size_t index, Pfn block, Order order,
                                          MigrateType type, bool locked) {
    ++recorded_.past_lists;
    const bool known = known_[index * zone(index).cpus() + cpu.index()];
    if (!locked && known) return allocated(cpu, index, block, order, type);
    ++allocations_;
    ++counts_.past_lists;
    if (const auto got = zone(index).alloc_block(order, type))
        owned_[block.number()] = {*got, order, type};
    else
        ++failed_;
}

void Counterfactual::freed_past_lists(CpuId cpu, std::size_t index, Pfn block, Order order) {
    ++recorded_.past_lists;
    const auto allocated_as = owned_.find(block.number());
    const MigrateType type =
        allocated_as == owned_.end() ? MigrateType::movable : allocated_as->second.type;
    const auto owned = give_up(index, block, order, type);
    if (!owned) return;
    if (known_[index * zone(index).cpus() + cpu.index()]) return free_to_list(cpu, index, *owned);
    ++counts_.past_lists;
    zone(index).free_block(owned->block, order, type);
}

// Drains.

Counterfactual::Drain* Counterfactual::drain_of(std::int32_t caller) {
    const auto found = std::ranges::find(drains_, caller, &Drain::caller);
    return found == drains_.end() ? nullptr : &*found;
}

void Counterfactual::drain_begins(std::int32_t caller, std::optional<ZoneId> only,
                                  DrainReason reason) {
    if (std::ranges::find(known_, true) == known_.end()) return;
    std::erase_if(drains_, [&](const Drain& drain) { return drain.caller == caller; });
    Drain drain{caller, std::vector<CpuSet>(memory_.zones().size())};
    std::vector<CpuSet> with_pages(memory_.zones().size());
    for (const Zone& own : memory_.zones())
        for (const CpuId cpu : machine_.topology.online())
            if (own.pcplist(cpu).count() > Pages{0}) with_pages[own.id().index()].insert(cpu);
    const DrainStage::Outcome outcome = stage_.drain(with_pages, only, reason);
    for (const Zone& own : memory_.zones())
        if (!only || *only == own.id()) drain.due[own.id().index()] = outcome.visited;
    drain.counts.drains = 1;
    drain.counts.visited = static_cast<std::int64_t>(outcome.visited.size());
    drain.counts.left_alone =
        static_cast<std::int64_t>(machine_.topology.cpus()) - drain.counts.visited;
    drain.counts.work_items = static_cast<std::int64_t>(outcome.work_items.size());
    drain.counts.interrupts = outcome.interrupts;
    drains_.push_back(std::move(drain));
}

void Counterfactual::drain_slice(CpuId cpu, std::size_t index, Pages most) {
    Zone& own = zone(index);
    ++counts_.slices;
    counts_.drained += std::min(most, own.pcplist(cpu).count());
    own.drain(cpu, most);
}

void Counterfactual::drained(std::int32_t caller, CpuId cpu, std::size_t index, bool last) {
    Drain* drain = drain_of(caller);
    const bool due = drain != nullptr && drain->due[index].contains(cpu);
    if (caller != 0 && !due) return;
    const Pcplist& list = zone(index).pcplist(cpu);
    if (last)
        empty(cpu, index);
    else if (list.count() > Pages{0})
        drain_slice(cpu, index, list.drain_slice());
    if (last && due) drain->due[index].erase(cpu);
}

void Counterfactual::empty(CpuId cpu, std::size_t index) {
    const Pcplist& list = zone(index).pcplist(cpu);
    while (list.count() > Pages{0}) drain_slice(cpu, index, list.drain_slice());
}

void Counterfactual::drain_left(std::int32_t caller, CpuId cpu, std::optional<std::size_t> only) {
    Drain* drain = drain_of(caller);
    if (drain == nullptr) return;
    for (std::size_t index = 0; index < drain->due.size(); ++index)
        if ((!only || *only == index) && drain->due[index].contains(cpu)) {
            empty(cpu, index);
            drain->due[index].erase(cpu);
        }
}

void Counterfactual::drain_ends(std::int32_t caller, const AllocatorCounts& recorded) {
    Drain* drain = drain_of(caller);
    if (drain == nullptr) return;
    // Whether another one is under way when it is called is a matter of time, and so as recorded.
    if (recorded.gave_up == 0)
        for (std::size_t index = 0; index < drain->due.size(); ++index)
            for (const CpuId cpu : drain->due[index]) empty(cpu, index);
    add_drain(counts_, recorded.gave_up == 0 ? drain->counts : recorded);
    add_drain(recorded_, recorded);
    drains_.erase(drains_.begin() + (drain - drains_.data()));
}

void Counterfactual::add_drain(AllocatorCounts& sum, const AllocatorCounts& drain) {
    sum.drains += drain.drains;
    sum.gave_up += drain.gave_up;
    sum.visited += drain.visited;
    sum.left_alone += drain.left_alone;
    sum.work_items += drain.work_items;
    sum.interrupts += drain.interrupts;
}

// What a vmstat worker gives back.

void Counterfactual::expire(CpuId cpu, std::size_t index, Pages pages) {
    ++counts_.expiries;
    counts_.expired += pages;
    zone(index).drain(cpu, pages);
}

void Counterfactual::expired(CpuId cpu, std::size_t index) {
    const Pcplist& list = zone(index).pcplist(cpu);
    const Pages pages = std::min(list.tuning().batch, list.count());
    if (pages > Pages{0}) expire(cpu, index, pages);
}

void Counterfactual::decayed(CpuId cpu, std::size_t index) {
    const Pages batch = zone(index).pcplist(cpu).tuning().batch;
    for (Pages left = zone(index).decay(cpu); left > Pages{0}; left -= batch)
        expire(cpu, index, std::min(left, batch));
}

}  // namespace pcpsim
