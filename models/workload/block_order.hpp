#pragma once
// The order of blocks that a workload asks for.
#include <optional>
#include <string>

#include "models/config/errors.hpp"
#include "models/mm/page.hpp"

namespace pcpsim {

/// A pageblock's if none was named. ScenarioError if the machine has no blocks as large.
inline Order block_order(const std::string& workload, std::optional<std::int64_t> asked,
                         const PageGeometry& geometry) {
    if (!asked) return geometry.pageblock_order;
    const Order order{static_cast<int>(*asked)};
    if (order <= geometry.max_order) return order;
    throw ScenarioError{workload + ": expected an \"order\" of at most " +
                        std::to_string(geometry.max_order.number()) +
                        ", that of the machine's largest blocks, got " +
                        std::to_string(order.number())};
}

}  // namespace pcpsim
