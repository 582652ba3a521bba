#include "models/mm/pcplist.hpp"

#include <algorithm>

#include "sim/check.hpp"

namespace pcpsim {

std::optional<MigrateType> pcp_type(MigrateType pageblock) {
    if (pageblock == MigrateType::isolate) return std::nullopt;
    return pageblock > pcp_types.back() ? MigrateType::movable : pageblock;
}

PcpLayout::PcpLayout(const KernelRules& rules, const PageGeometry& geometry)
    : highest_small_{rules.highest_small_order},
      huge_{geometry.pageblock_order},
      huge_lists_{rules.huge},
      bulk_order_{rules.bulk_order} {}

std::size_t PcpLayout::index(Order order, MigrateType type) const {
    const auto by_type = static_cast<std::size_t>(type);
    if (order <= highest_small_) return order.index() * pcp_types.size() + by_type;
    return small_lists() + huge_lists_.of_type[by_type];
}

Order PcpLayout::order(std::size_t index) const {
    return index < small_lists() ? Order{static_cast<int>(index / pcp_types.size())} : huge_;
}

MigrateType PcpLayout::type(std::size_t index) const {
    if (index < small_lists()) return pcp_types[index % pcp_types.size()];
    const auto shares = [&](MigrateType type) { return this->index(huge_, type) == index; };
    if (shares(MigrateType::movable)) return MigrateType::movable;
    return *std::ranges::find_if(pcp_types, shares);
}

void PcpLists::push_head(Pfn block, Order order, MigrateType type) {
    lists_[layout_.index(order, type)].push_head(block);
    count_ += order.pages();
}

void PcpLists::push_head(PageRun run, Order order, MigrateType type) {
    lists_[layout_.index(order, type)].push_head(run.reversed());
    count_ += run.blocks() * order;
}

Pfn PcpLists::pop_head(Order order, MigrateType type) {
    count_ -= order.pages();
    return lists_[layout_.index(order, type)].pop_head();
}

PageRun PcpLists::take_head(Order order, MigrateType type, Blocks most) {
    const PageRun taken = lists_[layout_.index(order, type)].take_head(most);
    count_ -= taken.blocks() * order;
    return taken;
}

Moved PcpLists::refill(PageSource& source, Order order, MigrateType type, Blocks want) {
    PageRuns& list = lists_[layout_.index(order, type)];
    PCPSIM_CHECK(list.empty(), "pcplist: only an empty list is refilled");
    const Pages pages = source.refill(order, type, want, list) * order;
    count_ += pages;
    return {pages, static_cast<std::int64_t>(list.run_count())};
}

Moved PcpLists::bulk_free(PageSource& source, Pages pages, std::size_t first) {
    const Pages quota = std::min(pages, count_);
    Moved moved;
    if (layout_.bulk_order() == BulkOrder::in_turns)
        free_in_turns(source, quota, moved);
    else
        free_list_by_list(source, first, quota, moved);
    count_ -= moved.pages;
    return moved;
}

void PcpLists::free_list_by_list(PageSource& source, std::size_t index, Pages quota, Moved& moved) {
    for (; moved.pages < quota; index = (index + 1) % lists_.size())
        if (!lists_[index].empty()) give_back(source, index, Blocks::max(), quota, moved);
}

/// What a list does not use of its turn, being empty before, is added to the next turn; a turn that
/// has grown to the number of lists has found only one that is not empty, and takes all from it.
void PcpLists::free_in_turns(PageSource& source, Pages quota, Moved& moved) {
    const Blocks every_list{std::ssize(lists_)};
    Blocks turn;
    for (std::size_t index = 0; moved.pages < quota;) {
        do {
            turn += Blocks{1};
            index = (index + 1) % lists_.size();
        } while (lists_[index].empty());
        if (turn == every_list) turn = Blocks::max();
        turn -= give_back(source, index, turn, quota, moved);
    }
}

Blocks PcpLists::give_back(PageSource& source, std::size_t index, Blocks most, Pages quota,
                           Moved& moved) {
    PageRuns& list = lists_[index];
    const Order order = layout_.order(index);
    Blocks given;
    while (moved.pages < quota && given < most && !list.empty()) {
        const Blocks due{(quota - moved.pages + order.pages() - Pages{1}) / order.pages()};
        const PageRun run = list.take_tail(std::min(due, most - given));
        source.give_back(order, layout_.type(index), run);
        given += run.blocks();
        moved.pages += run.blocks() * order;
        ++moved.runs;
    }
    return given;
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

void Pcplist::set_limits(const PcpLimits& limits) {
    tuning_.batch = limits.batch;
    tuning_.high_min = limits.high_min;
    tuning_.high_max = limits.high_max;
    tuning_.high = std::min(std::max(tuning_.high, limits.high_min), limits.high_max);
}

Moved Pcplist::refill(PageSource& source, Order order, MigrateType type, ZoneFlags zone) {
    return lists_.refill(source, order, type, rules_->refill(tuning_, lists_.count(), order, zone));
}

Pfn Pcplist::pop(Order order, MigrateType type) {
    tuning_.allocated();
    return lists_.pop_head(order, type);
}

PageRun Pcplist::pop_run(Order order, MigrateType type, Blocks most) {
    const PageRun run = lists_.take_head(order, type, most);
    tuning_.allocated(run.blocks());
    return run;
}

PageRun Pcplist::take_bulk(MigrateType type, Blocks most) {
    return lists_.take_head(Order{0}, type, most);
}

Pages Pcplist::free(Pfn block, Order order, MigrateType type, ZoneFlags zone) {
    lists_.push_head(block, order, type);
    return rules_->spill(tuning_, lists_.count(), order, zone);
}

void Pcplist::free_run(PageRun run, MigrateType type, ZoneFlags zone) {
    for (Pages freed{1}; freed <= run.blocks() * Order{0}; freed += Pages{1}) {
        const Pages surplus = rules_->spill(tuning_, count() + freed, Order{0}, zone);
        PCPSIM_CHECK(surplus == Pages{}, "pcplist: a free in a burst asks for a spill");
    }
    lists_.push_head(run, Order{0}, type);
}

Blocks Pcplist::frees_before_spill(Blocks most, ZoneFlags zone) const {
    PcpTuning tuning = tuning_;
    Blocks frees;
    for (Pages count = this->count(); frees < most; frees += Blocks{1}) {
        count += Pages{1};
        if (rules_->spill(tuning, count, Order{0}, zone) > Pages{}) break;
    }
    return frees;
}

Moved Pcplist::spill(PageSource& source, Pages pages, Order order, MigrateType type) {
    return lists_.bulk_free(source, pages, lists_.layout().index(order, type));
}

Moved Pcplist::drain(PageSource& source, Pages most) { return lists_.bulk_free(source, most); }

Pages Pcplist::decay() { return rules_->decay(tuning_, lists_.count()); }

bool Pcplist::expires(bool used) {
    if (used) tuning_.expire = 3;
    if (tuning_.expire == 0 || count() == Pages{0}) return false;
    return --tuning_.expire == 0;
}

}  // namespace pcpsim
