// The balance worker in a replay: each step that it would take next against the one recorded.
#include <fmt/format.h>

#include "analysis/replay/percpu_replay.hpp"

namespace pcpsim {

using namespace trace;

std::string PercpuReplay::text_of(const std::optional<BalanceStep>& step) const {
    using Kind = BalanceStep::Kind;
    if (!step) return "nothing";
    const std::string where = step->kind == Kind::create ? "" : " " + names_.name_of(step->chunk);
    const auto pages = [&](const char* what) {
        return fmt::format("{}{} [{}, {})", what, where, step->pages.start.count(),
                           step->pages.end.count());
    };
    switch (step->kind) {
        case Kind::populate:
            return pages("populate");
        case Kind::depopulate:
            return pages("depopulate");
        case Kind::flush_tlb:
            return pages("flush");
        case Kind::create:
            return "create a chunk";
        case Kind::destroy:
            return "destroy" + where;
    }
    return {};
}

void PercpuReplay::advance() {
    worker_->begun = true;
    worker_->step = worker_->steps.next();
}

/// The worker is behind its flushes, which no event shows.
void PercpuReplay::pass_flushes() {
    while (worker_->step && worker_->step->kind == BalanceStep::Kind::flush_tlb) {
        apply(*worker_->step, {});
        advance();
    }
}

/// Whether the worker at hand does something before it runs again. Otherwise it has found nothing
/// to do.
bool PercpuReplay::acts_later() {
    constexpr std::int64_t most = 1 << 12;
    const std::int64_t now = window_->position();
    for (std::int64_t at = now + 1; at < now + most && window_->sees(at); ++at) {
        const Record& later = window_->at(at);
        const auto* event = std::get_if<PercpuEvent>(&later.event);
        if (event == nullptr) continue;
        if (std::holds_alternative<PercpuBalance>(*event)) return false;
        if (later.actor.pid == record().actor.pid)
            return !std::holds_alternative<PercpuFree>(*event) &&
                   !std::holds_alternative<PercpuAlloc>(*event) &&
                   !std::holds_alternative<PercpuAllocEntry>(*event);
    }
    return false;
}

void PercpuReplay::take(const PercpuBalance&) {
    if (blind_) return;
    finish_worker();
    ++result_.counts.worker_runs;
    worker_ = Worker{record().actor.pid, depopulation_->balance()};
    if (!acts_later()) finish_worker();
}

void PercpuReplay::take(const PercpuBalanceFree& event) {
    if (!worker_) return;
    if (!event.empty_only) return advance();
    pass_flushes();
    // What is left may be destroyed from here on.
    while (worker_->step && worker_->step->kind != BalanceStep::Kind::destroy) {
        differ(worker_->step->kind == BalanceStep::Kind::create ? Check::chunk_events
                                                                : Check::populate_ranges,
               "worker", state_of(worker_->step->chunk), text_of(worker_->step), "nothing");
        apply(*worker_->step, {});
        advance();
    }
}

/// It runs no more: all that it wanted to do was recorded.
void PercpuReplay::finish_worker() {
    if (!worker_) return;
    if (!worker_->begun) advance();
    for (; worker_->step; advance()) {
        if (worker_->step->kind != BalanceStep::Kind::flush_tlb) {
            const auto kind = worker_->step->kind;
            const bool of_chunks =
                kind == BalanceStep::Kind::create || kind == BalanceStep::Kind::destroy;
            differ(of_chunks ? Check::chunk_events : Check::populate_ranges, "worker",
                   of_chunks ? "-" : state_of(worker_->step->chunk), text_of(worker_->step),
                   "nothing");
        }
        apply(*worker_->step, {});
    }
    worker_.reset();
}

/// The recording ends, perhaps in the midst of its work.
void PercpuReplay::abandon_worker() {
    if (worker_ && worker_->begun) pass_flushes();
    if (worker_ && worker_->step) {
        unchecked(Check::populate_ranges, Unchecked::recording_ends);
        worker_.reset();
    }
    finish_worker();
}

void PercpuReplay::apply(const BalanceStep& step, Address address) {
    if (!is_legal(step)) return;  // after a mismatch
    result_.counts.count(step);
    if (step.kind == BalanceStep::Kind::create) {
        names_.add(address, allocator_.create_chunk(step.type));
    } else {
        if (step.kind == BalanceStep::Kind::destroy) names_.remove(step.chunk);
        pcpsim::apply(step, allocator_);
    }
    constexpr std::size_t most_footprints = 1 << 16;
    if (footprints_.size() < most_footprints) footprints_.push_back(allocator_.footprint());
    result_.counts.holds(allocator_.footprint());
}

/// The worker at hand was recorded taking this step, of the chunk at this address.
void PercpuReplay::follow(Check check, BalanceStep::Kind kind, Address address, PageRange pages) {
    using Kind = BalanceStep::Kind;
    std::optional<BalanceStep>& step = worker_->step;
    if (!worker_->begun) advance();
    pass_flushes();
    // Kernels without a probe on it do not tell how a chunk lost its memory before it was
    // destroyed.
    while (kind == Kind::destroy && step && step->kind == Kind::depopulate &&
           step->chunk == names_.find(address)) {
        apply(*step, {});
        advance();
    }
    const auto named = kind == Kind::create ? std::nullopt : names_.find(address);
    const bool matches = step && step->kind == kind && (!named || *named == step->chunk) &&
                         (kind == Kind::create || kind == Kind::destroy || step->pages == pages);
    if (matches) {
        fits(check, std::exchange(worker_->early, false));
        if (kind != Kind::create) names_.add(address, step->chunk);
        apply(*step, address);
        return advance();
    }
    const BalanceStep seen{kind, PercpuType::root, named.value_or(ChunkId{}), pages};
    differ(check, "worker", named ? state_of(*named) : "-", text_of(step),
           named || kind == Kind::create
               ? text_of(seen)
               : fmt::format("something in unknown chunk {:x}", address.value));
    // The worker may be about to look at a chunk that was destroyed, so that one stays.
    const bool follows = kind == Kind::create ? !is_wreck() : named && kind != Kind::destroy;
    if (follows) apply(seen, address);
    if (step && step->kind == kind) advance();
}

/// Whether the allocator can take a step. It can unless something else went wrong before.
bool PercpuReplay::is_legal(const BalanceStep& step) const {
    using Kind = BalanceStep::Kind;
    if (step.kind == Kind::create || step.kind == Kind::flush_tlb) return true;
    if (!allocator_.exists(step.chunk)) return false;
    const PercpuChunk& chunk = allocator_.chunk(step.chunk);
    if (step.kind == Kind::destroy)
        return allocator_.is_free(step.chunk) && chunk.nr_populated() == Pages{0};
    if (step.pages.end > chunk.region().pages) return false;
    if (step.kind == Kind::populate) return chunk.populated_in(step.pages).empty();
    for (Pages page = step.pages.start; page < step.pages.end; page += Pages{1})
        if (!chunk.is_empty_page(page)) return false;
    return true;
}

void PercpuReplay::take(const PercpuPopulated& event) {
    if (blind_) return unchecked(Check::populate_ranges, *blind_);
    if (is_worker())
        return follow(Check::populate_ranges, BalanceStep::Kind::populate, event.chunk,
                      {event.start, event.end});
    if (Pending* begun = pending()) return populate(*begun, event);
    if (const Record* allocation = next_allocation())
        if (Pending* begun = begin_allocation(*allocation)) return populate(*begun, event);
    unchecked(Check::populate_ranges, Unchecked::recording_ends);
}

void PercpuReplay::take(const PercpuDepopulated& event) {
    if (blind_) return unchecked(Check::populate_ranges, *blind_);
    if (is_worker())
        return follow(Check::populate_ranges, BalanceStep::Kind::depopulate, event.chunk,
                      {event.start, event.end});
    differ(Check::populate_ranges, "no worker", "-", "nothing",
           fmt::format("depopulate {:x} [{}, {})", event.chunk.value, event.start.count(),
                       event.end.count()));
}

void PercpuReplay::take(const PercpuCreateChunk& event) {
    if (blind_) return unchecked(Check::chunk_events, *blind_);
    if (is_worker()) return follow(Check::chunk_events, BalanceStep::Kind::create, event.chunk, {});
    // An allocation that found no room.
    const Record* allocation = next_allocation();
    if (allocation == nullptr) return unchecked(Check::chunk_events, Unchecked::recording_ends);
    const PercpuRequest request =
        request_of(std::get<PercpuAlloc>(std::get<PercpuEvent>(allocation->event)));
    const bool fits = allocator_.is_legal(request) && allocator_.allocate(request).has_value();
    if (!fits && !allocator_.has_free_chunk(request.type))
        result_.checks.matched(Check::chunk_events);
    else
        differ(Check::chunk_events, "allocation", "-", "room in a chunk", "a new chunk");
    if (!is_wreck()) apply({BalanceStep::Kind::create, request.type, {}, {}}, event.chunk);
}

void PercpuReplay::take(const PercpuDestroyChunk& event) {
    if (blind_) return unchecked(Check::chunk_events, *blind_);
    if (is_worker())
        return follow(Check::chunk_events, BalanceStep::Kind::destroy, event.chunk, {});
    differ(Check::chunk_events, "no worker", "-", "nothing",
           fmt::format("destroy {:x}", event.chunk.value));
}

}  // namespace pcpsim
