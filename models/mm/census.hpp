#pragma once
// Every managed page has exactly one owner: the buddy lists, a pcplist, lists in a drainer's hands,
// or whoever allocated it. A census counts them one by one, so it is for the end of a run, or for
// tests.
#include <array>
#include <cstdint>
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
    /// A bit for each page frame of a section.
    using Bits = std::array<std::uint64_t, 16>;
    static constexpr std::uint32_t untouched = 0, whole = UINT32_MAX;

    void mark(Pfn first, Pages pages);
    void mark_part(std::uint64_t at, std::uint64_t end);

    const Memory& memory_;
    /// By section: none or all of its pages are counted, or the number of its bits, from 1.
    std::vector<std::uint32_t> sections_;
    std::vector<Bits> parts_;
    Pages total_;
};

}  // namespace pcpsim
