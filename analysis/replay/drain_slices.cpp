// In what slices a drain empties a list: one pcp_bulkfree each.
#include <algorithm>

#include "analysis/replay/recorded_drains.hpp"
#include "analysis/replay/recorded_pcp.hpp"

namespace pcpsim {

using namespace trace;

bool RecordedDrains::take(const Record& record, const PcpBulkfree& event, CpuId cpu,
                          std::size_t zone) {
    const auto found = visit_by(record.actor);
    if (found == visits_.end()) return false;
    Visit& visit = *found;
    if (visit.cpu != cpu || (visit.zone && *visit.zone != zone) || visit.left[zone] == Pages{0}) {
        leave(record.actor);
        return false;
    }
    ++counts_.slices;
    if (Call* call = call_of(visit.caller)) {
        call->found[zone].insert(cpu);
        runs(*call);
    }
    if (event.fields.count == PcpFields::absent) {
        checks_.unchecked(Check::drain_slices, Unchecked::count_not_recorded);
        return true;
    }
    const Pages due = next_slice(event.fields);
    if (event.asked == due)
        checks_.matched(Check::drain_slices);
    else
        checks_.mismatched({Check::drain_slices, record.line, record.time, kernel_.place(cpu, zone),
                            "count " + std::to_string(event.fields.count), to_string(due),
                            to_string(event.asked)});
    visit.left[zone] = std::max(Pages{event.fields.count} - event.asked, Pages{0});
    held(cpu, zone, *visit.left[zone]);
    if (requests_ != nullptr)
        requests_->drained(visit.caller, cpu, zone, visit.left[zone] == Pages{0});
    return true;
}

/// A thread may be moved to another CPU in the midst of it.
std::vector<RecordedDrains::Visit>::iterator RecordedDrains::visit_by(const Actor& actor) {
    return std::ranges::find_if(visits_, [&](const Visit& visit) {
        return visit.actor.pid == actor.pid && visit.actor.context == actor.context;
    });
}

/// As a list of that many pages does.
Pages RecordedDrains::next_slice(const PcpFields& fields) const {
    if (fields.count <= 0) return Pages{0};
    RecordedPcp list{rules_, CpuId{0}, 0};
    list.adopt(fields);
    PageRuns pages;
    pages.push_tail(PageRun{Pfn{0}, static_cast<std::uint32_t>(fields.count), 1});
    list.refill_with(Order{0}, MigrateType::movable, pages);
    return list.model.drain(list.source, list.model.drain_slice()).pages;
}

void RecordedDrains::leave(const Actor& actor) {
    const auto found = visit_by(actor);
    if (found != visits_.end()) end(found);
}

void RecordedDrains::end(std::vector<Visit>::iterator visit) {
    // Somebody has taken the rest of the list, or it was not freed.
    for (const std::optional<Pages> left : visit->left)
        if (left > Pages{0}) checks_.unchecked(Check::drain_slices, Unchecked::list_in_use);
    if (requests_ != nullptr) requests_->drain_left(visit->caller, visit->cpu, visit->zone);
    visits_.erase(visit);
}

}  // namespace pcpsim
