// When a migratetype has run out: where __rmqueue_fallback() looks, and what it takes.
//
// In the least form: no ALLOC_NOFRAGMENT pass, no highatomic reserve, no CMA, no watermark boost;
// allocated pages count as of their pageblock's type, so none of them is compatible.
#include "models/mm/buddy.hpp"

namespace pcpsim {
namespace {

/// Which types to try, in turn.
std::array<MigrateType, 2> fallbacks(MigrateType type) {
    using enum MigrateType;
    switch (type) {
        case unmovable:
            return {reclaimable, movable};
        case movable:
            return {reclaimable, unmovable};
        default:
            return {unmovable, movable};
    }
}

}  // namespace

std::optional<MigrateType> Buddy::fallback_type(Order order, MigrateType type) const {
    for (const MigrateType other : fallbacks(type))
        if (list(order, other).blocks != 0) return other;
    return std::nullopt;
}

/// Moves free blocks of another type to the wanted type's lists, so that a block of the order can
/// be taken from them. False if there is nothing to move.
bool Buddy::fall_back(Order order, MigrateType type) {
    if (type > MigrateType::reclaimable) return false;
    const auto claims = [&](Order found) {
        return type != MigrateType::movable ||
               found.number() >= geometry_.pageblock_order.number() / 2;
    };
    // The largest block is most likely to bring its whole pageblock along.
    int found = geometry_.max_order.number();
    while (found >= order.number() && !fallback_type(Order{found}, type)) --found;
    if (found < order.number()) return false;
    // Where the pageblock cannot be claimed, the smallest block does the least harm.
    if (!claims(Order{found})) {
        found = order.number();
        while (!fallback_type(Order{found}, type)) ++found;
    }
    const MigrateType other = *fallback_type(Order{found}, type);
    steal(first_page(list(Order{found}, other).head), Order{found}, type, claims(Order{found}));
    return true;
}

void Buddy::steal(Pfn block, Order order, MigrateType type, bool whole_pageblock) {
    const Pages pageblock = geometry_.pageblock_order.pages();
    if (order >= geometry_.pageblock_order) {
        for (Pages at; at < order.pages(); at += pageblock) set_pageblock_type(block + at, type);
    } else if (whole_pageblock) {
        const Pages moved = move_pageblock(block, type);
        if (moved * 2 >= pageblock) set_pageblock_type(block, type);
        if (moved > Pages{0}) return;
    }
    remove(block);
    insert(block, order, type, Place::tail);
}

/// Every free block of the pageblock, ascending, to the tail of its new list:
/// move_freepages_block(). Nothing if the pageblock reaches beyond the zone.
Pages Buddy::move_pageblock(Pfn block, MigrateType type) {
    const Pages size = geometry_.pageblock_order.pages();
    const Pfn first = block - Pages{block.number() % size.count()};
    if (first + size > end_) return Pages{0};
    Pages moved;
    for (Pfn page = first >= start_ ? first : block; page < first + size;) {
        const Node& at = node(pair_of(page));
        const bool free = at.order != not_free && first_page(pair_of(page)) == page;
        const Order order{free ? static_cast<int>(at.order) : 0};
        if (free) {
            remove(page);
            insert(page, order, type, Place::tail);
            moved += order.pages();
        }
        page += order.pages();
    }
    return moved;
}

}  // namespace pcpsim
