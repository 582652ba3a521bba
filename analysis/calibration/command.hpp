#pragma once
#include "analysis/cli.hpp"

namespace pcpsim {

/// `pcpsim calibrate`: its entry in the table of commands.
Command calibrate_command();

}  // namespace pcpsim
