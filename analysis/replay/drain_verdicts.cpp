// What a recorded drain did, beside what the strategy does.
#include <algorithm>

#include "analysis/replay/recorded_drains.hpp"

namespace pcpsim {
namespace {

/// A page is taken off its list before the recording names it: so many may be gone already.
constexpr Pages most_in_flight{32};

}  // namespace

void RecordedDrains::judge(Call& call) {
    ++counts_.calls;
    counts_.work_items += static_cast<std::int64_t>((call.queued | call.worked).size());
    for (; call.others > 0; --call.others)
        checks_.unchecked(Check::drain_calls, Unchecked::drain_under_way);
    if (!call.known_zone)
        return checks_.unchecked(Check::drain_calls, Unchecked::state_not_recorded);
    if (call.visited.empty() && !call.alone && !DrainControl::waits_for_others(call.zone))
        return judge_beside_others(call);
    judge_visits(call);
}

/// It has done nothing. If another one runs before and after it, it has given up.
void RecordedDrains::judge_beside_others(const Call& call) {
    const auto holder = std::ranges::find_if(calls_, [&](const Call& other) {
        return !other.visited.empty() && other.runs_since < call.line;
    });
    if (holder != calls_.end())
        ++holder->others;
    else
        checks_.unchecked(Check::drain_calls, Unchecked::drain_under_way);
}

void RecordedDrains::judge_visits(const Call& call) {
    std::vector<CpuSet> with_pages = call.found;
    for (std::size_t number = 0; number < kernel_.cpus; ++number) {
        // A CPU of which nothing else is known had pages if it is visited.
        const CpuId cpu{number};
        const std::optional<Pages> before = held_before(call, cpu);
        if (before ? *before > Pages{0} : call.visited.contains(cpu))
            with_pages[call.zone ? call.zone->index() : 0].insert(cpu);
    }
    const DrainStage::Outcome predicted = stage_.drain(with_pages, call.zone, call.reason);
    if (call.visited.empty() && !predicted.visited.empty()) {
        differ(Check::drain_calls, call, "", "it runs, and visits " + to_string(predicted.visited),
               "it gives up");
        return;
    }
    const std::int64_t doubts = checks_.tally(Check::drain_visits).unchecked_sum();
    for (std::size_t number = 0; number < kernel_.cpus; ++number) {
        const CpuId cpu{number};
        if (call.visited.contains(cpu))
            judge_visited(call, cpu, predicted);
        else
            judge_left_alone(call, cpu, predicted);
    }
    if (call.wrong) return;
    if (call.visited.empty() && checks_.tally(Check::drain_visits).unchecked_sum() > doubts)
        return checks_.unchecked(Check::drain_calls, Unchecked::count_not_recorded);
    checks_.matched(Check::drain_calls);
}

void RecordedDrains::judge_visited(const Call& call, CpuId cpu,
                                   const DrainStage::Outcome& predicted) {
    ++counts_.visited;
    if (!predicted.visited.contains(cpu))
        return differ(Check::drain_visits, call, to_string(cpu), "left alone, as it has no pages",
                      "a visit");
    const bool found =
        std::ranges::any_of(call.found, [cpu](const CpuSet& cpus) { return cpus.contains(cpu); });
    const bool known =
        found || held_before(call, cpu) || call.reason == DrainReason::lists_disabled;
    if (known)
        checks_.matched(Check::drain_visits);
    else  // Its pages may have gone since the drain looked.
        checks_.unchecked(Check::drain_visits, Unchecked::list_in_use);
    const bool expected = predicted.work_items.contains(cpu);
    const bool queued = queueing_recorded_ ? call.queued.contains(cpu) : call.worked.contains(cpu);
    const bool worked = call.worked.contains(cpu);
    if (queued == expected && worked == expected) return checks_.matched(Check::drain_work_items);
    differ(Check::drain_work_items, call, to_string(cpu),
           expected ? "a work item" : "no work item: the caller empties the lists",
           queued == worked ? (queued ? "a work item" : "no work item")
           : queued         ? "a work item that does not run"
                            : "a work item that was not queued");
}

void RecordedDrains::judge_left_alone(const Call& call, CpuId cpu,
                                      const DrainStage::Outcome& predicted) {
    ++counts_.left_alone;
    const std::optional<Pages> before = held_before(call, cpu);
    if (!predicted.visited.contains(cpu)) {
        if (before || (call.empty.contains(cpu) && !call.busy.contains(cpu)))
            return checks_.matched(Check::drain_visits);
        return checks_.unchecked(Check::drain_visits, Unchecked::count_not_recorded);
    }
    const bool forced = call.reason == DrainReason::lists_disabled;
    if (forced && !seen_.contains(cpu))  // It may be offline.
        return checks_.unchecked(Check::drain_visits, Unchecked::state_not_recorded);
    if (!forced && before <= most_in_flight)
        return checks_.unchecked(Check::drain_visits, Unchecked::list_in_use);
    differ(Check::drain_visits, call, to_string(cpu), "a visit", "left alone");
}

void RecordedDrains::differ(Check check, const Call& call, std::string where, std::string expected,
                            std::string recorded) {
    std::string before = call.reason == DrainReason::lists_disabled ? "all CPUs, " : "";
    before += call.zone ? kernel_.place(CpuId{0}, call.zone->index()) : "all zones";
    checks_.mismatched({check, call.line, call.time, std::move(where), std::move(before),
                        std::move(expected), std::move(recorded)});
}

}  // namespace pcpsim
