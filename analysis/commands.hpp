#pragma once
#include <vector>

#include "analysis/cli.hpp"

namespace pcpsim {

/// Everything that pcpsim can be told to do.
std::vector<Command> commands();

}  // namespace pcpsim
