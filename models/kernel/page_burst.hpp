#pragma once
// Single pages allocated one after the other, each followed by what its caller does with it, as one
// burst: from one refill of the pcplist to the next if nothing interferes.
//
//   zone->lock held, refill | alloc | after | alloc | after | ... | alloc | after |
#include <cstdint>
#include <span>
#include <vector>

#include "models/kernel/list_burst.hpp"
#include "models/kernel/page_allocator.hpp"

namespace pcpsim {

class PageBurst final : public ListBurst {
public:
    /// Each allocation is followed by the phases `after`; its page joins `pages` when it begins.
    /// Both allocator and list outlive the burst.
    PageBurst(PageAllocator& allocator, MigrateType type, std::span<const Phase> after,
              PageRuns& pages);

    /// A phase that follows the allocation, to be changed between bursts.
    Phase& after(std::size_t index) { return phases_[after_ + index]; }
    /// Does at least one and at most `most` allocations, like alloc_pages(), and what follows each.
    /// Returns how many; 0 if no zone has a page. A request to stop ends it with the page in hand.
    Task<Pages> run(Context& self, NodeId node, Pages most);

private:
    Task<Pages> run_alone(Context& self, NodeId node);
    BurstPlan plan(Context& self, Zone& zone, Pages most, std::uint32_t first);
    void begin(std::uint32_t operations) override;

    PageAllocator& allocator_;
    MigrateType type_;
    PageRuns& pages_;
    std::vector<Phase> phases_;  ///< refill, then hot_path().alloc, then `after`
    std::size_t after_;
    Pages taken_;  ///< since run() was called
};

}  // namespace pcpsim
