// Refills, and the allocations in bulk that may cause several of them.
#include <algorithm>

#include "analysis/replay/names.hpp"
#include "analysis/replay/replay.hpp"

namespace pcpsim {

using namespace trace;

namespace {

/// Erases the first element that satisfies the condition, and returns whether there was one.
template <class Element, class Condition>
bool erase_first(std::vector<Element>& elements, Condition condition) {
    const auto found = std::find_if(elements.begin(), elements.end(), condition);
    if (found == elements.end()) return false;
    elements.erase(found);
    return true;
}

}  // namespace

void Replay::take(const PcpRefill& event) {
    if (!has_requests_) return take_counted(event);
    for (std::size_t zone = 0; zone < kernel_.zones.size(); ++zone) {
        RecordedPcp& own = pcp(record().actor.cpu, zone);
        if (own.refill && own.refill->actor == record().actor) finish_refill(own);
    }
    erase_first(asked_, [&](const auto& asked) { return asked.first == record().actor; });
    asked_.emplace_back(record().actor, event);
}

void Replay::take(const PageAllocZoneLocked& event) {
    if (!has_requests_ || !layout_.has_list(event.order)) return;
    if (event.type == MigrateType::highatomic) return pass_lists(event.page);
    const std::optional<MigrateType> type = pcp_type(event.type);
    const auto zone = zone_of(event.page);
    if (!zone || !type) return;
    learn_type(event.page, *type);
    RecordedPcp& own = pcp(record().actor.cpu, *zone);
    if (own.refill && (own.refill->actor != record().actor || own.refill->order != event.order ||
                       own.refill->type != *type))
        finish_refill(own);
    if (!own.refill) {
        own.refill.emplace(RefillRun{record().actor, event.order, *type, {}});
        own.refill->line = record().line;
        own.refill->whole = seen_[record().actor.cpu.index()];
        erase_first(asked_, [&](const auto& asked) {
            const bool answered = asked.first == record().actor &&
                                  asked.second.order == event.order && asked.second.type == *type;
            if (answered) own.refill->asked = asked.second.asked;
            return answered;
        });
    }
    own.refill->blocks.push_tail(event.page);
    own.refill->last = window_->position();
}

void Replay::take(const PageAllocExtfrag& event) {
    if (!extfrag_names_block(rules_.name)) return;
    const auto previous = previous_of(*window_, window_->position(), record().actor);
    const auto* named =
        previous ? std::get_if<PageAllocZoneLocked>(&window_->at(*previous).event) : nullptr;
    if (named == nullptr || named->page != event.page)
        take(PageAllocZoneLocked{event.page, event.order, event.type});
}

void Replay::pass_lists(Pfn block) {
    constexpr std::size_t most = 4096;
    if (past_lists_.size() == most) past_lists_.erase(past_lists_.begin());
    past_lists_.push_back(block);
}

void Replay::finish_refill(RecordedPcp& pcp) {
    RefillRun run = std::move(*pcp.refill);
    pcp.refill.reset();
    // What comes first may be the rest of a refill.
    if (!run.whole && !run.asked && !pcp.knows(run.order, run.type) &&
        (!pcp.predicts_refill() || run.blocks.size() < pcp.next_refill(run.order))) {
        pcp.lose_count();
        return result_.checks.unchecked(Check::refill_size, pcp.doubt());
    }
    BulkAllocation* bulk = run.order == Order{0} ? bulk_of(run.actor) : nullptr;
    if (bulk != nullptr && bulk->type != run.type) bulk = nullptr;
    if (!run.asked && bulk == nullptr && is_single_allocation(pcp, run)) {
        return pass_lists(run.blocks.pop_head());
    }
    if (bulk != nullptr) bulk->zone = pcp.zone();
    if (!pcp.model.needs_refill(run.order, run.type)) account_for_rest(pcp, run, bulk);
    if (bulk != nullptr && !pcp.knows(run.order, run.type)) {
        // How many unseen pages it has taken before is not recorded.
        pcp.lose_count();
        return result_.checks.unchecked(Check::refill_size, pcp.doubt());
    }
    give_refill(pcp, run, bulk);
}

/// With PREEMPT_RT somebody else may run in the middle of a refill.
bool Replay::goes_on(const RefillRun& run) {
    const auto next = next_of(*window_, window_->position(), run.actor);
    const auto* block =
        next ? std::get_if<PageAllocZoneLocked>(&window_->at(*next).event) : nullptr;
    return block != nullptr && block->order == run.order && pcp_type(block->type) == run.type &&
           zone_of(block->page) == zone_of(run.blocks.begin()->first);
}

/// The recording may end in the middle of a refill.
bool Replay::is_complete(const RecordedPcp& pcp, const RefillRun& run) {
    return run.blocks.size() >= pcp.next_refill(run.order) ||
           next_of(*window_, run.last, run.actor);
}

/// rmqueue() with the list locked by somebody else: a block goes from the buddy allocator to the
/// caller. A refill of one block that is taken at once looks the same, where batch is 1.
bool Replay::is_single_allocation(const RecordedPcp& pcp, const RefillRun& run) {
    if (run.blocks.size() != Blocks{1}) return false;
    const auto next = next_of_thread(*window_, run.last, run.actor);
    if (!next) return false;
    const auto* named = std::get_if<PageAlloc>(&window_->at(*next).event);
    if (named == nullptr || named->page != run.blocks.begin()->first) return false;
    return !pcp.knows(run.order, run.type) || !pcp.model.needs_refill(run.order, run.type) ||
           pcp.next_refill(run.order) != Blocks{1};
}

/// What the list held before a refill has left it without being named.
void Replay::account_for_rest(RecordedPcp& pcp, const RefillRun& run, BulkAllocation* bulk) {
    if (bulk != nullptr) return take_in_bulk(pcp, *bulk, Pages::max());
    while (const auto head = pcp.head(run.order, run.type)) {
        const bool proven = is_in_flight(*head);
        if (!proven && probed_) {
            differ(Check::refill_size, pcp,
                   list_name(run.order, run.type) + ": no refill, as it holds " + name_of(*head),
                   to_string(run.blocks.size()));
            while (!pcp.model.needs_refill(run.order, run.type)) pcp.lift(run.order, run.type);
            return;
        }
        pcp.pop(run.order, run.type);
        in_flight_.add(*head, proven ? InFlight::Cause::other_order : InFlight::Cause::unrecorded);
    }
}

void Replay::give_refill(RecordedPcp& pcp, RefillRun& run, BulkAllocation* bulk) {
    TrafficPair& traffic = result_.refills[layout_.index(run.order, run.type)];
    while (!run.blocks.empty()) {
        // A bulk allocation may use up a refill and cause the next one with nothing in between.
        const Blocks next = pcp.next_refill(run.order);
        const bool several = bulk != nullptr && !run.asked && pcp.predicts_refill() &&
                             next > Blocks{} && run.blocks.size() > next;
        PageRuns given;
        while (!run.blocks.empty() && (!several || given.size() < next))
            given.push_tail(run.blocks.take_head(several ? next - given.size() : Blocks::max()));
        const Blocks recorded = run.asked.value_or(given.size());
        traffic.recorded.pages += given.size() * run.order;
        ++traffic.recorded.events;
        const bool checked = pcp.predicts_refill();
        const std::string before = pcp.state();
        const Blocks want = pcp.refill_with(run.order, run.type, given, recorded);
        ++traffic.predicted.events;
        traffic.predicted.pages += want * run.order;
        if (!checked)
            result_.checks.unchecked(Check::refill_size,
                                     pcp.is_tuned() ? pcp.doubt() : Unchecked::state_not_recorded);
        else if (recorded == want)
            result_.checks.matched(Check::refill_size);
        else
            result_.checks.mismatched(
                {Check::refill_size, run.line, record().time, place(pcp), before,
                 list_name(run.order, run.type) + ": " + to_string(want), to_string(recorded)});
        if (several) take_in_bulk(pcp, *bulk, Pages::max());
    }
}

// __alloc_pages_bulk()

Replay::BulkAllocation* Replay::bulk_of(const Actor& actor) {
    const auto found = std::ranges::find(bulk_allocations_, actor, &BulkAllocation::actor);
    return found == bulk_allocations_.end() ? nullptr : &*found;
}

/// By somebody else than the actor at hand, who may have taken pages of this list already.
Replay::BulkAllocation* Replay::bulk_under_way(const RecordedPcp& pcp, MigrateType type) {
    const auto found = std::ranges::find_if(bulk_allocations_, [&](const BulkAllocation& bulk) {
        return bulk.actor.cpu == pcp.cpu() && bulk.actor != record().actor && bulk.type == type &&
               bulk.taken < bulk.asked && bulk.zone.value_or(pcp.zone()) == pcp.zone();
    });
    return found == bulk_allocations_.end() ? nullptr : &*found;
}

void Replay::take(const BulkAlloc& event) {
    if (!has_requests_) return drains_.leave(record().actor);
    erase_first(bulk_allocations_,
                [&](const BulkAllocation& bulk) { return bulk.actor.pid == record().actor.pid; });
    constexpr std::size_t most = 4096;
    if (bulk_allocations_.size() < most)
        bulk_allocations_.push_back({record().actor, event.type, event.asked});
}

void Replay::take_in_bulk(RecordedPcp& pcp, BulkAllocation& bulk, Pages most) {
    while (most > Pages{0} && !pcp.model.needs_refill(Order{0}, bulk.type)) {
        const PageRun run = pcp.take_bulk(bulk.type, Blocks{most.count()});
        for (std::int64_t i = 0; i < std::int64_t{run.count}; ++i)
            bulk_pages_.push_back({&pcp, bulk.type, run.at(i), window_->position()});
        const Pages taken = run.blocks() * Order{0};
        most -= taken;
        bulk.taken += taken;
        result_.bulk_pages += taken.count();
    }
    constexpr std::size_t most_kept = 64;
    if (bulk_pages_.size() > most_kept)
        bulk_pages_.erase(bulk_pages_.begin(), bulk_pages_.end() - most_kept);
}

/// A zone of the CPU's node; or, if no file says which that is, the one that has served it last.
bool Replay::serves(CpuId cpu, std::size_t zone) const {
    if (kernel_.nodes.empty()) return zone == last_served_[cpu.index()];
    const auto node = kernel_.nodes.find(cpu);
    return kernel_.zones[zone].node == (node == kernel_.nodes.end() ? NodeId{} : node->second);
}

/// The pages come from the highest zone that can have served them.
void Replay::take(const BulkReturn& event) {
    if (!has_requests_) return;
    const auto found = std::find_if(bulk_allocations_.begin(), bulk_allocations_.end(),
                                    [&](const BulkAllocation& bulk) {
                                        return bulk.actor.pid == record().actor.pid &&
                                               bulk.actor.context == record().actor.context;
                                    });
    if (found == bulk_allocations_.end()) {
        // It began before the recording did: nobody knows how much it has taken since.
        for (std::size_t zone = 0; zone < kernel_.zones.size(); ++zone)
            if (serves(record().actor.cpu, zone)) {
                RecordedPcp& own = pcp(record().actor.cpu, zone);
                own.forget(own.doubt());
            }
        return;
    }
    const CpuId cpu = found->actor.cpu;
    for (std::size_t zone = 0; zone < kernel_.zones.size(); ++zone) {
        RecordedPcp& own = pcp(cpu, zone);
        if (own.refill && own.refill->actor == found->actor) finish_refill(own);
    }
    BulkAllocation bulk = *found;
    bulk_allocations_.erase(found);
    const Pages left = event.pages - bulk.taken;
    if (left <= Pages{0}) return;
    for (std::size_t zone = kernel_.zones.size(); zone-- > 0;) {
        if (bulk.zone ? zone != *bulk.zone : !serves(cpu, zone)) continue;
        RecordedPcp& own = pcp(cpu, zone);
        const Pages seen = own.model.lists().list(Order{0}, bulk.type).size() * Order{0};
        if (seen < left && own.knows(Order{0}, bulk.type)) continue;
        take_in_bulk(own, bulk, std::min(left, seen));
        return own.take_unseen(std::max(left - seen, Pages{0}));
    }
}

}  // namespace pcpsim
