#pragma once
// Every managed page has exactly one owner: the buddy lists, a pcplist, lists in a drainer's hands,
// or whoever allocated it. A census counts them one by one, so it is for the end of a run, or for
// tests.
#include <vector>

#include "models/mm/memory.hpp"

namespace pcpsim {

class Census {
public:
    /// Counts what the zones themselves hold.
    explicit Census(const Memory& memory);

    /// Blocks that somebody else owns. BrokenLaw if one of their pages has been counted already.
    void count(const PageRun& run, Order order);
    void count(const PcpLists& lists);
    /// BrokenLaw unless every managed page has been counted.
    void finish() const;

private:
    void mark(Pfn first, Pages pages);
    void mark(std::uint64_t at, std::uint64_t pages);

    const Memory& memory_;
    std::vector<std::uint64_t> counted_;  ///< a bit per page frame
    Pages total_;
};

}  // namespace pcpsim
