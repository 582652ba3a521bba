#pragma once
// What `numactl --hardware` prints: nodes, their CPUs, memory and distances.
//
//     available: 2 nodes (0,8)
//     node 0 cpus: 0 1 2 3
//     node 0 size: 257742 MB
//     node 0 free: 123 MB
//     node 8 cpus:
//     node 8 size: 0 MB
//     node distances:
//     node   0   8
//       0:  10  40
//       8:  40  10
#include <string>
#include <string_view>

#include "analysis/import/found_machine.hpp"

namespace pcpsim {

/// Nothing is said of cores and sockets, so they are guessed, with a remark. Throws a ScenarioError
/// that begins with file and line.
FoundMachine read_numactl(const std::string& file, std::string_view text);

}  // namespace pcpsim
