#pragma once
// Reads whatever describes a machine; which tool wrote a file shows in the file.
#include <string>
#include <string_view>

#include "analysis/import/found_machine.hpp"

namespace pcpsim {

enum class TopologyFormat { archive, xml, numactl, lscpu_table, lscpu_json, lscpu_summary };

/// By the first bytes of the file. Throws a ScenarioError that begins with the file's name if they
/// are none of ours; hwloc XML from version 3 on is refused by name.
TopologyFormat format_of(const std::string& file, std::string_view text);

/// A file of at most 64 MiB, or a folder that holds a gathered sysfs. Throws a ScenarioError.
FoundMachine read_topology_file(const std::string& path);

/// This machine.
FoundMachine read_host_topology();

}  // namespace pcpsim
