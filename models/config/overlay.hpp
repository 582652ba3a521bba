#pragma once
// Ways to say how a file differs from another: a base with overrides, and --set on the command
// line.
#include <string>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"

namespace pcpsim {

/// If the file reads {"base": FILE, "overrides": {...}}, the base's content with the overrides laid
/// over it, and so on down; otherwise the file as it is.
Node resolve_base(Node file, Errors& errors);

/// Applies "/pointer=value". What is on the way to the pointer and absent is created, so that any
/// key of the schema can be set; an array's segments are indices of elements that exist. The value
/// is JSON, or else a string: --set /strategies/0/params/page_cost=14ns. Throws a ScenarioError if
/// the text has no such form; a pointer that leads nowhere is added to the errors.
void apply_set(Node& root, const std::string& assignment, Errors& errors);

}  // namespace pcpsim
