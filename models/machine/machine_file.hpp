#pragma once
// Reads machine files, such as scenarios/machines/epyc-7742-2s.json.
#include <string>
#include <vector>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/machine/machine.hpp"

namespace pcpsim {

/// Reads a machine file, whose base is resolved first if it has one. Adds what is wrong to the
/// errors; the result is then not to be used.
Machine read_machine(const Node& file, Errors& errors);

/// Whether a file, its base resolved, says nothing of one machine's identity and shape: it is a
/// class that machines build on, such as scenarios/machines/classes/x86-64.json.
bool is_machine_class(const Node& file);
/// Adds what is wrong with what a class says; nothing has to be there.
void check_machine_class(Node file, Errors& errors);

/// The JSON Schema of a machine file.
std::string machine_schema();
/// The JSON Schema of what is laid over a machine.
std::string machine_overrides_schema();

/// A cost as `pcpsim describe` lists it. A unit that is not in the value is in the name.
struct CostInfo {
    std::string name;
    std::string value;
    std::string range;
    std::string help;
    Provenance provenance;
};
std::vector<CostInfo> list_costs(const Machine& machine);

}  // namespace pcpsim
