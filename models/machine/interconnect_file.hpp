#pragma once
// How a machine file writes its interconnect:
//
//     "interconnect": {
//       "same_core": "8ns", "same_cache": "25ns",
//       "links": [ { "from": "cache*", "to": "node*", "latency": "94ns" },
//                  { "from": "socket0", "to": "socket1", "latency": "60ns" } ]
//     }
//
// A star stands for every number. Between levels it joins what has CPUs in common, so the first
// link above is one from each cache to its node; within a level it joins every pair.
#include <optional>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/config/schema.hpp"
#include "models/machine/interconnect.hpp"

namespace pcpsim {

/// Adds what is wrong to the errors, empty so far; the result is then not to be used. If the
/// topology is not known, only what is written is checked.
Interconnect read_interconnect(const Node& node, const std::optional<Topology>& topology,
                               Errors& errors);
std::string interconnect_schema(SchemaStyle style);

}  // namespace pcpsim
