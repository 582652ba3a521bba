#pragma once
#include <string>

namespace pcpsim {

/// The content of a file of at most 64 MiB. Throws a ScenarioError that begins with its name.
std::string read_input(const std::string& path);

}  // namespace pcpsim
