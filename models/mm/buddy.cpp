#include "models/mm/buddy.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "sim/check.hpp"

namespace pcpsim {
namespace {

Pfn aligned_down(Pfn page, Order order) {
    return Pfn{page.number() & ~(order.pages().count() - 1)};
}

Pfn buddy_of(Pfn block, Order order) { return Pfn{block.number() ^ order.pages().count()}; }

Order above(Order order) { return Order{order.number() + 1}; }

/// The largest order, at most `limit`, that `boundary` is aligned to and of which `pages` hold a
/// block.
Order largest_block(Pfn boundary, Pages pages, Order limit) {
    const int aligned = std::countr_zero(static_cast<std::uint64_t>(boundary.number()));
    const int held =
        static_cast<int>(std::bit_width(static_cast<std::uint64_t>(pages.count()))) - 1;
    return Order{std::min({aligned, held, limit.number()})};
}

/// migratetype_is_mergeable(): pageblocks of these may hold one free block together.
bool is_mergeable(MigrateType type) { return type < MigrateType::highatomic; }

}  // namespace

Buddy::Buddy(PageGeometry geometry, Pfn start, Pages span)
    : geometry_{geometry},
      start_{start},
      end_{start + span},
      base_{aligned_down(start, geometry.max_order)},
      pair_bits_{geometry.max_order.number() - 1} {
    PCPSIM_CHECK(geometry.max_order.index() < max_orders && geometry.max_order > Order{0} &&
                     geometry.pageblock_order <= geometry.max_order,
                 "buddy: orders out of range");
    PCPSIM_CHECK(offset(end_).count() / 2 < std::int64_t{none}, "buddy: zone too large");
    const Pages covered = offset(end_);
    const auto units = [covered](Order order) {
        return static_cast<std::size_t>((covered.count() + order.pages().count() - 1) >>
                                        order.number());
    };
    blocks_ = std::vector<Block>(units(geometry.max_order));
    pageblock_types_.assign(units(geometry.pageblock_order), MigrateType::movable);
}

void Buddy::add_range(Pfn first, Pages count) {
    const Pfn end = first + count;
    PCPSIM_CHECK(first >= start_ && end <= end_, "buddy: range outside of the zone");
    while (first < end) {
        const Order order = largest_block(first, end - first, geometry_.max_order);
        free(first, order, pageblock_type(first), Place::tail);
        first += order.pages();
    }
}

std::optional<Pfn> Buddy::alloc(Order order, MigrateType type) {
    const PageRun taken = take(order, type, Blocks{1});
    if (taken.count == 0) return std::nullopt;
    return taken.first;
}

Blocks Buddy::refill(Order order, MigrateType type, Blocks want, PageRuns& list) {
    Blocks got;
    while (got < want) {
        const PageRun taken = take(order, type, want - got);
        if (taken.count == 0) break;
        list.push_tail(taken);
        got += taken.blocks();
    }
    return got;
}

void Buddy::free(Pfn block, Order order, MigrateType type) {
    free(block, order, type, Place::head);
}

/// Freeing the parts of an aligned block one after the other, ascending or descending, merges them
/// into that block before anything else happens; so the whole block is freed at once. Not beyond a
/// pageblock, where merging depends on the types.
void Buddy::give_back(Order order, MigrateType type, const PageRun& run) {
    const std::int64_t step = order.pages().count();
    if (run.count > 1 && run.step == step)
        return give_back_ascending(run.first, run.last() + order.pages(), type);
    if (run.count > 1 && run.step == -step)
        return give_back_descending(run.last(), run.first + order.pages(), type);
    for (std::int64_t i = 0; i < run.count; ++i) free(run.at(i), order, type);
}

void Buddy::give_back_ascending(Pfn first, Pfn end, MigrateType type) {
    while (first < end) {
        const Order order = largest_block(first, end - first, geometry_.pageblock_order);
        free(first, order, type);
        first += order.pages();
    }
}

void Buddy::give_back_descending(Pfn first, Pfn end, MigrateType type) {
    while (first < end) {
        const Order order = largest_block(end, end - first, geometry_.pageblock_order);
        end -= order.pages();
        free(end, order, type);
    }
}

bool Buddy::has_block(Order at_least) const {
    return std::ranges::any_of(pcp_types, [&](MigrateType type) {
        return smallest(at_least, type) || (type == rest_.type && rest_.size >= at_least.pages());
    });
}

/// Up to `want` ascending blocks of one free block: taking them one by one would split it the same
/// way, each time at the smallest remaining part. An empty run if nothing is left.
PageRun Buddy::take(Order order, MigrateType type, Blocks want) {
    Pages takeable = takeable_rest(order, type);
    if (takeable == Pages{}) {
        list_rest();
        if (!take_apart(order, type)) return {};
        takeable = rest_.size;
    }
    const Blocks taken = std::min(want, Blocks{takeable.count() >> order.number()});
    const Pfn first = rest_.first;
    rest_.first += taken * order;
    rest_.size -= taken * order;
    return {first, static_cast<std::uint32_t>(taken.count()),
            static_cast<std::int32_t>(order.pages().count())};
}

/// The parts of the rest, from its start on, that are the smallest sufficient blocks.
Pages Buddy::takeable_rest(Order order, MigrateType type) const {
    if (type != rest_.type) return Pages{};
    const std::optional<Order> listed = smallest(order, type);
    const Order largest = listed.value_or(geometry_.max_order);
    const Pages parts{rest_.size.count() & (above(largest).pages().count() - 1)};
    const bool first_is_too_small = (parts.count() & (order.pages().count() - 1)) != 0;
    return first_is_too_small ? Pages{} : parts;
}

/// Makes the smallest sufficient block the rest, whole as it is. False if there is none.
bool Buddy::take_apart(Order order, MigrateType type) {
    std::optional<Order> found = smallest(order, type);
    if (!found) {
        if (!fall_back(order, type)) return false;
        found = smallest(order, type);
    }
    rest_ = {first_page(list(*found, type).head), found->pages(), type};
    remove(rest_.first);
    return true;
}

/// The rest joins the lists.
void Buddy::list_rest() {
    for (Rest rest = std::exchange(rest_, {}); rest.size > Pages{};) {
        const Order part{std::countr_zero(static_cast<std::uint64_t>(rest.size.count()))};
        insert(rest.first, part, rest.type, Place::head);
        rest.first += part.pages();
        rest.size -= part.pages();
    }
}

std::optional<Order> Buddy::smallest(Order at_least, MigrateType type) const {
    const std::uint32_t filled = filled_[static_cast<std::size_t>(type)] >> at_least.index();
    if (filled == 0) return std::nullopt;
    return Order{at_least.number() + std::countr_zero(filled)};
}

void Buddy::free(Pfn block, Order order, MigrateType type, Place place) {
    list_rest();
    PCPSIM_CHECK(block >= start_ && block + order.pages() <= end_ &&
                     aligned_down(block, order) == block && !is_free(block, order),
                 "buddy: cannot free " + to_string(order) + " at " + to_string(block));
    while (order < geometry_.max_order) {
        const Pfn buddy = buddy_of(block, order);
        if (!is_free(buddy, order) || !may_merge(buddy, order, type)) break;
        remove(buddy);
        block = std::min(block, buddy);
        order = above(order);
    }
    // buddy_merge_likely(): if the buddy of the next larger block is free, this one may soon
    // complete it; at the tail it is likely to be left alone until then.
    if (above(order) < geometry_.max_order) {
        const Pfn larger = aligned_down(block, above(order));
        if (is_free(buddy_of(larger, above(order)), above(order))) place = Place::tail;
    }
    insert(block, order, type, place);
}

bool Buddy::may_merge(Pfn buddy, Order order, MigrateType type) const {
    if (order < geometry_.pageblock_order) return true;
    const MigrateType other = pageblock_type(buddy);
    return type == other || (is_mergeable(type) && is_mergeable(other));
}

}  // namespace pcpsim
