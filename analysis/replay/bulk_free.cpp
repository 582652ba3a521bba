// Spills and drains: free_pcppages_bulk() and what follows it.
#include <algorithm>

#include "analysis/replay/names.hpp"
#include "analysis/replay/replay.hpp"

namespace pcpsim {

using namespace trace;

/// The list that the event is about: as its pointer says, or as the events around it show.
RecordedPcp* Replay::pcp_of(const PcpBulkfree& event) {
    if (!kernel_.pcps.empty()) {
        const auto found = kernel_.pcps.find(event.pcp.value);
        if (found != kernel_.pcps.end()) {
            right_file_ = true;
            return &pcp(found->second.first, found->second.second);
        }
        if (!right_file_) refuse("one of the pcps of " + kernel_.file, event.pcp);
        ++result_.no_pcp;  // A zone that has been plugged in has new ones.
        return nullptr;
    }
    const auto next = next_of(*window_, window_->position(), record().actor);
    const auto* drained = next ? std::get_if<PagePcpuDrain>(&window_->at(*next).event) : nullptr;
    if (drained == nullptr) return nullptr;
    const auto zone = zone_of(drained->page);
    if (!zone) return nullptr;
    for (auto at = previous_of(*window_, window_->position(), record().actor); at;
         at = previous_of(*window_, *at, record().actor)) {
        const Event& before = window_->at(*at).event;
        if (const auto* drain = std::get_if<DrainPagesZone>(&before)) {
            if (drain->cpu.index() < kernel_.cpus) return &pcp(drain->cpu, *zone);
            return nullptr;
        }
        if (!std::holds_alternative<PagePcpuDrain>(before) &&
            !std::holds_alternative<PcpBulkfree>(before))
            break;
    }
    return &pcp(record().actor.cpu, *zone);
}

/// Only a spill comes right behind a free, with nothing of the same actor in between.
bool Replay::follows_commit(const RecordedPcp& pcp) const {
    if (!pcp.last_free || pcp.last_free->actor != record().actor) return false;
    const auto previous = previous_of(*window_, window_->position(), record().actor);
    return previous && window_->at(*previous).line == pcp.last_free->line;
}

void Replay::take(const PcpBulkfree& event) {
    if (!probed_) probes_begin();
    RecordedPcp* found = pcp_of(event);
    if (found == nullptr) return;
    RecordedPcp& pcp = *found;
    if (!has_requests_) return take_counted(pcp, event);
    if (pcp.refill) finish_refill(pcp);
    const bool spill = follows_commit(pcp);
    if (!spill) missed_spill(pcp);

    const std::int32_t count = event.fields.count;
    if (count != PcpFields::absent && !pcp.knows_all()) learn_count(pcp, Pages{count}, spill);
    if (spill) compare_spill(pcp, event);
    adopt(pcp, event.fields);
    start_bulk_free(pcp, event, spill);
    // Where the recording says so, no page is left.
    if (count != PcpFields::absent && event.asked >= Pages{count}) pcp.become_empty();
    pcp.last_free.reset();
    const Pages moved =
        count == PcpFields::absent ? event.asked : std::min(event.asked, Pages{count});
    const bool slice = !spill && drains_.take(record(), event, pcp.cpu(), pcp.zone());
    if (pcp.tells()) {
        if (spill)
            requests_->has_spilled(moved);
        else if (slice)
            requests_->has_drained(moved);
        else
            requests_->has_expired(moved);
    }
    if (!spill) count_drain(event);
}

/// Where no free says the count, the spill does.
void Replay::learn_count(RecordedPcp& pcp, Pages count, bool spill) {
    if (spill && !pcp.last_free->spill) {
        pcp.last_free->spill = pcp.spill_at(count, pcp.last_free->order);
    }
    const auto last_free = pcp.last_free;
    pcp.learn_count(count);
    pcp.last_free = last_free;
}

void Replay::compare_spill(RecordedPcp& pcp, const PcpBulkfree& event) {
    TrafficPair& traffic = result_.spills;
    ++traffic.recorded.events;
    traffic.recorded.pages += event.asked;
    if (!pcp.last_free->spill) return result_.checks.unchecked(Check::spill_size, pcp.doubt());
    if (!pcp.is_tuned())
        return result_.checks.unchecked(Check::spill_size, Unchecked::state_not_recorded);
    Pages predicted = *pcp.last_free->spill;
    if (predicted != event.asked && pcp.spills_under_pressure(event.asked, pcp.last_free->order))
        predicted = event.asked;
    if (predicted > Pages{0}) {
        ++traffic.predicted.events;
        traffic.predicted.pages += predicted;
    }
    if (predicted == event.asked)
        result_.checks.matched(Check::spill_size);
    else
        differ(Check::spill_size, pcp, predicted == Pages{0} ? "no spill" : to_string(predicted),
               to_string(event.asked));
}

void Replay::missed_spill(RecordedPcp& pcp) {
    if (!pcp.last_free || !pcp.last_free->spill || !pcp.is_tuned()) return;
    const Pages predicted = *std::exchange(pcp.last_free->spill, Pages{0});
    if (predicted == Pages{0}) return;
    ++result_.spills.predicted.events;
    result_.spills.predicted.pages += predicted;
    differ(Check::spill_size, pcp, to_string(predicted), "no spill");
}

void Replay::start_bulk_free(RecordedPcp& pcp, const PcpBulkfree& event, bool spill) {
    BulkFree bulk;
    bulk.actor = record().actor;
    bulk.pcp = &pcp;
    const bool counted = event.fields.count != PcpFields::absent;
    const Pages count = counted ? Pages{event.fields.count} : pcp.model.count();
    bulk.left = std::min(event.asked, count);
    if (counted) bulk.rest = count - bulk.left;
    bulk.before = pcp.state();
    std::erase_if(bulk_frees_, [&](const BulkFree& other) {
        if (other.actor == bulk.actor) finish_bulk_free(other);
        return other.actor == bulk.actor;
    });
    if (!pcp.knows_all()) {
        result_.checks.unchecked(Check::bulk_order, pcp.doubt());
        pcp.forget(pcp.doubt());
    } else {
        const std::int64_t in_flight = result_.in_flight;
        if (pcp.model.count() > count) settle(pcp, count, InFlight::Cause::remote_drain);
        bulk.explained = result_.in_flight > in_flight;
        if (pcp.model.count() == count) {
            bulk.compared = true;
            if (spill)
                pcp.model.spill(pcp.source, event.asked, pcp.last_free->order, pcp.last_free->type);
            else
                pcp.model.drain(pcp.source, event.asked);
            bulk.expected = pcp.source.take_given();
        } else {
            differ(Check::bulk_order, pcp, "lists that hold " + to_string(pcp.model.count()),
                   to_string(count));
            pcp.forget(Unchecked::after_a_mismatch);
        }
    }
    constexpr std::size_t most = 4096;
    if (bulk.left > Pages{0} && bulk_frees_.size() < most) bulk_frees_.push_back(std::move(bulk));
}

void Replay::take(const PagePcpuDrain& event) {
    drains_.take(record(), event);
    if (!probed_) return leave(event);
    const auto found = std::ranges::find(bulk_frees_, record().actor, &BulkFree::actor);
    if (found == bulk_frees_.end()) return;
    BulkFree& bulk = *found;
    if (bulk.compared) {
        const bool any = bulk.given < bulk.expected.size();
        const RecordedSource::Given next =
            any ? bulk.expected[bulk.given] : RecordedSource::Given{};
        const Pfn page = any ? next.run.at(bulk.block) : Pfn{};
        if (any && ++bulk.block == std::int64_t{next.run.count}) {
            bulk.block = 0;
            ++bulk.given;
        }
        if (!any || page != event.page || next.order != event.order) {
            result_.checks.mismatched(
                {Check::bulk_order, record().line, record().time, place(*bulk.pcp), bulk.before,
                 any ? name_of(page, next.order) : "no more", name_of(event.page, event.order)});
            bulk.compared = false;
            bulk.pcp->forget(Unchecked::after_a_mismatch);
        }
    }
    bulk.left -= event.order.pages();
    if (bulk.left > Pages{0}) return;
    finish_bulk_free(bulk);
    bulk_frees_.erase(found);
}

void Replay::finish_bulk_free(const BulkFree& bulk) {
    if (!bulk.compared) {
        if (bulk.rest && !bulk.pcp->count()) bulk.pcp->learn_count(*bulk.rest + bulk.left);
        return;
    }
    if (bulk.given < bulk.expected.size()) {
        const RecordedSource::Given& next = bulk.expected[bulk.given];
        differ({Check::bulk_order, record().line, record().time, place(*bulk.pcp), bulk.before,
                name_of(next.run.at(bulk.block), next.order), "no more"});
    } else if (bulk.explained) {
        result_.checks.explained(Check::bulk_order);
    } else {
        result_.checks.matched(Check::bulk_order);
    }
}

// drain_pages() and drain_pages_zone() free nothing of a list that is empty, and say so by that.

void Replay::take(const DrainAll& event) {
    drains_.take(record(), event);
    if (!event.forced || !event.zone) return;
    // The lists of the zone have all been disabled before.
    const auto begun = std::ranges::find(disabling_, record().actor.pid, &Disabling::pid);
    if (begun != disabling_.end()) sizes_.disabled(begun->zone);
}

void Replay::take(const DrainReturn& event) {
    drains_.take(record(), event);
    const auto begun = std::ranges::find(disabling_, record().actor.pid, &Disabling::pid);
    if (begun == disabling_.end()) return;
    sizes_.enabling(begun->zone);
    disabling_.erase(begun);
}

void Replay::take(const ZonePcpDisable& event) {
    const auto zone = kernel_.zone_at(event.zone);
    if (!zone) return;
    drains_.zones_may_change();
    constexpr std::size_t most = 64;
    if (disabling_.size() == most) disabling_.erase(disabling_.begin());
    disabling_.push_back({record().actor.pid, *zone});
    sizes_.disabling(*zone);
}

void Replay::take(const DrainPages& event) {
    drains_.take(record(), event);
    if (!has_requests_ || event.cpu.index() >= kernel_.cpus) return;
    std::vector<bool> has_pages(kernel_.zones.size());
    auto at = next_of(*window_, window_->position(), record().actor);
    for (; at; at = next_of(*window_, *at, record().actor)) {
        const Event& event_at = window_->at(*at).event;
        if (const auto* drained = std::get_if<PagePcpuDrain>(&event_at)) {
            if (const auto zone = zone_of(drained->page)) has_pages[*zone] = true;
        } else if (!std::holds_alternative<PcpBulkfree>(event_at)) {
            break;
        }
    }
    if (!at) return;
    for (std::size_t zone = 0; zone < kernel_.zones.size(); ++zone)
        if (!has_pages[zone]) found_empty(pcp(event.cpu, zone));
}

void Replay::take(const DrainPagesZone& event) {
    drains_.take(record(), event);
    if (!has_requests_ || event.cpu.index() >= kernel_.cpus) return;
    const auto next = next_of(*window_, window_->position(), record().actor);
    if (!next || std::holds_alternative<PcpBulkfree>(window_->at(*next).event)) return;
    if (const auto zone = kernel_.zone_at(event.zone)) found_empty(pcp(event.cpu, *zone));
}

void Replay::found_empty(RecordedPcp& pcp) {
    if (pcp.refill) finish_refill(pcp);
    if (!pcp.knows_all()) pcp.become_empty();
}

void Replay::take(const DecayPcpHigh& event) {
    gives_back_on_its_own(event.pcp);
    const auto zone = kernel_.zone_at(event.zone);
    if (!has_requests_ || !zone) return;
    RecordedPcp& own = pcp(record().actor.cpu, *zone);
    check_pointer(own, event.pcp);
    // With PREEMPT_RT a refill may be under way, whose size was found out before.
    if (own.refill && goes_on(*own.refill)) return;
    if (own.refill) finish_refill(own);
    if (event.fields.count != PcpFields::absent && !own.knows_all())
        own.learn_count(Pages{event.fields.count});
    adopt(own, event.fields);
    own.model.decay();
    if (own.tells()) requests_->decayed(own.cpu(), own.zone());
}

}  // namespace pcpsim
