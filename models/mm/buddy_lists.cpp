// The free lists of the buddy allocator: records, links and their law.
#include <bit>

#include "models/mm/buddy.hpp"
#include "sim/check.hpp"

namespace pcpsim {

const Buddy::Node& Buddy::node(std::uint32_t pair) const {
    const Block& block = block_of(pair);
    return block.parts ? block.parts[pair & ((1U << pair_bits_) - 1)] : block.whole;
}

Buddy::Node& Buddy::node(std::uint32_t pair) {
    Block& block = block_of(pair);
    return block.parts ? block.parts[pair & ((1U << pair_bits_) - 1)] : block.whole;
}

Pfn Buddy::first_page(std::uint32_t pair) const {
    return base_ + Pages{2 * std::int64_t{pair} + static_cast<std::int64_t>(node(pair).odd)};
}

Buddy::List& Buddy::list(Order order, MigrateType type) {
    return lists_[static_cast<std::size_t>(type)][order.index()];
}

const Buddy::List& Buddy::list(Order order, MigrateType type) const {
    return lists_[static_cast<std::size_t>(type)][order.index()];
}

bool Buddy::is_free(Pfn block, Order order) const {
    if (block < start_ || block >= end_) return false;
    if (rest_.has_part(order, rest_.type) && rest_.part(order) == block) return true;
    const std::uint32_t pair = pair_of(block);
    if (!block_of(pair).parts && order != geometry_.max_order) return false;
    const Node& at = node(pair);
    return at.order == order.index() && at.odd == static_cast<std::uint64_t>(block.number() & 1);
}

void Buddy::insert(Pfn block, Order order, MigrateType type, Place place) {
    const std::uint32_t pair = pair_of(block);
    if (Block& within = block_of(pair); order != geometry_.max_order) {
        if (within.free_parts++ == 0) {
            if (spare_parts_.empty()) {
                within.parts = std::make_unique<Node[]>(std::size_t{1} << pair_bits_);
            } else {
                within.parts = std::move(spare_parts_.back());
                spare_parts_.pop_back();
            }
        }
    }
    List& joined = list(order, type);
    const std::uint32_t previous = place == Place::tail ? joined.tail : none;
    const std::uint32_t next = place == Place::head ? joined.head : none;
    node(pair) = Node{.previous = previous & none,
                      .next = next & none,
                      .order = order.index() & not_free,
                      .odd = static_cast<std::uint64_t>(block.number() & 1),
                      .type = static_cast<std::uint64_t>(type) & 7};
    if (previous == none)
        joined.head = pair;
    else
        node(previous).next = pair & none;
    if (next == none)
        joined.tail = pair;
    else
        node(next).previous = pair & none;
    if (joined.blocks++ == 0) filled_[static_cast<std::size_t>(type)] |= 1U << order.index();
    listed_ += order.pages();
}

void Buddy::remove(Pfn block) {
    const std::uint32_t pair = pair_of(block);
    Node& gone = node(pair);
    const Order order{static_cast<int>(gone.order)};
    const auto type = static_cast<MigrateType>(gone.type);
    const auto previous = static_cast<std::uint32_t>(gone.previous);
    const auto next = static_cast<std::uint32_t>(gone.next);
    gone = Node{};
    List& left = list(order, type);
    if (previous == none)
        left.head = next;
    else
        node(previous).next = next & none;
    if (next == none)
        left.tail = previous;
    else
        node(next).previous = previous & none;
    if (--left.blocks == 0) filled_[static_cast<std::size_t>(type)] &= ~(1U << order.index());
    listed_ -= order.pages();
    if (order == geometry_.max_order) return;
    if (Block& within = block_of(pair); --within.free_parts == 0)
        spare_parts_.push_back(std::move(within.parts));
}

std::size_t Buddy::pageblock(Pfn page) const {
    return static_cast<std::size_t>(offset(page).count() >> geometry_.pageblock_order.number());
}

MigrateType Buddy::pageblock_type(Pfn page) const { return pageblock_types_[pageblock(page)]; }

void Buddy::set_pageblock_type(Pfn page, MigrateType type) {
    pageblock_types_[pageblock(page)] = type;
}

std::vector<Pfn> Buddy::free_list(Order order, MigrateType type) const {
    std::vector<Pfn> blocks;
    if (rest_.has_part(order, type)) blocks.push_back(rest_.part(order));
    for (std::uint32_t pair = list(order, type).head; pair != none;
         pair = static_cast<std::uint32_t>(node(pair).next))
        blocks.push_back(first_page(pair));
    return blocks;
}

Bytes Buddy::footprint() const {
    std::size_t records = spare_parts_.size();
    for (const Block& block : blocks_) records += block.parts ? 1 : 0;
    const std::size_t bytes = sizeof(*this) + blocks_.capacity() * sizeof(Block) +
                              (records << pair_bits_) * sizeof(Node) +
                              spare_parts_.capacity() * sizeof(spare_parts_[0]) +
                              pageblock_types_.capacity() * sizeof(MigrateType);
    return Bytes{static_cast<std::int64_t>(bytes)};
}

void Buddy::validate() const {
    std::vector<bool> seen(static_cast<std::size_t>((end_ - start_).count()), false);
    for (std::size_t type = 0; type < migrate_types; ++type)
        for (int order = 0; order <= geometry_.max_order.number(); ++order)
            validate_list(Order{order}, static_cast<MigrateType>(type), seen);
    std::int64_t pages = 0;
    for (const bool free : seen) pages += free ? 1 : 0;
    PCPSIM_CHECK(Pages{pages} == free_pages(), "buddy: free pages are not the pages on the lists");
}

void Buddy::validate_list(Order order, MigrateType type, std::vector<bool>& seen) const {
    const List& checked = list(order, type);
    const std::string name = "buddy: " + to_string(order) + " " + to_string(type);
    std::int64_t blocks = 0;
    std::uint32_t previous = none;
    for (std::uint32_t pair = checked.head; pair != none; ++blocks) {
        const Node& at = node(pair);
        PCPSIM_CHECK(at.previous == previous && at.order == order.index() &&
                         at.type == static_cast<std::uint64_t>(type),
                     name + ": bad link at " + to_string(first_page(pair)));
        previous = pair;
        pair = static_cast<std::uint32_t>(at.next);
    }
    PCPSIM_CHECK(previous == checked.tail && blocks == checked.blocks, name + ": bad count");
    const bool filled = (filled_[static_cast<std::size_t>(type)] >> order.index() & 1) != 0;
    PCPSIM_CHECK(filled == (blocks != 0), name + ": bad summary");
    for (const Pfn block : free_list(order, type)) {
        PCPSIM_CHECK((block.number() & (order.pages().count() - 1)) == 0 && block >= start_ &&
                         block + order.pages() <= end_,
                     name + ": misplaced at " + to_string(block));
        PCPSIM_CHECK(order >= geometry_.pageblock_order ||
                         !is_free(Pfn{block.number() ^ order.pages().count()}, order),
                     name + ": unmerged at " + to_string(block));
        for (std::int64_t i = 0; i < order.pages().count(); ++i) {
            auto page = seen[static_cast<std::size_t>((block - start_).count() + i)];
            PCPSIM_CHECK(!page, name + ": free twice at " + to_string(block));
            page = true;
        }
    }
}

}  // namespace pcpsim
