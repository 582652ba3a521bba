#pragma once
// What the balance workers of all eras and strategies share, step by step.
#include "models/mm/percpu_depopulation.hpp"

namespace pcpsim {

enum class FreeChunks : std::uint8_t {
    all,            ///< pcpu_balance_free(false)
    without_memory  ///< pcpu_balance_free(true), 5.14 and later
};

BalanceStep depopulate(const PercpuAllocator& allocator, ChunkId chunk, PageRange pages);
BalanceStep destroy(const PercpuAllocator& allocator, ChunkId chunk);
/// Of the range's addresses on every CPU's unit.
BalanceStep flush_tlb(const PercpuAllocator& allocator, ChunkId chunk, PageRange pages);

/// pcpu_balance_free(): destroys the fully free chunks, all but the first of them.
Generator<BalanceStep> destroy_free_chunks(PercpuAllocator& allocator, PercpuType type,
                                           FreeChunks which);
/// pcpu_balance_populated(): populates pages until enough are empty for atomic allocations, in the
/// fullest chunks that may hold a page; creates a chunk if there are too few pages.
Generator<BalanceStep> populate_reserve(PercpuAllocator& allocator, PercpuType type);
/// Since 3.18, whatever else a strategy does: the worker is wanted if a chunk became wholly free
/// beside another one.
bool has_surplus_free_chunk(const PercpuAllocator& allocator, ChunkId freed);

}  // namespace pcpsim
