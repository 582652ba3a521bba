#pragma once
// How differences name pages and lists.
#include <string>

#include "models/mm/page.hpp"

namespace pcpsim {

/// "pfn 0x2e8e"
std::string name_of(Pfn page);
/// "pfn 0x2e8e order 1"
std::string name_of(Pfn page, Order order);
/// "order 0 Movable"
std::string list_name(Order order, MigrateType type);

}  // namespace pcpsim
