#pragma once
// `pcpsim import`
#include "analysis/cli.hpp"

namespace pcpsim {

/// Its entry in the table of commands.
Command import_command();

}  // namespace pcpsim
