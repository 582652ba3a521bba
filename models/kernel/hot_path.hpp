#pragma once
// What allocating or freeing one page from a pcplist costs when nothing is in the way: tables of
// phases that a drain strategy supplies and the page allocator executes.
#include <vector>

#include "models/machine/costs.hpp"
#include "sim/context.hpp"

namespace pcpsim {

struct HotPath {
    std::vector<Phase> alloc;
    std::vector<Phase> free;
    /// The list is protected by a spinlock, taken by trylock in the phase of this index; without
    /// one, by keeping interrupts off on the owning CPU (local_lock).
    bool takes_pcp_lock = false;
    std::size_t locked_phase = 0;
};

/// Under local_lock_irqsave(), as up to 5.19: list heads are the owning CPU's alone.
HotPath local_lock_path(const CostTable& costs);
/// Under pcp->lock taken by spin_trylock_irqsave(), as in 6.0: one atomic operation and a store
/// more.
HotPath pcp_lock_path(const CostTable& costs);

}  // namespace pcpsim
