#pragma once
// per_cpu_pages: the pages of one zone that one CPU keeps, and the rules that move them.
//
//   alloc <- head [ 12 11 10 | 40 41 42 43 ] tail -> spill and drain
//   free  -> head                          tail <- refill
//
// An allocation takes the page freed last, a spill gives away those not touched for longest.
#include <optional>
#include <vector>

#include "models/mm/kernel_rules.hpp"
#include "models/mm/page_runs.hpp"
#include "models/mm/page_source.hpp"

namespace pcpsim {

/// What one call moved, to be charged to whoever asked for it.
struct Moved {
    Pages pages;
    std::int64_t runs = 0;  ///< pieces of evenly spaced blocks
    bool operator==(const Moved&) const = default;
};

/// free_unref_page(): the list that a freed block joins, by the type of its pageblock. Reserves and
/// CMA go with the movable blocks; isolated blocks, where this is empty, go to the buddy allocator.
std::optional<MigrateType> pcp_type(MigrateType pageblock);

/// Which list a block is on: by order, then by migratetype; the huge-page order comes last.
class PcpLayout {
public:
    PcpLayout(const KernelRules& rules, const PageGeometry& geometry);

    /// pcp_allowed_order(). Other blocks go to and come from the buddy allocator directly.
    [[nodiscard]] bool has_list(Order order) const {
        return order <= highest_small_ || (order == huge_ && huge_lists_.lists != 0);
    }
    /// order_to_pindex(), for a type of pcp_types.
    [[nodiscard]] std::size_t index(Order order, MigrateType type) const;
    [[nodiscard]] std::size_t lists() const { return small_lists() + huge_lists_.lists; }
    [[nodiscard]] Order order(std::size_t index) const;
    /// Of types that share a list of huge blocks the movable one, as nearly all are, or the first.
    [[nodiscard]] MigrateType type(std::size_t index) const;
    [[nodiscard]] BulkOrder bulk_order() const { return bulk_order_; }

private:
    [[nodiscard]] std::size_t small_lists() const {
        return (highest_small_.index() + 1) * pcp_types.size();
    }

    Order highest_small_, huge_;
    HugeLists huge_lists_;
    BulkOrder bulk_order_;
};

/// The lists themselves: a value, so that a strategy may exchange one set for another.
class PcpLists {
public:
    explicit PcpLists(const PcpLayout& layout) : layout_{layout}, lists_(layout.lists()) {}

    /// In base pages, over all lists.
    [[nodiscard]] Pages count() const { return count_; }
    [[nodiscard]] const PcpLayout& layout() const { return layout_; }
    [[nodiscard]] const PageRuns& list(Order order, MigrateType type) const {
        return lists_[layout_.index(order, type)];
    }

    void push_head(Pfn block, Order order, MigrateType type);
    /// One after the other, so that the last one becomes the head.
    void push_head(PageRun run, Order order, MigrateType type);
    /// The list is not empty.
    Pfn pop_head(Order order, MigrateType type);
    /// Up to `most` blocks from the head. The list is not empty.
    PageRun take_head(Order order, MigrateType type, Blocks most);
    /// Up to `want` blocks from the source, for a list that is empty.
    Moved refill(PageSource& source, Order order, MigrateType type, Blocks want);
    /// free_pcppages_bulk(): returns at least `pages`, or all there are, each list from its tail.
    /// `first` is the number of the list that asked for it, where the era heeds that. A last large
    /// block may exceed `pages`.
    Moved bulk_free(PageSource& source, Pages pages, std::size_t first = 0);
    /// The counts agree: BrokenLaw otherwise.
    void validate() const;

private:
    /// From the tail of a list that is not empty; returns how many, until `moved` holds `quota`.
    Blocks give_back(PageSource& source, std::size_t index, Blocks most, Pages quota, Moved& moved);
    void free_list_by_list(PageSource& source, std::size_t index, Pages quota, Moved& moved);
    void free_in_turns(PageSource& source, Pages quota, Moved& moved);

    PcpLayout layout_;
    std::vector<PageRuns> lists_;
    Pages count_;
};

class Pcplist {
public:
    /// The rules outlive the list.
    Pcplist(const KernelRules& rules, const PageGeometry& geometry)
        : rules_{&rules}, lists_{PcpLayout{rules, geometry}} {}

    [[nodiscard]] const PcpTuning& tuning() const { return tuning_; }
    /// pageset_update(). High moves into the new range at once; the kernel does that at the next
    /// use.
    void set_limits(const PcpLimits& limits);
    /// Goes on from a state observed elsewhere.
    void set_tuning(const PcpTuning& tuning) { tuning_ = tuning; }
    [[nodiscard]] const PcpLists& lists() const { return lists_; }
    /// Exchanges the lists in use; the tuning stays.
    void swap_lists(PcpLists& other) { std::swap(lists_, other); }
    [[nodiscard]] Pages count() const { return lists_.count(); }

    [[nodiscard]] bool needs_refill(Order order, MigrateType type) const {
        return lists_.list(order, type).empty();
    }
    /// rmqueue_bulk() for an empty list. Nothing moved means that the source has run out.
    Moved refill(PageSource& source, Order order, MigrateType type, ZoneFlags zone);
    /// Allocates the head of a list that is not empty.
    Pfn pop(Order order, MigrateType type);
    /// Allocates up to `most` blocks, at least one, as pop() would one by one. The list is not
    /// empty.
    PageRun pop_run(Order order, MigrateType type, Blocks most);
    /// __alloc_pages_bulk(): up to `most` pages, at least one, of a list of single pages that is
    /// not empty. Unlike pop(), this does not end a burst of frees.
    PageRun take_bulk(MigrateType type, Blocks most);
    /// free_unref_page_commit(): the block joins the head of its list. Returns how many pages are
    /// to be spilled now, 0 if none.
    Pages free(Pfn block, Order order, MigrateType type, ZoneFlags zone);
    /// Frees single pages, first to last, none of which asks for a spill.
    void free_run(PageRun run, MigrateType type, ZoneFlags zone);
    /// How many such frees, up to `most`, can follow each other.
    [[nodiscard]] Blocks frees_before_spill(Blocks most, ZoneFlags zone) const;
    /// After a free of this order and type that asked for it.
    Moved spill(PageSource& source, Pages pages, Order order, MigrateType type);
    /// Empties the lists, or returns at least `most` pages of them, as a drain does.
    Moved drain(PageSource& source, Pages most = Pages::max());
    /// How much drain_pages_zone() frees between two looks at the count: 2^5 batches since 6.10.
    [[nodiscard]] Pages drain_slice() const { return rules_->drain_slice(tuning_.batch); }
    /// decay_pcp_high(): lowers high; how many pages are to be drained now, in slices of a batch.
    Pages decay();
    /// refresh_cpu_vm_stats(), once per vmstat interval, for a zone of another node than the CPU's;
    /// `used` if zone counters have changed since the last time, as a drain changes them too.
    /// Whether the list has been idle for long enough that up to a batch is to be drained now:
    /// drain_zone_pages().
    bool expires(bool used);

private:
    const KernelRules* rules_;
    PcpTuning tuning_;
    PcpLists lists_;
};

}  // namespace pcpsim
