#pragma once
// Whose cache the page structs of freed pages are in. Who frees a page writes its struct; whoever
// takes it next from the buddy allocator fetches the line from there. Memory that nobody has freed
// yet is in nobody's cache, and what that costs is part of the hold time of zone->lock.
#include <map>

#include "models/machine/interconnect.hpp"
#include "models/mm/page_runs.hpp"

namespace pcpsim {

class PageOwners {
public:
    explicit PageOwners(const Interconnect& interconnect) : interconnect_{interconnect} {}

    /// The run was freed by `cpu`.
    void freed(const PageRun& run, Order order, CpuId cpu);
    /// `cpu` takes the run: the time to fetch the first struct of each block. Nobody owns the pages
    /// afterwards.
    Duration taken(const PageRun& run, Order order, CpuId cpu);

private:
    struct Range {
        Pfn end;
        CpuId owner;
    };
    using Ranges = std::map<Pfn, Range>;  ///< by first page; they do not overlap
    Ranges::iterator cut(Ranges::iterator at, Pfn first, Pfn end);

    const Interconnect& interconnect_;
    Ranges ranges_;
};

}  // namespace pcpsim
