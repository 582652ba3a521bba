// Recordings without allocations and frees: what the lists hold is never known, but each refill,
// spill and drain says how much it moves, and probes say how much the lists held.
#include <algorithm>

#include "analysis/replay/replay.hpp"

namespace pcpsim {

using namespace trace;

/// From here on the lists can become known.
void Replay::requests_begin() {
    has_requests_ = true;
    drains_.forget_held();
    on_their_own_.clear();
}

void Replay::take_counted(const PcpRefill& event) {
    drains_.leave(record().actor);
    const auto zone = kernel_.zone_at(event.zone);
    if (!zone || !layout_.has_list(event.order) || event.type > pcp_types.back()) return;
    RecordedPcp& own = pcp(record().actor.cpu, *zone);
    drains_.held(own.cpu(), own.zone(), Pages{1});
    TrafficPair& traffic = result_.refills[layout_.index(event.order, event.type)];
    ++traffic.recorded.events;
    traffic.recorded.pages += event.asked * event.order;
    ++traffic.predicted.events;
    const auto expected = sizes_.refill(record(), event, own);
    traffic.predicted.pages += expected.value_or(event.asked) * event.order;
}

void Replay::take_counted(RecordedPcp& own, const PcpBulkfree& event) {
    result_.checks.unchecked(Check::bulk_order, Unchecked::move_not_recorded);
    const bool drain = drains_.take(record(), event, own.cpu(), own.zone());
    if (event.fields.count != PcpFields::absent)
        drains_.held(own.cpu(), own.zone(),
                     std::max(Pages{event.fields.count} - event.asked, Pages{0}));
    if (drain || gave_back_on_its_own(event)) {
        ++result_.drains.events;
        result_.drains.pages += event.asked;
        return;
    }
    ++result_.spills.recorded.events;
    result_.spills.recorded.pages += event.asked;
    if (!sizes_.spill(record(), event, own)) return;
    ++result_.spills.predicted.events;
    result_.spills.predicted.pages += event.asked;
}

// A vmstat worker takes pages off the lists of its CPU: of a zone that is remote, or too many.

void Replay::take(const DrainZonePages& event) {
    gives_back_on_its_own(event.pcp);
    const auto zone = kernel_.zone_at(event.zone);
    if (!has_requests_ || !zone) return;
    const RecordedPcp& own = pcp(record().actor.cpu, *zone);
    if (own.tells()) requests_->expired(own.cpu(), own.zone());
}

void Replay::gives_back_on_its_own(Address pcp) {
    drains_.leave(record().actor);
    if (has_requests_) return;
    std::erase_if(on_their_own_, [&](const auto& other) { return other.first == record().actor; });
    constexpr std::size_t most = 4096;
    if (on_their_own_.size() < most) on_their_own_.emplace_back(record().actor, pcp);
}

/// It goes on, a batch or less at a time, until the worker does something else.
bool Replay::gave_back_on_its_own(const PcpBulkfree& event) {
    const auto found =
        std::ranges::find(on_their_own_, record().actor, &std::pair<Actor, Address>::first);
    if (found == on_their_own_.end()) return false;
    if (found->second == event.pcp && event.asked <= Pages{std::max(event.fields.batch, 1)})
        return true;
    on_their_own_.erase(found);
    return false;
}

}  // namespace pcpsim
