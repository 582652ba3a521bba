#include "models/mm/pcplist.hpp"

#include <algorithm>

#include "sim/check.hpp"

namespace pcpsim {

PcpLayout::PcpLayout(const KernelRules& rules, const PageGeometry& geometry)
    : highest_small_{rules.highest_small_order},
      huge_{geometry.pageblock_order},
      huge_lists_{rules.huge_lists} {}

std::size_t PcpLayout::index(Order order, MigrateType type) const {
    const auto by_type = static_cast<std::size_t>(type);
    if (order <= highest_small_) return order.index() * pcp_types.size() + by_type;
    return small_lists() + std::min(by_type, huge_lists_ - 1);
}

Order PcpLayout::order(std::size_t index) const {
    return index < small_lists() ? Order{static_cast<int>(index / pcp_types.size())} : huge_;
}

MigrateType PcpLayout::type(std::size_t index) const { return pcp_types[index % pcp_types.size()]; }

void PcpLists::push_head(Pfn block, Order order, MigrateType type) {
    lists_[layout_.index(order, type)].push_head(block);
    count_ += order.pages();
}

Pfn PcpLists::pop_head(Order order, MigrateType type) {
    count_ -= order.pages();
    return lists_[layout_.index(order, type)].pop_head();
}

Moved PcpLists::refill(PageSource& source, Order order, MigrateType type, Blocks want) {
    PageRuns& list = lists_[layout_.index(order, type)];
    const std::size_t runs_before = list.run_count();
    const Pages pages = source.refill(order, type, want, list) * order;
    count_ += pages;
    return {pages, static_cast<std::int64_t>(list.run_count() - runs_before)};
}

Moved PcpLists::bulk_free(PageSource& source, Pages pages, std::size_t first) {
    const Pages quota = std::min(pages, count_);
    Moved moved;
    for (std::size_t index = first; moved.pages < quota; index = (index + 1) % lists_.size()) {
        PageRuns& list = lists_[index];
        const Order order = layout_.order(index);
        while (moved.pages < quota && !list.empty()) {
            const Blocks left{(quota - moved.pages + order.pages() - Pages{1}) / order.pages()};
            const PageRun run = list.take_tail(left);
            source.give_back(order, layout_.type(index), run);
            moved.pages += run.blocks() * order;
            ++moved.runs;
        }
    }
    count_ -= moved.pages;
    return moved;
}

void PcpLists::validate() const {
    Pages pages;
    for (std::size_t index = 0; index < lists_.size(); ++index) {
        Blocks blocks;
        for (const PageRun& run : lists_[index]) blocks += run.blocks();
        PCPSIM_CHECK(blocks == lists_[index].size(), "pcplist: blocks are not those of the runs");
        pages += blocks * layout_.order(index);
    }
    PCPSIM_CHECK(pages == count_, "pcplist: count is not the pages on the lists");
}

void Pcplist::set_limits(Pages batch, Pages high) {
    tuning_.batch = batch;
    tuning_.high = high;
}

Moved Pcplist::refill(PageSource& source, Order order, MigrateType type) {
    return lists_.refill(source, order, type, rules_->refill(tuning_, order));
}

Pfn Pcplist::pop(Order order, MigrateType type) {
    rules_->allocated(tuning_);
    return lists_.pop_head(order, type);
}

Pages Pcplist::free(Pfn block, Order order, MigrateType type, bool reclaim_active) {
    lists_.push_head(block, order, type);
    return rules_->spill(tuning_, lists_.count(), order, reclaim_active);
}

Moved Pcplist::spill(PageSource& source, Pages pages, Order order, MigrateType type) {
    return lists_.bulk_free(source, pages, lists_.layout().index(order, type));
}

Moved Pcplist::drain(PageSource& source, Pages most) { return lists_.bulk_free(source, most); }

}  // namespace pcpsim
