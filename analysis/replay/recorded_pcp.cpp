#include "analysis/replay/recorded_pcp.hpp"

#include <fmt/format.h>

#include "sim/check.hpp"

namespace pcpsim {
namespace {

constexpr std::int32_t absent = trace::PcpFields::absent;

/// Whatever is recorded is so.
bool agrees(const trace::PcpFields& fields, const PcpTuning& tuning) {
    const auto is = [](std::int32_t field, std::int64_t value) {
        return field == absent || field == value;
    };
    return is(fields.batch, tuning.batch.count()) && is(fields.high, tuning.high.count()) &&
           is(fields.high_min, tuning.high_min.count()) &&
           is(fields.high_max, tuning.high_max.count()) &&
           is(fields.free_count, tuning.free_count.count()) &&
           is(fields.free_factor, tuning.free_factor) &&
           is(fields.alloc_factor, tuning.alloc_factor) &&
           is(fields.flags, (tuning.freed_high ? 1 : 0) | (tuning.large_cache ? 2 : 0));
}

}  // namespace

Blocks RecordedSource::refill(Order, MigrateType, Blocks want, PageRuns& list) {
    wanted_ = want;
    const Blocks got = offered_.size();
    list.splice_tail(offered_);
    return got;
}

void RecordedSource::give_back(Order order, MigrateType, const PageRun& run) {
    given_.push_back(Given{order, run});
}

RecordedPcp::RecordedPcp(const KernelRules& rules, CpuId cpu, std::size_t zone, Requests* requests)
    : model{rules, PageGeometry{}},
      rules_{&rules},
      cpu_{cpu},
      zone_{zone},
      lists_{model.lists().layout().lists()},
      tunes_itself_{rules.tunes_high()},
      requests_{requests} {
    PCPSIM_CHECK(lists_ <= most_lists, "replay: more lists than a pcplist of any kernel has");
}

bool RecordedPcp::has_huge() const {
    const PcpLayout& layout = model.lists().layout();
    for (std::size_t list = layout.lists(); list-- > 0;) {
        if (layout.order(list) != PageGeometry{}.pageblock_order) return false;
        if (!model.lists().list(layout.order(list), layout.type(list)).empty()) return true;
    }
    return false;
}

bool RecordedPcp::tell() {
    if (requests_ == nullptr) return false;
    if (!told_ && knows_all() && tuned_) {
        requests_->begin(cpu_, zone_, model);
        told_ = true;
    }
    return told_;
}

Pfn RecordedPcp::pop(Order order, MigrateType type) {
    const bool told = tell();
    const Pfn block = model.pop(order, type);
    if (told) requests_->allocated(cpu_, zone_, block, order, type);
    return block;
}

PageRun RecordedPcp::take_bulk(MigrateType type, Blocks most) {
    const bool told = tell();
    const PageRun pages = model.take_bulk(type, most);
    if (told) requests_->allocated_in_bulk(cpu_, zone_, type, pages);
    return pages;
}

void RecordedPcp::forget(Unchecked reason) {
    told_ = false;
    PcpLists empty{model.lists().layout()};
    model.swap_lists(empty);
    known_.reset();
    unseen_.reset();
    doubt_ = reason;
    refill.reset();
    last_free.reset();
}

void RecordedPcp::become_empty() {
    PcpLists empty{model.lists().layout()};
    model.swap_lists(empty);
    learn_count(Pages{0});
}

void RecordedPcp::learn_count(Pages count) {
    if (count < model.count()) forget(doubt_);
    unseen_ = count - model.count();
    if (unseen_ == Pages{0}) known_.set();
}

void RecordedPcp::take_unseen(Pages pages) {
    if (!unseen_) return;
    *unseen_ -= pages;
    if (*unseen_ < Pages{0}) unseen_.reset();
    if (unseen_ == Pages{0}) known_.set();
}

Blocks RecordedPcp::next_refill(Order order) const {
    PcpTuning tuning = model.tuning();
    return rules_->refill(tuning, count().value_or(model.count()), order, {});
}

// The model counts what it holds; unseen pages count, too.

Blocks RecordedPcp::refill_with(Order order, MigrateType type, PageRuns& blocks,
                                std::optional<Blocks> recorded) {
    const bool told = tell();
    PcpTuning tuning = model.tuning();
    const auto want_of = [&](ZoneFlags zone) {
        tuning = model.tuning();
        return rules_->refill(tuning, count().value_or(model.count()), order, zone);
    };
    constexpr ZoneFlags below_high{false, true};
    const bool is_below = recorded && want_of({}) != recorded && want_of(below_high) == recorded;
    const Blocks want = want_of(is_below ? below_high : ZoneFlags{});
    if (told) {
        requests_->wanted(cpu_, zone_, order, type);
        requests_->has_refilled(blocks.size() * order);
    }
    source.offer(blocks);
    model.refill(source, order, type, is_below ? below_high : ZoneFlags{});
    if (!knows_all()) model.set_tuning(tuning);
    known_.set(model.lists().layout().index(order, type));
    return want;
}

std::optional<Pages> RecordedPcp::free(Pfn block, Order order, MigrateType type) {
    if (tell()) requests_->freed(cpu_, zone_, block, order, type);
    before_free_ = model.tuning();
    if (knows_all()) return model.free(block, order, type, {});
    const PcpTuning before = model.tuning();
    model.free(block, order, type, {});
    model.set_tuning(before);
    if (!count()) return std::nullopt;
    return spill_at(*count(), order);
}

bool RecordedPcp::spills_under_pressure(Pages pages, Order order) {
    for (const ZoneFlags zone : {ZoneFlags{true, false}, ZoneFlags{false, true}}) {
        PcpTuning tuning = before_free_;
        if (!count() || rules_->spill(tuning, *count(), order, zone) != pages) continue;
        model.set_tuning(tuning);
        return true;
    }
    return false;
}

Pages RecordedPcp::spill_at(Pages count, Order order) {
    PcpTuning tuning = model.tuning();
    const Pages spill = rules_->spill(tuning, count, order, {});
    model.set_tuning(tuning);
    return spill;
}

bool RecordedPcp::adopt(const trace::PcpFields& fields) {
    const PcpTuning& before = model.tuning();
    if (tuned_ && agrees(fields, before)) return true;
    PcpTuning tuning = before;
    const auto pages = [](std::int32_t field, Pages& value) {
        if (field != absent) value = Pages{field};
    };
    const auto factor = [](std::int32_t field, int& value) {
        if (field >= 0 && field < 16) value = field;
    };
    pages(fields.batch, tuning.batch);
    pages(fields.high, tuning.high);
    pages(fields.high_min, tuning.high_min);
    pages(fields.high_max, tuning.high_max);
    pages(fields.free_count, tuning.free_count);
    factor(fields.free_factor, tuning.free_factor);
    factor(fields.alloc_factor, tuning.alloc_factor);
    if (fields.flags != absent) {
        tuning.freed_high = (fields.flags & 1) != 0;
        tuning.large_cache = (fields.flags & 2) != 0;
    }
    const bool same =
        !tuned_ ||
        (tuning.high == before.high && tuning.free_count == before.free_count &&
         tuning.free_factor == before.free_factor && tuning.alloc_factor == before.alloc_factor);
    if (tunes_itself_)
        tuned_ |= fields.alloc_factor != absent && tuning.high_max > Pages{0};
    else
        tuned_ |= fields.batch != absent || tuning.batch > Pages{1};
    model.set_tuning(tuning);
    return same;
}

std::optional<std::int64_t> RecordedPcp::depth_of(Pfn block, Order order, MigrateType type) const {
    std::int64_t depth = 0;
    for (const PageRun& run : model.lists().list(order, type)) {
        const std::int64_t offset = (block - run.first).count();
        if (offset == 0) return depth;
        // A page that a broken recording frees twice is a run without a step.
        if (run.count > 1 && run.step != 0 && offset % run.step == 0 && offset / run.step > 0 &&
            offset / run.step < std::int64_t{run.count})
            return depth + offset / run.step;
        depth += run.count;
    }
    return std::nullopt;
}

std::optional<Pfn> RecordedPcp::head(Order order, MigrateType type) const {
    const PageRuns& list = model.lists().list(order, type);
    if (list.empty()) return std::nullopt;
    return list.begin()->first;
}

Pfn RecordedPcp::lift(Order order, MigrateType type) {
    PcpLists lists{model.lists().layout()};
    model.swap_lists(lists);
    const Pfn block = lists.pop_head(order, type);
    model.swap_lists(lists);
    return block;
}

void RecordedPcp::put_back(Pfn block, Order order, MigrateType type) {
    PcpLists lists{model.lists().layout()};
    model.swap_lists(lists);
    lists.push_head(block, order, type);
    model.swap_lists(lists);
}

bool RecordedPcp::remove(Pfn block, Order order) {
    for (const MigrateType type : pcp_types) {
        const auto depth = depth_of(block, order, type);
        if (!depth) continue;
        PcpLists lists{model.lists().layout()};
        model.swap_lists(lists);
        PageRuns kept;
        const Blocks before{*depth};
        while (kept.size() < before)
            kept.push_tail(lists.take_head(order, type, before - kept.size()));
        lists.pop_head(order, type);
        while (!lists.list(order, type).empty())
            kept.push_tail(lists.take_head(order, type, Blocks::max()));
        source.offer(kept);
        lists.refill(source, order, type, Blocks{0});
        model.swap_lists(lists);
        return true;
    }
    return false;
}

std::string RecordedPcp::state() const {
    const PcpTuning& tuning = model.tuning();
    std::string text = fmt::format("count {}, high {}, batch {}", model.count().count(),
                                   tuning.high.count(), tuning.batch.count());
    if (tunes_itself_)
        text += fmt::format(", high_min {}, high_max {}, alloc_factor {}, free_count {}",
                            tuning.high_min.count(), tuning.high_max.count(), tuning.alloc_factor,
                            tuning.free_count.count());
    else if (tuning.free_factor != 0)
        text += fmt::format(", free_factor {}", tuning.free_factor);
    return text;
}

}  // namespace pcpsim
