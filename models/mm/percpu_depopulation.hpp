#pragma once
// A depopulation strategy: when percpu chunks give pages back, and what the balance worker does.
// Its decisions are timeless. The worker is a sequence of steps; whoever drives it holds
// pcpu_alloc_mutex throughout and pcpu_lock while it asks for the next step, drops the lock to
// execute a step, and applies the step to the allocator before it asks for the next.
#include "models/config/registry.hpp"
#include "models/machine/machine.hpp"
#include "models/mm/percpu_allocator.hpp"
#include "sim/generator.hpp"

namespace pcpsim {

struct BalanceStep {
    enum class Kind : std::uint8_t { populate, depopulate, create, destroy, flush_tlb };
    Kind kind;
    PercpuType type;    ///< of the chunk
    ChunkId chunk{};    ///< of all but `create`
    PageRange pages{};  ///< of `populate`, `depopulate` and `flush_tlb`
    bool operator==(const BalanceStep&) const = default;
};

/// The allocator's side of a step that succeeded. One that failed is not applied: then nothing is
/// populated, or created, and the worker sees it.
void apply(const BalanceStep& step, PercpuAllocator& allocator);

class Depopulation {
public:
    using Environment = PercpuAllocator;
    using Setting = Machine;

    virtual ~Depopulation() = default;
    /// free_percpu(), with pcpu_lock held: an area of the chunk was freed. Whether the worker is
    /// wanted.
    virtual bool freed(ChunkId chunk) = 0;
    /// pcpu_balance_workfn().
    virtual Generator<BalanceStep> balance() = 0;
};

}  // namespace pcpsim
