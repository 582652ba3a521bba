#pragma once
// What `lscpu -e` prints, as a table or, with -J, as JSON, and `lscpu -p`: where each CPU is.
//
//     CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE    MAXMHZ
//       0    0      0    0 0:0:0:0          yes 3350.0000
//       1    -      -    - -                 no         -
//
// Columns are found by name, in any order; kernels without NUMA print no NODE, machines whose last
// level is L2 no L3. JSON of `lscpu -J` alone is a summary, see lscpu_summary.hpp.
#include <string>
#include <string_view>

#include "analysis/import/found_machine.hpp"

namespace pcpsim {

/// Throws a ScenarioError that begins with file and line.
FoundMachine read_lscpu_table(const std::string& file, std::string_view text);
FoundMachine read_lscpu_json(const std::string& file, std::string_view text);

}  // namespace pcpsim
