#pragma once
// How a machine file writes its topology: as a regular shape, or as lists.
//
//     "topology": { "sockets": 2, "nodes_per_socket": 2, ... }           see RegularShape
//
//     "topology": {
//       "nodes": [ { "node": 0, "socket": 0, "cpus": "0-3,8-11", "memory": "64GiB" }, ... ],
//       "distances": [ [10, 21], [21, 10] ],
//       "cores": [ "0,8", "1,9", ... ],
//       "caches": [ "0-3,8-11", ... ],
//       "cache_size": "32MiB"
//     }
#include <optional>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/config/schema.hpp"
#include "models/machine/topology.hpp"

namespace pcpsim {

/// Nothing if anything is wrong, which is added to the errors, empty so far. How the parts fit
/// together is only checked if each is right.
std::optional<Topology> read_topology(const Node& node, Errors& errors);
std::string topology_schema(SchemaStyle style);

}  // namespace pcpsim
