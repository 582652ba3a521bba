#include "analysis/replay/replay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/replay/names.hpp"
#include "models/config/errors.hpp"

namespace pcpsim {

using namespace trace;

Replay::Replay(const RecordedKernel& kernel, const KernelRules& rules, Requests* requests)
    : kernel_{kernel},
      rules_{rules},
      requests_{requests},
      layout_{rules, PageGeometry{}},
      seen_(kernel.cpus),
      last_served_(kernel.cpus, kernel.zones.size() - 1),
      drains_{kernel, rules, result_.checks,
              [this](CpuId cpu, std::size_t zone) {
                  const RecordedPcp& own = pcp(cpu, zone);
                  // A huge block is long in flight, as it is cleared before it is named.
                  return own.refill || own.has_huge() ? std::nullopt : own.count();
              },
              requests},
      sizes_{kernel, rules, result_.checks} {
    pcps_.reserve(kernel.zones.size() * kernel.cpus);
    for (std::size_t zone = 0; zone < kernel.zones.size(); ++zone)
        for (std::size_t cpu = 0; cpu < kernel.cpus; ++cpu)
            pcps_.emplace_back(rules, CpuId{cpu}, zone, requests);
    for (const RecordedPageset& pageset : kernel.pagesets)
        pcp(pageset.cpu, pageset.zone).adopt(pageset.fields);
    for (const auto& [pointer, place] : kernel.pcps)
        pcp(place.first, place.second).pointer = Address{pointer};
    for (std::size_t zone = 1; zone < kernel.zones.size(); ++zone)
        zones_overlap_ |= kernel.zones[zone - 1].spans(kernel.zones[zone].start);
    for (std::size_t i = 0; i < layout_.lists(); ++i)
        result_.list_names.push_back(list_name(layout_.order(i), layout_.type(i)));
    result_.refills.resize(layout_.lists());
}

ReplayResult Replay::run(RecordStream& stream) {
    Window window{stream};
    window_ = &window;
    look_for_probes();
    learn_limits();
    while (window.advance()) {
        result_.checks.reaches(record().line);
        drains_.see(record());
        std::visit([&](const auto& event) { take(event); }, record().event);
        if (!std::holds_alternative<LostEvents>(record().event))
            seen_[record().actor.cpu.index()] = true;
    }
    for (RecordedPcp& pcp : pcps_)
        if (pcp.refill && is_complete(pcp, *pcp.refill)) finish_refill(pcp);
    drains_.finish();
    result_.drain_calls = drains_.counts();
    result_.disabled_refills = sizes_.disabled_refills();
    result_.disabled_spills = sizes_.disabled_spills();
    return std::move(result_);
}

/// The range of high is that of the zone. The first spill or drain says it, which may come after
/// the first refill.
void Replay::learn_limits() {
    for (std::int64_t at = 0; window_->sees(at); ++at) {
        const auto* bulk = std::get_if<PcpBulkfree>(&window_->at(at).event);
        if (bulk == nullptr) continue;
        const auto known = kernel_.pcps.find(bulk->pcp.value);
        if (known == kernel_.pcps.end()) continue;
        PcpFields limits;
        limits.high_min = bulk->fields.high_min;
        limits.high_max = bulk->fields.high_max;
        for (std::size_t cpu = 0; cpu < kernel_.cpus; ++cpu)
            pcp(CpuId{cpu}, known->second.second).adopt(limits);
    }
}

std::optional<std::size_t> Replay::zone_of(Pfn page) {
    if (kernel_.zones[last_zone_].spans(page) && !zones_overlap_) return last_zone_;
    // A zone may have a hole with another one in it.
    for (std::size_t zone = kernel_.zones.size(); zone-- > 0;)
        if (kernel_.zones[zone].spans(page)) return last_zone_ = zone;
    ++result_.no_zone;
    return std::nullopt;
}

void Replay::adopt(RecordedPcp& pcp, const PcpFields& fields) {
    const bool was_known = pcp.knows_all();
    if (pcp.adopt(fields)) return;
    if (was_known) ++result_.retuned;
    if (!result_.other_high.empty() || rules_.tunes_high()) return;
    for (const RecordedPageset& pageset : kernel_.pagesets)
        if (pageset.cpu == pcp.cpu() && pageset.zone == pcp.zone() &&
            pageset.fields.high != fields.high && fields.high != PcpFields::absent)
            result_.other_high = fmt::format("line {}: high of {} is {}, not {}", record().line,
                                             place(pcp), fields.high, pageset.fields.high);
}

void Replay::check_pointer(RecordedPcp& pcp, Address pointer) {
    if (!pcp.pointer) pcp.pointer = pointer;
    if (*pcp.pointer != pointer)
        refuse(fmt::format("pcp {:#x} of {}", pcp.pointer->value, place(pcp)), pointer);
}

void Replay::refuse(const std::string& expected, Address got) const {
    throw ScenarioError{fmt::format("{}:{}: expected {}, got {:#x}: is {} of another recording?",
                                    window_->name(), record().line, expected, got.value,
                                    kernel_.file)};
}

std::string Replay::place(const RecordedPcp& pcp) const {
    return kernel_.place(pcp.cpu(), pcp.zone());
}

void Replay::differ(Check check, RecordedPcp& pcp, std::string expected, std::string recorded) {
    differ({check, record().line, record().time, place(pcp), pcp.state(), std::move(expected),
            std::move(recorded)});
}

void Replay::differ(Difference difference) {
    result_.checks.mismatched(std::move(difference));
    if (is_wreck()) window_->limit_sight(64);
}

// Allocations.

void Replay::take(const PageAlloc& event) {
    if (!has_requests_) requests_begin();
    ++result_.allocations;
    if (!event.page) return;
    const Pfn page = *event.page;
    if (!in_flight_.empty())
        if (const auto cause = in_flight_.land(page)) {
            switch (*cause) {
                case InFlight::Cause::remote_drain:
                    return result_.checks.explained(Check::page_identity);
                case InFlight::Cause::other_order:
                    return result_.checks.matched(Check::page_identity);
                case InFlight::Cause::unrecorded:
                    return result_.checks.unchecked(Check::page_identity,
                                                    Unchecked::move_not_recorded);
            }
        }
    if (!bulk_allocations_.empty())
        if (BulkAllocation* bulk = bulk_of(record().actor)) bulk->taken += Pages{1};
    if (event.type > pcp_types.back()) return;
    if (!layout_.has_list(event.order))
        return allocate_past_lists(page, event.order, event.type, false);
    const auto zone = zone_of(page);
    if (!zone) return;
    last_served_[record().actor.cpu.index()] = *zone;
    RecordedPcp& own = pcp(record().actor.cpu, *zone);
    if (own.refill) {
        // Taken before somebody else began this refill, and named now.
        if (own.refill->actor != record().actor &&
            (goes_on(*own.refill) || own.head(event.order, event.type) == page))
            return allocate(own, page, event.order, event.type);
        finish_refill(own);
    }
    if (!past_lists_.empty() && std::erase(past_lists_, page) != 0) {
        ++result_.past_lists;
        return allocate_past_lists(page, event.order, event.type, true);
    }
    allocate(own, page, event.order, event.type);
}

void Replay::allocate(RecordedPcp& pcp, Pfn page, Order order, MigrateType type) {
    const std::optional<Pfn> head = pcp.head(order, type);
    if (head == page) {
        pcp.pop(order, type);
        return result_.checks.matched(Check::page_identity);
    }
    if (passed_lists_elsewhere(pcp, page)) {
        ++result_.past_lists;
        return allocate_past_lists(page, order, type, true);
    }
    const bool unseen = !head && !pcp.knows(order, type);
    if ((!unseen && find_below_head(pcp, page, order, type)) ||
        ((!unseen || probed_) && allocated_elsewhere(pcp, page, order, type))) {
        ++result_.reordered;
        return result_.checks.matched(Check::page_identity);
    }
    if (unseen) {
        pcp.take_unseen(order.pages());
        return result_.checks.unchecked(Check::page_identity, pcp.doubt());
    }
    if (left_unrecorded(pcp, page, order, type)) return;
    if (may_have_left_before(pcp, head, order, type))
        return result_.checks.unchecked(Check::page_identity, pcp.doubt());
    differ(Check::page_identity, pcp,
           list_name(order, type) + (head ? ": " + name_of(*head) : ": a refill, as it is empty"),
           name_of(page));
    pcp.forget(Unchecked::after_a_mismatch);
}

/// The page is on its list, below others. Each of those has joined the list after the page left it,
/// or has left it before without being named. If one has not, the list does not change.
bool Replay::find_below_head(RecordedPcp& pcp, Pfn page, Order order, MigrateType type) {
    const auto depth = pcp.depth_of(page, order, type);
    if (!depth) return false;
    enum class Fate { joined_later, in_flight, in_bulk, unknown };
    std::vector<std::pair<Pfn, Fate>> above;
    BulkAllocation* bulk = order == Order{0} ? bulk_under_way(pcp, type) : nullptr;
    Pages in_bulk = bulk != nullptr ? bulk->asked - bulk->taken : Pages{0};
    while (std::ssize(above) < *depth && (above.empty() || above.back().second != Fate::unknown)) {
        const Pfn other = pcp.lift(order, type);
        Fate fate = Fate::unknown;
        if (joined_since_last_event(other))
            fate = Fate::joined_later;
        else if (is_in_flight(other) || (order == Order{0} && was_taken_in_bulk(pcp, type)))
            fate = Fate::in_flight;
        else if (in_bulk > Pages{0})
            fate = Fate::in_bulk, in_bulk -= Pages{1};
        above.emplace_back(other, fate);
    }
    const bool found = above.empty() || above.back().second != Fate::unknown;
    if (found) pcp.pop(order, type);
    for (; !above.empty(); above.pop_back()) {
        const auto [other, fate] = above.back();
        if (found && fate == Fate::in_bulk) {
            bulk->take(pcp.zone());
            ++result_.bulk_pages;
            continue;
        }
        pcp.put_back(other, order, type);
        if (found && fate == Fate::in_flight)
            in_flight_.add(pcp.pop(order, type), InFlight::Cause::other_order);
    }
    return found;
}

/// Whether a page that seemed to be taken in bulk is in flight instead, so that the one at hand was
/// taken in its place.
bool Replay::was_taken_in_bulk(const RecordedPcp& pcp, MigrateType type) {
    for (auto bulk = bulk_pages_.begin(); bulk != bulk_pages_.end(); ++bulk) {
        if (bulk->pcp != &pcp || bulk->type != type) continue;
        if (!is_in_flight(bulk->page, bulk->position)) continue;
        in_flight_.add(bulk->page, InFlight::Cause::other_order);
        bulk_pages_.erase(bulk);
        return true;
    }
    return false;
}

/// Whether the next thing that the recording says of the page, since then, is that it is allocated
/// later on by somebody of whom it says nothing else from now on: it has left its list already.
bool Replay::is_in_flight(Pfn page, std::int64_t since) {
    const auto mention = next_mention(*window_, std::max(since + 1, window_->oldest()), page);
    return mention && mention->allocated && mention->position > window_->position() &&
           next_of(*window_, window_->position() - 1, mention->actor) == mention->position;
}

/// Whether somebody else has put the block on its list since the actor at hand was last seen.
bool Replay::joined_since_last_event(Pfn page) {
    const std::int64_t now = window_->position();
    const auto previous = previous_of(*window_, now, record().actor);
    for (std::int64_t at = now - 1; at > previous.value_or(window_->oldest() - 1); --at) {
        const auto* commit = std::get_if<PcpCommit>(&window_->at(at).event);
        if (commit != nullptr && commit->page == page) return true;
    }
    return false;
}

/// The thread has got the page past the lists of another CPU before it was moved.
bool Replay::passed_lists_elsewhere(const RecordedPcp& own, Pfn page) {
    for (std::size_t cpu = 0; cpu < kernel_.cpus; ++cpu) {
        RecordedPcp& other = pcp(CpuId{cpu}, own.zone());
        if (&other != &own && other.refill && other.refill->actor.pid == record().actor.pid)
            finish_refill(other);
    }
    return std::erase(past_lists_, page) != 0;
}

/// The page is on the list of another CPU: the thread has taken it there before it was moved.
bool Replay::allocated_elsewhere(RecordedPcp& own, Pfn page, Order order, MigrateType type) {
    for (std::size_t cpu = 0; cpu < kernel_.cpus; ++cpu) {
        RecordedPcp& other = pcp(CpuId{cpu}, own.zone());
        if (&other == &own) continue;
        if (find_below_head(other, page, order, type)) return true;
    }
    return false;
}

/// A thread that was not seen for a while may have taken the page off the list before all that is
/// known of it has joined; or on another CPU, where it was last seen.
bool Replay::may_have_left_before(const RecordedPcp& own, std::optional<Pfn> head, Order order,
                                  MigrateType type) {
    if (!own.knows(order, type)) return head && joined_since_last_event(*head);
    const auto previous = previous_of_thread(*window_, window_->position(), record().actor);
    if (!previous) return false;
    const CpuId before = window_->at(*previous).actor.cpu;
    return before != own.cpu() && !pcp(before, own.zone()).knows(order, type);
}

void Replay::allocate_past_lists(Pfn page, Order order, MigrateType type, bool locked) {
    if (requests_ == nullptr) return;
    if (const auto zone = zone_of(page))
        requests_->allocated_past_lists(record().actor.cpu, *zone, page, order, type, locked);
}

// Frees.

void Replay::take(const PcpCommit& event) {
    if (!probed_) probes_begin();
    if (!event.page || !layout_.has_list(event.order)) return;
    const std::optional<MigrateType> type = pcp_type(event.type);
    const auto zone = zone_of(*event.page);
    if (!zone || !type) return;
    if (!has_requests_) {
        drains_.leave(record().actor);
        return drains_.held(record().actor.cpu, *zone, event.order.pages());
    }
    if (!in_flight_.empty()) in_flight_.land(*event.page);
    RecordedPcp& own = pcp(record().actor.cpu, *zone);
    if (event.pcp) check_pointer(own, *event.pcp);
    if (own.refill) finish_refill(own);
    missed_spill(own);

    check_count(own, event.fields.count);
    adopt(own, event.fields);
    own.last_free = LastFree{record().actor, event.order, *type,
                             own.free(*event.page, event.order, *type), record().line};
}

void Replay::check_count(RecordedPcp& pcp, std::int32_t recorded) {
    if (recorded == PcpFields::absent)
        return result_.checks.unchecked(
            Check::pcp_count, pcp.knows_all() ? Unchecked::count_not_recorded : pcp.doubt());
    const Pages count{recorded};
    if (pcp.knows_all() && pcp.model.count() > count)
        settle(pcp, count, InFlight::Cause::other_order);
    if (pcp.count() == count) return result_.checks.matched(Check::pcp_count);
    if (pcp.knows_all()) {
        differ(Check::pcp_count, pcp, to_string(pcp.model.count()), to_string(count));
        pcp.forget(Unchecked::after_a_mismatch);
    } else {
        result_.checks.unchecked(Check::pcp_count, pcp.doubt());
    }
    pcp.learn_count(count);
}

Pages Replay::settle(RecordedPcp& pcp, Pages recorded, InFlight::Cause cause) {
    // In the order in which they will be named, as the others may only leave later.
    struct Candidate {
        Mention mention;
        std::size_t list;
        bool operator<(const Candidate& other) const {
            return mention.position < other.mention.position;
        }
    };
    while (pcp.model.count() > recorded) {
        std::optional<Candidate> next;
        for (std::size_t list = 0; list < layout_.lists(); ++list) {
            const auto head = pcp.head(layout_.order(list), layout_.type(list));
            if (!head || layout_.order(list).pages() > pcp.model.count() - recorded) continue;
            const auto mention = next_mention(*window_, window_->position() + 1, *head);
            if (!mention || !is_in_flight(*head)) continue;
            if (!next || Candidate{*mention, list} < *next) next = Candidate{*mention, list};
        }
        if (!next) break;
        const Order order = layout_.order(next->list);
        in_flight_.add(pcp.pop(order, layout_.type(next->list)), cause);
        ++(cause == InFlight::Cause::remote_drain ? result_.in_flight : result_.reordered);
    }
    for (BulkAllocation& bulk : bulk_allocations_)
        if (pcp.model.count() > recorded && bulk.actor.cpu == pcp.cpu()) {
            bulk.zone = pcp.zone();
            take_in_bulk(pcp, bulk, pcp.model.count() - recorded);
        }
    return pcp.model.count() - recorded;
}

/// Without the chunks that were there.
void Replay::take(const PercpuEvent& event) {
    ++result_.percpu_events;
    if (std::holds_alternative<PercpuAlloc>(event))
        result_.checks.unchecked(Check::percpu_placement, Unchecked::start_not_recorded);
}

void Replay::take(const LostEvents& event) {
    drains_.take(event);
    disabling_.clear();
    on_their_own_.clear();
    for (RecordedPcp& pcp : pcps_) pcp.forget(Unchecked::after_lost_events);
    std::ranges::fill(seen_, false);
    bulk_frees_.clear();
    bulk_allocations_.clear();
    past_lists_.clear();
    asked_.clear();
}

}  // namespace pcpsim
