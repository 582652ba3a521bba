#include "models/mm/page.hpp"

namespace pcpsim {

std::string to_string(Pfn pfn) { return "pfn " + std::to_string(pfn.number()); }

std::string to_string(Blocks value) {
    return std::to_string(value.count()) + (value.count() == 1 ? " block" : " blocks");
}

std::string to_string(Order order) { return "order " + std::to_string(order.number()); }

std::string to_string(MigrateType type) {
    constexpr std::array names{"Unmovable",  "Movable", "Reclaimable",
                               "HighAtomic", "CMA",     "Isolate"};
    return names[static_cast<std::size_t>(type)];
}

}  // namespace pcpsim
