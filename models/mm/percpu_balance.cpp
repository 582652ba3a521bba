#include "models/mm/percpu_balance.hpp"

#include <algorithm>

namespace pcpsim {
namespace {

BalanceStep create(PercpuType type) { return BalanceStep{BalanceStep::Kind::create, type, {}, {}}; }

BalanceStep populate(const PercpuAllocator& allocator, ChunkId chunk, PageRange pages) {
    return BalanceStep{BalanceStep::Kind::populate, allocator.type_of(chunk), chunk, pages};
}

/// The first chunk of a list that has a page without memory.
std::optional<ChunkId> first_unpopulated(const PercpuAllocator& allocator, PercpuType type,
                                         int slot) {
    for (auto id = allocator.first_in(type, slot); id; id = allocator.next_after(*id)) {
        const PercpuChunk& chunk = allocator.chunk(*id);
        if (chunk.nr_populated() < chunk.region().pages) return id;
    }
    return std::nullopt;
}

}  // namespace

void apply(const BalanceStep& step, PercpuAllocator& allocator) {
    switch (step.kind) {
        case BalanceStep::Kind::populate:
            return allocator.populated(step.chunk, step.pages);
        case BalanceStep::Kind::depopulate:
            return allocator.depopulated(step.chunk, step.pages);
        case BalanceStep::Kind::create:
            allocator.create_chunk(step.type);
            return;
        case BalanceStep::Kind::destroy:
            return allocator.destroy_chunk(step.chunk);
        case BalanceStep::Kind::flush_tlb:
            return;
    }
}

BalanceStep depopulate(const PercpuAllocator& allocator, ChunkId chunk, PageRange pages) {
    return BalanceStep{BalanceStep::Kind::depopulate, allocator.type_of(chunk), chunk, pages};
}

BalanceStep destroy(const PercpuAllocator& allocator, ChunkId chunk) {
    return BalanceStep{BalanceStep::Kind::destroy, allocator.type_of(chunk), chunk, {}};
}

BalanceStep flush_tlb(const PercpuAllocator& allocator, ChunkId chunk, PageRange pages) {
    return BalanceStep{BalanceStep::Kind::flush_tlb, allocator.type_of(chunk), chunk, pages};
}

bool has_surplus_free_chunk(const PercpuAllocator& allocator, ChunkId freed) {
    if (!allocator.is_free(freed)) return false;
    const auto first = allocator.first_in(allocator.type_of(freed), allocator.free_slot());
    return first && (*first != freed || allocator.next_after(*first));
}

Generator<BalanceStep> destroy_free_chunks(PercpuAllocator& allocator, PercpuType type,
                                           FreeChunks which) {
    std::vector<ChunkId> surplus;
    auto id = allocator.first_in(type, allocator.free_slot());
    if (id) id = allocator.next_after(*id);
    for (; id; id = allocator.next_after(*id))
        if (which == FreeChunks::all || allocator.chunk(*id).nr_empty_populated() == Pages{0})
            surplus.push_back(*id);
    for (const ChunkId chunk : surplus) allocator.take_off_lists(chunk);
    std::reverse(surplus.begin(), surplus.end());  // each was put before those already found
    for (const ChunkId chunk : surplus) {
        const PercpuChunk& gone = allocator.chunk(chunk);
        for (const PageRange& pages : gone.populated_in(gone.all_pages()))
            co_yield depopulate(allocator, chunk, pages);
        co_yield destroy(allocator, chunk);
    }
}

Generator<BalanceStep> populate_reserve(PercpuAllocator& allocator, PercpuType type) {
    const Pages high{percpu_empty_high};
    for (bool enough = false; !enough;) {
        Pages wanted = allocator.take_atomic_failure()
                           ? high
                           : std::clamp(high - allocator.nr_empty_populated(type), Pages{0}, high);
        const int smallest = allocator.slot_of_size(allocator.geometry().page_size);
        for (int slot = smallest; slot <= allocator.free_slot() && wanted > Pages{0}; ++slot) {
            const std::optional<ChunkId> chunk = first_unpopulated(allocator, type, slot);
            if (!chunk) continue;
            const PercpuChunk& filled = allocator.chunk(*chunk);
            for (const PageRange& gap : filled.unpopulated_in(filled.all_pages())) {
                const PageRange pages{gap.start, std::min(gap.end, gap.start + wanted)};
                co_yield populate(allocator, *chunk, pages);
                // Without memory for it the worker gives up until it is wanted again.
                const bool done = filled.unpopulated_in(pages).empty();
                wanted = done ? wanted - pages.size() : Pages{0};
                if (wanted == Pages{0}) break;
            }
        }
        enough = wanted == Pages{0};
        if (!enough) {
            co_yield create(type);
            enough = !allocator.has_free_chunk(type);  // nor room for a chunk
        }
    }
}

}  // namespace pcpsim
