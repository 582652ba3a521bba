#pragma once
// A machine as some tool describes it: what the tool does not say is absent, and gets a value with
// a reason only when the machine file is written.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/machine/cpu_set.hpp"
#include "models/machine/topology.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// An online CPU. Core, cache and socket are keys: equal ones mean the same thing, whatever they
/// are called.
struct FoundCpu {
    std::uint32_t cpu = 0;  ///< the tool's number, below CpuSet::limit
    std::optional<std::uint64_t> core = {}, cache = {}, socket = {};
    std::optional<std::uint32_t> node = {};
};

struct FoundNode {
    std::uint32_t node = 0;  ///< below Topology::node_limit
    std::optional<Bytes> memory = {};
};

struct FoundMachine {
    std::string tool;               ///< "hwloc XML 2.0"
    std::string processor = {};     ///< "AMD EPYC 7742 64-Core Processor", or empty
    std::string architecture = {};  ///< as uname -m says it, or empty
    std::vector<FoundCpu> cpus = {};
    std::vector<FoundNode> nodes = {};
    /// One row per node, in their order; empty if the tool says nothing of distances.
    std::vector<int> distances = {};
    std::optional<Bytes> cache_size = {};  ///< of each last-level cache
    std::optional<Bytes> page_size = {};
    std::size_t left_out = 0;               ///< CPUs that are offline or not allowed
    std::vector<std::string> remarks = {};  ///< what was guessed or left out while reading
    bool is_guessed = false;                ///< of cores, caches and sockets, some
};

/// Sorts CPUs and nodes, gives a machine without nodes one, and checks that it is a machine that
/// can exist: every number once, every CPU on a node, the threads of a core behind one cache and on
/// one node. Throws a ScenarioError that begins with the file's name.
void make_consistent(const std::string& file, FoundMachine& machine);

}  // namespace pcpsim
