#pragma once
// A geometry that can be reckoned with by hand: 64 pages in a block of max order, 16 in a
// pageblock.
#include <vector>

#include "models/mm/buddy.hpp"

namespace pcpsim::test {

inline constexpr PageGeometry small{
    .page_size = 4_KiB, .max_order = Order{6}, .pageblock_order = Order{4}};

using Pfns = std::vector<std::int64_t>;

/// Page frame numbers, head to tail.
inline Pfns free_list(const Buddy& buddy, int order, MigrateType type = MigrateType::movable) {
    Pfns numbers;
    for (const Pfn block : buddy.free_list(Order{order}, type)) numbers.push_back(block.number());
    return numbers;
}

}  // namespace pcpsim::test
