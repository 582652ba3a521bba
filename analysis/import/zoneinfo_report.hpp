#pragma once
// What a saved /proc/zoneinfo says of zones and pcplists, and what of it a machine takes.
#include <string>

#include "analysis/import/found_machine.hpp"
#include "analysis/replay/recorded_kernel.hpp"

namespace pcpsim {

/// Two tables: zones with watermarks and limits; pages on the list of every CPU and zone. All
/// numbers are pages. Then what a scenario writes to have the limits of the largest zone.
std::string zoneinfo_text(const RecordedKernel& kernel);

/// The same: "zones" with "counts" by CPU, and "pcp" as a scenario has it.
std::string zoneinfo_json(const RecordedKernel& kernel);

/// Gives each node the present pages of its zones, and adds nodes that only have memory unless
/// distances are known, which they would be missing in. Pages have the found size, or else 4 KiB.
/// Throws a ScenarioError if the two do not belong together.
void take_memory(FoundMachine& found, const RecordedKernel& kernel);

}  // namespace pcpsim
