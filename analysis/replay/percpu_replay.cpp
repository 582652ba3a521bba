#include "analysis/replay/percpu_replay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/check.hpp"

namespace pcpsim {

using namespace trace;

std::int64_t PercpuResult::mismatched_events() const {
    std::int64_t sum = 0;
    for (const Check check : {Check::percpu_placement, Check::chunk_events, Check::populate_ranges})
        sum += checks.tally(check).mismatched;
    return sum;
}

PercpuReplay::PercpuReplay(const RecordedPercpu& recorded, const Choice<Depopulation>& depopulation,
                           PercpuRequests* requests)
    : recorded_{recorded},
      chosen_{depopulation},
      allocator_{recorded.geometry, recorded.rules},
      depopulation_{depopulation.make(allocator_)},
      requests_{requests} {
    allocator_.depopulate_by(depopulation_.get());
}

PercpuReplay::PercpuReplay(const PercpuReplay& other)
    : recorded_{other.recorded_},
      chosen_{other.chosen_},
      allocator_{other.allocator_},
      depopulation_{chosen_.make(allocator_)},
      requests_{nullptr},
      order_{other.order_},
      names_{other.names_},
      result_{other.result_},
      blind_{other.blind_},
      pending_{other.pending_},
      expected_{other.expected_},
      elsewhere_{other.elsewhere_},
      outside_{other.outside_},
      events_only_{true} {
    PCPSIM_CHECK(other.is_quiet(), "a replay is copied between two runs of the worker");
    allocator_.depopulate_by(depopulation_.get());
}

bool PercpuReplay::take(Window& window) {
    window_ = &window;
    const auto* event = std::get_if<PercpuEvent>(&record().event);
    if (event == nullptr) {
        if (std::holds_alternative<LostEvents>(record().event) && !blind_) lose();
        return false;
    }
    if (order_ != nullptr) come_early();
    raced_ = false;
    std::visit([&](const auto& percpu) { take(percpu); }, *event);
    if (comparison_.snapshot != nullptr && !comparison_.differences.empty()) compare_again();
    return true;
}

/// What the chunks hold is unknown from here on.
void PercpuReplay::lose() {
    blind_ = Unchecked::after_lost_events;
    worker_.reset();
    pending_.clear();
    comparison_ = {};
}

/// What the order says came before the record at hand.
void PercpuReplay::come_early() {
    const std::int64_t now = window_->position();
    if (worker_ && worker_->begun && order_->worker.contains(now)) {
        pass_flushes();
        worker_->early = true;
    }
    const auto [first, last] = order_->allocations.equal_range(now);
    for (auto early = first; early != last; ++early)
        if (window_->sees(early->second) &&
            !pending_.contains(window_->at(early->second).actor.pid))
            if (Pending* begun = begin_allocation(window_->at(early->second))) begun->early = true;
}

/// As predicted; if that took an order that was made up to fit, it is only explained.
void PercpuReplay::fits(Check check, bool early) {
    if (early)
        result_.checks.explained(check);
    else
        result_.checks.matched(check);
}

bool PercpuStream::next(Record& record) {
    while (window_.advance()) {
        if (replay_.take(window_)) continue;
        record = window_.current();
        return true;
    }
    return false;
}

PercpuResult PercpuReplay::finish(Ending ending) {
    abandon_worker();
    if (ending == Ending::cut)
        for (; !comparison_.differences.empty(); comparison_.differences.pop_back())
            unchecked(Check::chunk_state, Unchecked::recording_ends);
    settle_comparison();
    if (result_.started && requests_ != nullptr) requests_->passes("end", allocator_);
    if (!blind_ && recorded_.snapshots.maps.size() > 1)
        check_map(recorded_.snapshots.maps.back(), ending);
    return std::move(result_);
}

void PercpuReplay::differ(Check check, std::string where, std::string before, std::string expected,
                          std::string recorded) {
    result_.checks.mismatched({check, record().line, record().time, std::move(where),
                               std::move(before), std::move(expected), std::move(recorded)});
}

std::string PercpuReplay::state_of(ChunkId id) const {
    if (!allocator_.exists(id)) return "no such chunk";
    const PercpuChunk& chunk = allocator_.chunk(id);
    return fmt::format("slot {}, free {}, contig {}, populated {}, empty {}", allocator_.slot(id),
                       chunk.free_bytes().count(), chunk.contig_bytes().count(),
                       chunk.nr_populated().count(), chunk.nr_empty_populated().count());
}

std::string PercpuReplay::text_of(const PercpuArea& area) const {
    return fmt::format("{} offset {}", names_.name_of(area.chunk), area.offset.count());
}

// Allocations.

PercpuRequest PercpuReplay::request_of(const PercpuAlloc& event) const {
    PercpuRequest request;
    request.size = Bytes{event.size};
    request.align = Bytes{event.align};
    request.reserved = event.reserved;
    request.atomic = event.atomic;
    // Whether it is charged depends on the task's cgroup, which is not recorded.
    if (const auto chunk = names_.find(event.chunk)) request.type = allocator_.type_of(*chunk);
    return request;
}

std::optional<PercpuArea> PercpuReplay::allocate(const PercpuRequest& request) {
    const auto area = allocator_.allocate(request);
    if (area && requests_ != nullptr) requests_->allocated(request, *area);
    return area;
}

/// The allocation whose thread is at hand, as far as it is populated.
PercpuReplay::Pending* PercpuReplay::pending() {
    if (pending_.empty()) return nullptr;
    const auto found = pending_.find(record().actor.pid);
    return found == pending_.end() ? nullptr : &found->second;
}

/// What the thread at hand is about to allocate; null if the recording ends before it is done.
const Record* PercpuReplay::next_allocation() {
    for (std::int64_t at = window_->position(); window_->sees(at); ++at) {
        const Record& later = window_->at(at);
        if (later.actor.pid != record().actor.pid) continue;
        const auto* event = std::get_if<PercpuEvent>(&later.event);
        const auto* alloc = event == nullptr ? nullptr : std::get_if<PercpuAlloc>(event);
        if (alloc != nullptr && !alloc->atomic) return &later;
    }
    return nullptr;
}

/// The allocation that this record tells of has its area. Null if the model has none for it.
PercpuReplay::Pending* PercpuReplay::begin_allocation(const Record& allocation) {
    const auto* event = std::get_if<PercpuAlloc>(&std::get<PercpuEvent>(allocation.event));
    if (event == nullptr || event->reserved) return nullptr;
    const PercpuRequest request = request_of(*event);
    if (!allocator_.is_legal(request)) return nullptr;
    const auto area = allocate(request);
    if (!area) return nullptr;
    return &pending_
                .insert_or_assign(allocation.actor.pid,
                                  Pending{request, *area, allocator_.unpopulated(*area)})
                .first->second;
}

void PercpuReplay::populate(Pending& allocation, const PercpuPopulated& event) {
    const PageRange pages{event.start, event.end};
    const ChunkId chunk = allocation.area.chunk;
    const bool expected = !allocation.gaps.empty() && allocation.gaps.front() == pages &&
                          names_.find(event.chunk).value_or(chunk) == chunk;
    if (!expected) {
        expected_ = allocation.area;
        return differ(Check::populate_ranges, text_of(allocation.area), state_of(chunk),
                      allocation.gaps.empty()
                          ? std::string{"nothing to populate"}
                          : fmt::format("populate [{}, {})", allocation.gaps.front().start.count(),
                                        allocation.gaps.front().end.count()),
                      fmt::format("base {:x} [{}, {})", event.chunk.value, pages.start.count(),
                                  pages.end.count()));
    }
    result_.checks.matched(Check::populate_ranges);
    names_.add(event.chunk, chunk);
    apply({BalanceStep::Kind::populate, allocator_.type_of(chunk), chunk, pages}, event.chunk);
    allocation.gaps.erase(allocation.gaps.begin());
}

void PercpuReplay::take(const PercpuAllocEntry&) {}

void PercpuReplay::take(const PercpuAlloc& event) {
    if (blind_) return unchecked(Check::percpu_placement, *blind_);
    ++result_.counts.allocations;
    if (event.reserved && !allocator_.reserved_chunk()) {
        outside_.emplace_back(event.chunk.value, event.offset);
        return unchecked(Check::percpu_placement, Unchecked::reserved_chunk);
    }
    if (Pending* begun = pending()) {
        const Pending allocation = std::move(*begun);
        pending_.erase(record().actor.pid);
        return finish(allocation, event);
    }
    const PercpuRequest request = request_of(event);
    if (!allocator_.is_legal(request))
        return differ(Check::percpu_placement, "allocation", "-", "refused as illegal",
                      fmt::format("size {} align {}", event.size, event.align));
    const auto area = allocate(request);
    if (!area)
        return differ(Check::percpu_placement, "allocation",
                      fmt::format("size {} align {}", event.size, event.align),
                      request.atomic ? "fails" : "a new chunk",
                      fmt::format("{:x} offset {}", event.chunk.value, event.offset));
    finish({request, *area, allocator_.unpopulated(*area)}, event);
}

void PercpuReplay::finish(const Pending& allocation, const PercpuAlloc& event) {
    const PercpuArea& area = allocation.area;
    for (const PageRange& gap : allocation.gaps) {
        differ(Check::populate_ranges, text_of(area), state_of(area.chunk),
               fmt::format("populate [{}, {})", gap.start.count(), gap.end.count()), "nothing");
        apply({BalanceStep::Kind::populate, allocator_.type_of(area.chunk), area.chunk, gap}, {});
    }
    if (names_.find(event.chunk) == area.chunk && area.offset.count() == event.offset)
        return fits(Check::percpu_placement, allocation.early);
    differ(Check::percpu_placement, fmt::format("size {} align {}", event.size, event.align),
           state_of(area.chunk), text_of(area),
           fmt::format("chunk {:x} offset {}", event.chunk.value, event.offset));
    expected_ = area;
    elsewhere_.insert_or_assign({event.chunk.value, event.offset}, area);
}

bool PercpuReplay::took_expected(const Record& allocation) const {
    const auto* percpu = std::get_if<PercpuEvent>(&allocation.event);
    const auto* event = percpu == nullptr ? nullptr : std::get_if<PercpuAlloc>(percpu);
    return event != nullptr && expected_ && !pending_.contains(allocation.actor.pid) &&
           names_.find(event->chunk) == expected_->chunk &&
           Bytes{event->offset} < expected_->offset + expected_->size &&
           expected_->offset < Bytes{event->offset} + Bytes{event->size};
}

bool PercpuReplay::freed_expected(const Record& free) const {
    const auto* percpu = std::get_if<PercpuEvent>(&free.event);
    const auto* event = percpu == nullptr ? nullptr : std::get_if<PercpuFree>(percpu);
    return event != nullptr && expected_ && names_.find(event->chunk) == expected_->chunk &&
           Bytes{event->offset} >= expected_->offset &&
           Bytes{event->offset} < expected_->offset + expected_->size;
}

void PercpuReplay::take(const PercpuAllocFail& event) {
    if (blind_) return;
    PercpuRequest request;
    request.size = Bytes{event.size};
    request.align = Bytes{event.align};
    request.atomic = event.atomic;
    // A request that may sleep fails for want of memory or address space, which are not recorded.
    if (!event.atomic || event.reserved || !allocator_.is_legal(request))
        return unchecked(Check::percpu_placement, Unchecked::state_not_recorded);
    const auto area = allocator_.allocate(request);
    if (!area) {
        ++result_.counts.failed;
        return result_.checks.matched(Check::percpu_placement);
    }
    differ(Check::percpu_placement, fmt::format("size {} align {}", event.size, event.align),
           state_of(area->chunk), text_of(*area), "failed");
    allocator_.free(area->chunk, area->offset);
}

// Frees.

void PercpuReplay::take(const PercpuFree& event) {
    if (blind_) return;
    ++result_.counts.frees;
    auto chunk = names_.find(event.chunk);
    Bytes offset{event.offset};
    if (!elsewhere_.empty())
        if (const auto moved = elsewhere_.find({event.chunk.value, event.offset});
            moved != elsewhere_.end()) {
            chunk = moved->second.chunk;
            offset = moved->second.offset;
            elsewhere_.erase(moved);
        }
    if (!chunk || !allocator_.is_allocated(*chunk, offset)) {
        if (std::erase(outside_, std::pair{event.chunk.value, event.offset}) == 0)
            ++result_.unknown_frees;
        return;
    }
    if (requests_ != nullptr) requests_->freed(*chunk, offset);
    allocator_.free(*chunk, offset);
    raced_ = worker_ && worker_->begun && worker_->step &&
             worker_->step->kind == BalanceStep::Kind::flush_tlb && allocator_.is_isolated(*chunk);
}

}  // namespace pcpsim
