#pragma once
// Anonymous memory of one program, touched page by page by its tasks: the page fault path.
//
//   fault        | alloc | charge, map, zero | user |
//   every batch  | stall for memory bandwidth, booked for the batch to come |
//   list empty   | refill under zone->lock |
//   unmap        | flush TLBs | free, zap | free, zap | ... | flush TLBs | free, zap | ...
//
// A fault also moves lines that all faulting tasks write (mm and memcg counters): each of the other
// active tasks may have had them last.
#include <cstdint>
#include <deque>

#include "models/kernel/active_tasks.hpp"
#include "models/kernel/kernel.hpp"
#include "models/mm/census.hpp"

namespace pcpsim {

class AddressSpace {
public:
    explicit AddressSpace(Kernel& kernel) : kernel_{kernel}, active_{kernel.machine} {}

    /// The thread, not started yet, is one of this program.
    void add(Thread& thread) { thread.mm = &mm_; }

    /// Who touches, and how even the work of its faults is.
    struct Toucher {
        std::uint32_t number = 0;          ///< for its draws, and for the list of its pages
        std::int64_t jitter_permille = 0;  ///< a fault's work varies by up to this, drawn per batch
    };
    /// Writes one byte to each of `pages` fresh pages, unless `self` is asked to stop before.
    Task<> touch(Context& self, Pages pages, Toucher toucher);
    /// munmap() of what this toucher has touched, and does not touch meanwhile: frees the pages in
    /// that order, with so much other work for each. The TLBs are flushed before, once for as many
    /// pages as one mmu_gather holds.
    Task<> unmap(Context& self, std::uint32_t toucher, Duration work_per_page = {});
    [[nodiscard]] Pages mapped() const;
    void count_pages(Census& census) const;

private:
    [[nodiscard]] Duration shared_lines(CpuId cpu) const;

    Kernel& kernel_;
    Mm mm_;
    ActiveTasks active_;           ///< those that are faulting now
    std::deque<PageRuns> mapped_;  ///< by number of the toucher
};

}  // namespace pcpsim
