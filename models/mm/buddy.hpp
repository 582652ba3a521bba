#pragma once
// The buddy allocator of one zone: free_area[order][migratetype], every list in the kernel's order.
//
//   blocks of max order     | whole, free  | broken up: a record per two pages | allocated |
//   what is kept            | link         | links                             | nothing   |
//
// A block that is being taken apart from its start is not broken up: the parts of what is left are
// the binary digits of its size. They join their lists when anything else is to happen.
//
// Two buddies below a pageblock are never both free with the same order (they would have merged),
// so two neighbouring pages share one 8-byte record, whatever the order of the free block that
// begins there: at worst 4 bytes per page. A block of max order gets its records when it is broken
// up, and loses them when none of its parts is free. What is allocated leaves no trace here.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/mm/page.hpp"
#include "models/mm/page_source.hpp"

namespace pcpsim {

class Buddy final : public PageSource {
public:
    /// Every pageblock is movable, as after boot, and no page is free yet. At most 2^29 pages.
    Buddy(PageGeometry geometry, Pfn start, Pages span);

    /// Gives pages to the allocator for the first time, as __free_pages_core(): naturally aligned
    /// blocks as large as possible, ascending, each to the tail of its list.
    void add_range(Pfn first, Pages count);

    /// The head of the smallest sufficient list, split down to the order, or a fallback from
    /// another migratetype: __rmqueue(). Nothing if no block is left.
    std::optional<Pfn> alloc(Order order, MigrateType type);
    /// Merges with free buddies and joins the list: __free_one_page().
    void free(Pfn block, Order order, MigrateType type);

    /// Equal to one alloc() per block, in time proportional to the runs found.
    Blocks refill(Order order, MigrateType type, Blocks want, PageRuns& list) override;
    /// Equal to one free() per block, in time proportional to the aligned blocks in the run.
    void give_back(Order order, MigrateType type, const PageRun& run) override;

    [[nodiscard]] Pages free_pages() const { return listed_ + rest_.size; }
    /// Whether an allocation of this order could be served from one of the pcp_types.
    [[nodiscard]] bool has_block(Order at_least) const;
    [[nodiscard]] MigrateType pageblock_type(Pfn page) const;
    void set_pageblock_type(Pfn page, MigrateType type);
    /// First pages of the free blocks, head to tail.
    [[nodiscard]] std::vector<Pfn> free_list(Order order, MigrateType type) const;
    /// Host memory in use.
    [[nodiscard]] Bytes footprint() const;
    /// Walks every list. BrokenLaw if links, counts, alignment or merging are wrong.
    void validate() const;

private:
    enum class Place { head, tail };
    static constexpr std::uint32_t none = (1U << 28) - 1;
    static constexpr std::uint32_t not_free = 15;
    static constexpr std::size_t max_orders = not_free;

    /// A free block that begins at one of two neighbouring pages. Links number pairs of pages.
    struct Node {
        std::uint64_t previous : 28 = none;
        std::uint64_t next : 28 = none;
        std::uint64_t order : 4 = not_free;
        std::uint64_t odd : 1 = 0;  ///< it begins at the second page; only with order 0
        std::uint64_t type : 3 = 0;
    };
    struct Block {
        std::unique_ptr<Node[]> parts;  ///< null while nothing smaller than the block is free
        std::uint32_t free_parts = 0;
        Node whole;
    };
    struct List {
        std::uint32_t head = none;
        std::uint32_t tail = none;
        std::int64_t blocks = 0;
    };
    /// What is left of the block taken apart last. Its parts ascend, the smallest first, and each
    /// is the head of its list.
    struct Rest {
        Pfn first;
        Pages size;
        MigrateType type = MigrateType::unmovable;

        [[nodiscard]] bool has_part(Order order, MigrateType of_type) const {
            return type == of_type && (size.count() & order.pages().count()) != 0;
        }
        [[nodiscard]] Pfn part(Order order) const {
            return first + Pages{size.count() & (order.pages().count() - 1)};
        }
    };

    [[nodiscard]] Pages offset(Pfn page) const { return page - base_; }
    [[nodiscard]] std::uint32_t pair_of(Pfn page) const {
        return static_cast<std::uint32_t>(offset(page).count() / 2);
    }
    [[nodiscard]] Block& block_of(std::uint32_t pair) { return blocks_[pair >> pair_bits_]; }
    [[nodiscard]] const Block& block_of(std::uint32_t pair) const {
        return blocks_[pair >> pair_bits_];
    }
    [[nodiscard]] const Node& node(std::uint32_t pair) const;
    [[nodiscard]] Node& node(std::uint32_t pair);
    [[nodiscard]] Pfn first_page(std::uint32_t pair) const;
    [[nodiscard]] List& list(Order order, MigrateType type);
    [[nodiscard]] const List& list(Order order, MigrateType type) const;
    [[nodiscard]] bool is_free(Pfn block, Order order) const;
    [[nodiscard]] std::size_t pageblock(Pfn page) const;

    void insert(Pfn block, Order order, MigrateType type, Place place);
    void remove(Pfn block);
    void free(Pfn block, Order order, MigrateType type, Place place);
    [[nodiscard]] bool may_merge(Pfn buddy, Order order, MigrateType type) const;
    void give_back_ascending(Pfn first, Pfn end, MigrateType type);
    void give_back_descending(Pfn first, Pfn end, MigrateType type);

    PageRun take(Order order, MigrateType type, Blocks want);
    [[nodiscard]] Pages takeable_rest(Order order, MigrateType type) const;
    bool take_apart(Order order, MigrateType type);
    void list_rest();
    [[nodiscard]] std::optional<Order> smallest(Order at_least, MigrateType type) const;
    bool fall_back(Order order, MigrateType type);
    [[nodiscard]] std::optional<MigrateType> fallback_type(Order order, MigrateType type) const;
    void steal(Pfn block, Order order, MigrateType type, bool whole_pageblock);
    Pages move_pageblock(Pfn block, MigrateType type);
    void validate_list(Order order, MigrateType type, std::vector<bool>& seen) const;

    PageGeometry geometry_;
    Pfn start_, end_;
    Pfn base_;  ///< start_ rounded down to a block of max order
    int pair_bits_;
    Pages listed_;
    Rest rest_;
    std::vector<Block> blocks_;
    std::vector<std::unique_ptr<Node[]>> spare_parts_;  ///< every node is not_free
    std::vector<MigrateType> pageblock_types_;
    std::array<std::array<List, max_orders>, migrate_types> lists_;
    std::array<std::uint32_t, migrate_types> filled_{};  ///< per type a bit for each order
};

}  // namespace pcpsim
