#pragma once
// `pcpsim record`
#include "analysis/cli.hpp"

namespace pcpsim {

/// Its entry in the table of commands.
Command record_command();

}  // namespace pcpsim
