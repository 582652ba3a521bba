#include "analysis/replay/names.hpp"

#include <fmt/format.h>

namespace pcpsim {

std::string name_of(Pfn page) { return fmt::format("pfn 0x{:x}", page.number()); }

std::string name_of(Pfn page, Order order) { return name_of(page) + " " + to_string(order); }

std::string list_name(Order order, MigrateType type) {
    return to_string(order) + " " + to_string(type);
}

}  // namespace pcpsim
