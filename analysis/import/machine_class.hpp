#pragma once
// What nobody reads off a machine: its costs, transfer times and kernel, from the known machine
// that is nearest to it.
#include <string>

#include "analysis/import/found_machine.hpp"
#include "models/machine/machine.hpp"

namespace pcpsim {

struct MachineClass {
    Machine machine;
    std::string reason;  ///< "no known machine is nearer to POWER9"
};

/// The machine of that name under scenarios/machines/, or of that path. Throws a ScenarioError.
MachineClass class_named(const std::string& name);

/// By processor, then by architecture.
MachineClass class_near(const FoundMachine& found);

}  // namespace pcpsim
