#pragma once
// Where pcplists get their blocks from and give them back to: a buddy allocator or a recording.
#include "models/mm/page_runs.hpp"

namespace pcpsim {

class PageSource {
public:
    /// Appends up to `want` blocks to the tail of the list, one after the other, as
    /// rmqueue_bulk(); fewer, or none, if there are no more. Returns how many.
    virtual Blocks refill(Order order, MigrateType type, Blocks want, PageRuns& list) = 0;
    /// Frees the blocks of one pcplist one after the other in the order of the run, as
    /// free_pcppages_bulk() calls __free_one_page().
    virtual void give_back(Order order, MigrateType type, const PageRun& run) = 0;

protected:
    PageSource() = default;
    PageSource(const PageSource&) = default;
    PageSource& operator=(const PageSource&) = default;
    ~PageSource() = default;
};

}  // namespace pcpsim
