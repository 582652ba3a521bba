#pragma once
#include <string>

#include "models/config/node.hpp"

namespace pcpsim {

/// JSON for people: two blanks a level, and on one line what fits there. Ends with a line break.
std::string indented(const Node& json);

}  // namespace pcpsim
