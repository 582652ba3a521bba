#pragma once
// A machine file from what was found, and from a class for what nobody can read off a machine.
#include <string>

#include "analysis/import/found_machine.hpp"
#include "analysis/import/machine_class.hpp"

namespace pcpsim {

/// The text of a machine file. What the tool did not say is filled in and marked as assumed; CPUs
/// and sockets are numbered from 0 without gaps. Throws a ScenarioError that begins with the file's
/// name if such a machine cannot be simulated.
std::string machine_json(const std::string& file, const FoundMachine& found,
                         const MachineClass& near);

}  // namespace pcpsim
