// Recordings of the plain tracepoints. They do not say which list a freed page joins, nor that
// __alloc_pages_bulk() takes pages, nor whose lists are drained. Lists become known by refills;
// a page joins the list of its pageblock's type, as far as that has shown; and where an allocation
// proves that wrong, it is not checked, as something unrecorded has happened before.
#include "analysis/replay/names.hpp"
#include "analysis/replay/replay.hpp"

namespace pcpsim {

using namespace trace;

/// The first records decide. Where lists are refilled without a page being allocated, allocations
/// are not recorded, and so in a long stretch without any.
void Replay::look_for_probes() {
    probed_ = has_requests_ = false;
    bool frees = false, refills = false;
    std::int64_t at = 0;
    for (; window_->sees(at) && !(probed_ && has_requests_); ++at) {
        const Event& event = window_->at(at).event;
        const bool commit = std::holds_alternative<PcpCommit>(event);
        probed_ |= commit || std::holds_alternative<PcpBulkfree>(event);
        has_requests_ |= std::holds_alternative<PageAlloc>(event);
        frees |= commit || std::holds_alternative<PageFree>(event);
        refills |= std::holds_alternative<PcpRefill>(event) ||
                   std::holds_alternative<PageAllocZoneLocked>(event);
    }
    has_requests_ |= frees && !refills && at < Window::reach;
    if (has_requests_) drains_.forget_held();
}

/// What was inferred so far may be wrong.
void Replay::probes_begin() {
    probed_ = true;
    announced_.clear();
    for (RecordedPcp& pcp : pcps_) pcp.forget(pcp.doubt());
}

std::int64_t Replay::pageblock_of(Pfn page) {
    return page.number() >> PageGeometry{}.pageblock_order.number();
}

void Replay::learn_type(Pfn page, MigrateType type) {
    if (!probed_ && type <= pcp_types.back()) block_types_[pageblock_of(page)] = type;
}

void Replay::take(const PageFree& event) {
    ++result_.frees;
    if (!has_requests_ || event.order > largest_block) return;
    if (requests_ != nullptr && !layout_.has_list(event.order))
        if (const auto zone = zone_of(event.page))
            requests_->freed_past_lists(record().actor.cpu, *zone, event.page, event.order);
    if (probed_ || !layout_.has_list(event.order)) return;
    if (!is_batched(event.page)) return join(event.page, event.order);
    if (event.order > Order{0}) announced_[event.page] = event.order;
}

/// A batch is announced page by page, and then freed page by page, with spills in between.
bool Replay::is_batched(Pfn page) {
    for (auto at = next_of(*window_, window_->position(), record().actor); at;
         at = next_of(*window_, *at, record().actor)) {
        const Event& event = window_->at(*at).event;
        if (const auto* batched = std::get_if<PageFreeBatched>(&event)) {
            if (batched->page == page) return true;
        } else if (!std::holds_alternative<PageFree>(event) &&
                   !std::holds_alternative<PagePcpuDrain>(event)) {
            return false;
        }
    }
    return false;
}

void Replay::take(const PageFreeBatched& event) {
    if (probed_ || !has_requests_) return;
    Order order;
    if (const auto found = announced_.find(event.page); found != announced_.end()) {
        order = found->second;
        announced_.erase(found);
    }
    join(event.page, order);
}

void Replay::join(Pfn page, Order order) {
    const auto zone = zone_of(page);
    if (!zone) return;
    if (!in_flight_.empty()) in_flight_.land(page);
    RecordedPcp& own = pcp(record().actor.cpu, *zone);
    if (own.refill) finish_refill(own);
    const auto type = block_types_.find(pageblock_of(page));
    own.free(page, order, type == block_types_.end() ? MigrateType::movable : type->second);
    result_.checks.unchecked(Check::pcp_count, Unchecked::count_not_recorded);
}

/// A block has left some list of its type, most likely one of this CPU.
void Replay::leave(const PagePcpuDrain& event) {
    const auto zone = zone_of(event.page);
    if (!zone || !layout_.has_list(event.order) || event.type > pcp_types.back()) return;
    learn_type(event.page, event.type);
    const auto previous = previous_of(*window_, window_->position(), record().actor);
    if (!previous || !std::holds_alternative<PagePcpuDrain>(window_->at(*previous).event))
        result_.checks.unchecked(Check::bulk_order, Unchecked::move_not_recorded);
    RecordedPcp& own = pcp(record().actor.cpu, *zone);
    if (own.refill) finish_refill(own);
    if (is_wreck()) return own.forget(Unchecked::after_a_mismatch);
    if (own.remove(event.page, event.order)) return;
    for (std::size_t cpu = 0; cpu < kernel_.cpus; ++cpu)
        if (pcp(CpuId{cpu}, *zone).remove(event.page, event.order)) return;
}

/// The allocated page is not the head of its list. If it is on the list of another type, it joined
/// the wrong one; if it is below the head, what was above it has left unrecorded, as in bulk; and
/// if it was unseen, what lay above it was on the wrong list. A page from nowhere is a difference.
bool Replay::left_unrecorded(RecordedPcp& pcp, Pfn page, Order order, MigrateType type) {
    if (probed_ || is_wreck()) return false;
    learn_type(page, type);
    if (const auto depth = pcp.depth_of(page, order, type)) {
        for (std::int64_t i = 0; i < *depth; ++i)
            in_flight_.add(pcp.pop(order, type), InFlight::Cause::unrecorded);
        pcp.pop(order, type);
    } else if (!pcp.remove(page, order)) {
        if (pcp.knows(order, type)) return false;
        while (!pcp.model.needs_refill(order, type))
            in_flight_.add(pcp.pop(order, type), InFlight::Cause::unrecorded);
    }
    result_.checks.unchecked(Check::page_identity, Unchecked::move_not_recorded);
    return true;
}

}  // namespace pcpsim
