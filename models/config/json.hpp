#pragma once
// Reads JSON strictly: nothing is guessed, skipped or rounded.
#include <cstddef>
#include <optional>
#include <string>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// Objects and arrays within each other.
constexpr std::size_t depth_limit = 64;
/// Far more than any input needs: a hostile file must not take all memory.
constexpr std::size_t value_limit = 1'200'000;
constexpr Bytes file_limit = 16_MiB;

/// Throws a ScenarioError with the first syntax error alone, as "file:line:column: expected ...,
/// got ...". A byte-order mark, NULs, trailing text, nesting deeper than the limit and more values
/// than the limit are syntax errors. A key that appears twice is added to the errors and its first
/// value kept.
Node parse_json(Source source, Errors& errors);

/// Reads a file no longer than the limit, without the "$schema" that it names to editors. Throws a
/// ScenarioError if that fails.
Node read_json(const std::string& path, Errors& errors);

/// The file that a string names, relative to the file the string stands in.
std::string path_named_by(const Node& reference);

/// Reads the file that a value names, as path_named_by() says. If it is no name or
/// cannot be opened, that is added to the errors, at the value.
std::optional<Node> read_json(const Node& reference, Errors& errors);

}  // namespace pcpsim
