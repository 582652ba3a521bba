#include "analysis/replay/percpu_counterfactual.hpp"

#include <algorithm>

namespace pcpsim {

PercpuCounterfactual::PercpuCounterfactual(const PercpuGeometry& geometry, const PercpuRules& rules,
                                           const Choice<Depopulation>& depopulation)
    : allocator_{geometry, rules}, depopulation_{depopulation.make(allocator_)} {
    allocator_.depopulate_by(depopulation_.get());
}

/// The first chunk is the same everywhere, and others are where their units have the same size.
/// What else they hold is allocated anew.
void PercpuCounterfactual::begins(const PercpuAllocator& recorded) {
    const bool same_units = geometry().unit_size == recorded.geometry().unit_size;
    for (const ChunkId id : recorded.chunks())
        if (same_units || id == recorded.first_chunk()) copy(recorded, id);
    for (const ChunkId id : recorded.chunks()) {
        if (same_units || id == recorded.first_chunk()) continue;
        for (const PercpuSpan& area : recorded.chunk(id).areas()) {
            PercpuRequest request;
            request.size = area.size;
            request.type = recorded.type_of(id);
            if (const auto own = allocate(request)) areas_[{id, area.offset}] = *own;
        }
    }
    if (!same_units) balance();
    counts_ = PercpuCounts{};
    counts_.holds(allocator_.footprint());
}

void PercpuCounterfactual::copy(const PercpuAllocator& recorded, ChunkId id) {
    const PercpuChunk& chunk = recorded.chunk(id);
    PercpuChunkState state;
    const auto types = allocator_.types();
    if (std::ranges::find(types, recorded.type_of(id)) != types.end())
        state.type = recorded.type_of(id);
    state.region = chunk.region();
    state.first = id == recorded.first_chunk();
    state.areas = chunk.areas();
    state.populated = chunk.populated_in(chunk.all_pages());
    const ChunkId own = allocator_.restore(state);
    for (const PercpuSpan& area : state.areas)
        areas_[{id, area.offset}] = PercpuArea{own, area.offset, area.size};
}

void PercpuCounterfactual::allocated(const PercpuRequest& request, const PercpuArea& area) {
    if (wants_balance_) balance();
    ++counts_.allocations;
    if (const auto own = allocate(request))
        areas_[{area.chunk, area.offset}] = *own;
    else
        ++counts_.failed;
}

std::optional<PercpuArea> PercpuCounterfactual::allocate(const PercpuRequest& request) {
    auto area = allocator_.allocate(request);
    if (!area && !request.atomic && !request.reserved) {
        if (!allocator_.has_free_chunk(request.type))
            apply({BalanceStep::Kind::create, request.type, {}, {}});
        area = allocator_.allocate(request);
    }
    if (!area) return wants_balance_ = true, std::nullopt;
    wants_balance_ = wants_balance_ || allocator_.wants_balance(request.type);
    if (!request.atomic)
        for (const PageRange& gap : allocator_.unpopulated(*area))
            apply({BalanceStep::Kind::populate, allocator_.type_of(area->chunk), area->chunk, gap});
    return area;
}

void PercpuCounterfactual::freed(ChunkId chunk, Bytes offset) {
    if (wants_balance_) balance();
    const auto own = areas_.find({chunk, offset});
    if (own == areas_.end()) return;
    ++counts_.frees;
    wants_balance_ |= allocator_.free(own->second.chunk, own->second.offset).wants_balance;
    areas_.erase(own);
}

void PercpuCounterfactual::passes(std::string_view mark, const PercpuAllocator& recorded) {
    if (wants_balance_) balance();
    marks_.push_back({std::string{mark}, recorded.footprint(), allocator_.footprint()});
}

void PercpuCounterfactual::balance() {
    wants_balance_ = false;
    ++counts_.worker_runs;
    Generator<BalanceStep> steps = depopulation_->balance();
    while (const auto step = steps.next()) apply(*step);
}

void PercpuCounterfactual::apply(const BalanceStep& step) {
    counts_.count(step);
    pcpsim::apply(step, allocator_);
    counts_.holds(allocator_.footprint());
}

}  // namespace pcpsim
