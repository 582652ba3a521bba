#pragma once
// A file may say only how it differs from another one:
//
//     { "base": "epyc-7742-2s.json", "overrides": { "memory_domain": "node" } }
#include "models/config/errors.hpp"
#include "models/config/node.hpp"

namespace pcpsim {

/// The base with the overrides laid over it: objects merge key by key, everything else replaces.
/// Each value keeps the place where it was written.
Node merge(Node base, const Node& overrides);

/// The content of the file's base with the file's overrides laid over it, and so on down; the file
/// as it is if it has no base, or one that cannot be read, which is then added to the errors.
Node resolve_base(Node file, Errors& errors);

}  // namespace pcpsim
