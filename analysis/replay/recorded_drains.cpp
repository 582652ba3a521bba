#include "analysis/replay/recorded_drains.hpp"

#include <algorithm>

namespace pcpsim {

using namespace trace;

RecordedDrains::RecordedDrains(const RecordedKernel& kernel, const KernelRules& rules,
                               Checks& checks, Known known, Requests* requests)
    : kernel_{kernel},
      rules_{rules},
      checks_{checks},
      known_{std::move(known)},
      requests_{requests},
      stage_{kernel, rules},
      held_(kernel.zones.size() * kernel.cpus, Held::unknown) {
    for (const RecordedPageset& pageset : kernel.pagesets)
        if (pageset.fields.count >= 0) held(pageset.cpu, pageset.zone, Pages{pageset.fields.count});
}

void RecordedDrains::held(CpuId cpu, std::size_t zone, Pages pages) {
    if (held_.empty()) return;
    held_[index(cpu, zone)] = pages == Pages{0} ? Held::nothing : Held::something;
}

RecordedDrains::Call* RecordedDrains::call_of(std::int32_t caller) {
    const auto found = std::ranges::find(calls_, caller, &Call::caller);
    return found == calls_.end() ? nullptr : &*found;
}

/// A thread that allocates or frees has returned from its drain, recorded or not.
void RecordedDrains::see(const Record& record) {
    seen_.insert(record.actor.cpu);
    if (calls_.empty()) return;
    for (Call& call : calls_)
        if (call.looking && call.caller != record.actor.pid) call.busy.insert(record.actor.cpu);
    const bool request = std::visit(
        [](const auto& event) {
            using E = std::decay_t<decltype(event)>;
            return std::is_same_v<E, PageAlloc> || std::is_same_v<E, PageFree> ||
                   std::is_same_v<E, PcpCommit> || std::is_same_v<E, PcpRefill> ||
                   std::is_same_v<E, BulkAlloc>;
        },
        record.event);
    if (!request || record.actor.context != '.') return;
    close(record.actor.pid);
}

void RecordedDrains::take(const Record& record, const DrainAll& event) {
    if (Call* call = call_of(record.actor.pid)) {
        if (event.inner && !call->inner) {
            call->inner = true;
            if (event.forced) call->reason = DrainReason::lists_disabled;
            return look(*call);
        }
        close(call->caller);
    }
    constexpr std::size_t most = 4096;
    if (calls_.size() == most) calls_.erase(calls_.begin());
    Call call;
    call.caller = record.actor.pid;
    call.line = record.line;
    call.time = record.time;
    call.inner = event.inner;
    if (event.forced) call.reason = DrainReason::lists_disabled;
    if (event.zone) {
        const auto zone = kernel_.zone_at(*event.zone);
        call.known_zone = zone.has_value();
        call.zone = ZoneId{zone.value_or(0)};
    }
    call.alone = calls_.empty();
    for (Call& other : calls_)
        if (other.visited.empty()) other.alone = false;
    call.found.resize(kernel_.zones.size());
    look(call);
    if (requests_ != nullptr && call.known_zone)
        requests_->drain_begins(call.caller, call.zone, call.reason);
    calls_.push_back(std::move(call));
}

void RecordedDrains::look(Call& call) {
    call.busy = call.empty = CpuSet{};
    call.before.assign(kernel_.cpus, Pages{0});
    for (std::size_t number = 0; number < kernel_.cpus; ++number) {
        const CpuId cpu{number};
        std::optional<Pages>& before = call.before[number];
        bool empty = !held_.empty();
        for (std::size_t zone = 0; zone < kernel_.zones.size(); ++zone) {
            if (!covers(call, zone)) continue;
            const std::optional<Pages> pages = known_(cpu, zone);
            before = before && pages ? std::optional{*before + *pages} : std::nullopt;
            empty = empty && held_[index(cpu, zone)] == Held::nothing;
        }
        if (empty) call.empty.insert(cpu);
    }
}

void RecordedDrains::take(const Record& record, const DrainReturn&) {
    leave(record.actor);
    close(record.actor.pid);
}

void RecordedDrains::close(std::int32_t caller) {
    const auto found = std::ranges::find(calls_, caller, &Call::caller);
    if (found == calls_.end()) return;
    Call call = std::move(*found);
    calls_.erase(found);
    finish_cpu(call);
    const auto left = [&] { return std::ranges::find(visits_, caller, &Visit::caller); };
    for (auto visit = left(); visit != visits_.end(); visit = left()) end(visit);
    judge(call);
    if (requests_ == nullptr) return;
    AllocatorCounts recorded;
    const bool gave_up = call.visited.empty() && !call.alone && !call.zone;
    ++(gave_up ? recorded.gave_up : recorded.drains);
    if (!gave_up) {
        recorded.visited = static_cast<std::int64_t>(call.visited.size());
        recorded.left_alone = static_cast<std::int64_t>(kernel_.cpus) - recorded.visited;
    }
    recorded.work_items = static_cast<std::int64_t>((call.queued | call.worked).size());
    requests_->drain_ends(caller, recorded);
}

// Visits.

void RecordedDrains::take(const Record& record, const WorkQueued& event) {
    queueing_recorded_ = true;
    if (!event.drains || event.cpu.index() >= kernel_.cpus) return;
    Call* call = call_of(record.actor.pid);
    if (call == nullptr) return;
    call->queued.insert(event.cpu);
    visit(*call, record, event.cpu);
}

/// The call that has queued work for the CPU; or, if none is recorded to, the one that runs.
RecordedDrains::Call* RecordedDrains::call_for_worker(CpuId cpu) {
    Call* waiting = nullptr;
    for (Call& call : calls_) {
        if (call.worked.contains(cpu)) continue;
        if (call.queued.contains(cpu)) return &call;
        if (waiting == nullptr || (waiting->visited.empty() && !call.visited.empty()))
            waiting = &call;
    }
    return waiting;
}

void RecordedDrains::take(const Record& record, const DrainWork&) {
    leave(record.actor);
    const CpuId cpu = record.actor.cpu;
    Call* call = call_for_worker(cpu);
    if (call != nullptr) {
        call->worked.insert(cpu);
        visit(*call, record, cpu);
    }
    std::optional<std::size_t> zone;
    if (call != nullptr && call->zone) zone = call->zone->index();
    begin_visit(record, cpu, zone, call);
}

/// Up to 5.19, of a work item, or of a CPU that is dead.
void RecordedDrains::take(const Record& record, const DrainPages& event) {
    const auto visit = visit_by(record.actor);
    if (visit != visits_.end() && visit->cpu == event.cpu) return;
    leave(record.actor);
    if (event.cpu.index() < kernel_.cpus) begin_visit(record, event.cpu, std::nullopt, nullptr);
}

/// By itself a CPU empties its lists for compaction, which has pages merge.
void RecordedDrains::take(const Record& record, const DrainLocal& event) {
    const auto visit = visit_by(record.actor);
    if (visit != visits_.end() && visit->caller != 0 && visit->cpu == record.actor.cpu) return;
    leave(record.actor);
    const auto zone = event.zone ? kernel_.zone_at(*event.zone) : std::nullopt;
    if (!event.zone || zone) begin_visit(record, record.actor.cpu, zone, nullptr);
}

void RecordedDrains::take(const Record& record, const DrainPagesZone& event) {
    leave(record.actor);
    const auto zone = kernel_.zone_at(event.zone);
    if (event.cpu.index() >= kernel_.cpus || !zone) return;
    Call* call = call_of(record.actor.pid);
    if (call != nullptr) {
        visit(*call, record, event.cpu);
        visit_zone(*call, event.cpu, *zone);
    }
    begin_visit(record, event.cpu, *zone, call);
}

void RecordedDrains::begin_visit(const Record& record, CpuId cpu, std::optional<std::size_t> zone,
                                 const Call* call) {
    constexpr std::size_t most = 4096;
    if (visits_.size() == most) visits_.erase(visits_.begin());
    Visit visit{record.actor, cpu, zone, call != nullptr ? call->caller : 0};
    visit.left.resize(kernel_.zones.size());
    visit.line = record.line;
    visit.time = record.time;
    visits_.push_back(std::move(visit));
    for (std::size_t i = 0; i < kernel_.zones.size(); ++i)
        if (!zone || zone == i) held(cpu, i, Pages{0});
}

void RecordedDrains::visit(Call& call, const Record& record, CpuId cpu) {
    if (call.visited.empty()) call.runs_since = record.line;
    call.looking = false;
    call.visited.insert(cpu);
    runs(call);
    if (call.overtaken && !call.wrong) {
        call.wrong = true;
        differ(Check::drain_calls, call, to_string(record.actor.cpu), "one drain at a time",
               "another one visits CPUs before this one has ended");
    }
    for (Call& other : calls_)
        if (&other != &call && !other.visited.empty()) other.overtaken = true;
}

/// Since 6.0: CPUs by ascending number, and of each the same zones, all that are populated.
void RecordedDrains::visit_zone(Call& call, CpuId cpu, std::size_t zone) {
    if (call.at_hand != cpu) {
        finish_cpu(call);
        if (call.at_hand && cpu < *call.at_hand)
            differ(Check::drain_visits, call, kernel_.place(cpu, zone), "CPUs in ascending order",
                   "a visit after that to " + to_string(*call.at_hand));
        call.at_hand = cpu;
    }
    if (!covers(call, zone))
        differ(Check::drain_visits, call, kernel_.place(cpu, zone), "only one zone is drained",
               "a visit");
    call.zones.push_back(zone);
}

void RecordedDrains::finish_cpu(Call& call) {
    if (call.zones.empty()) return;
    if (call.first_zones.empty()) call.first_zones = call.zones;
    std::vector<std::size_t> zones = call.zones;
    std::ranges::sort(zones);
    const bool twice = std::ranges::adjacent_find(zones) != zones.end();
    const bool all = call.zone || std::ranges::includes(zones, usual_zones_);
    if (call.zones != call.first_zones || twice || !all)
        differ(Check::drain_visits, call, to_string(*call.at_hand),
               "every zone once, in the order of the first CPU",
               "visits to " + std::to_string(call.zones.size()) + " zones");
    if (!call.zone && !twice) usual_zones_ = std::move(zones);
    call.zones.clear();
}

/// It holds the mutex still, and did when those came that have done nothing since.
void RecordedDrains::runs(Call& call) {
    counts_.gave_up += call.others;
    for (; call.others > 0; --call.others) checks_.matched(Check::drain_calls);
}

void RecordedDrains::drop_calls(Unchecked reason) {
    for (const Call& call : calls_)
        for (std::int64_t i = 0; i <= call.others; ++i)
            checks_.unchecked(Check::drain_calls, reason);
    calls_.clear();
}

void RecordedDrains::take(const LostEvents&) {
    drop_calls(Unchecked::after_lost_events);
    visits_.clear();
    std::ranges::fill(held_, Held::unknown);
}

}  // namespace pcpsim
