#pragma once
// Text for people: what the user wrote is echoed safely, and a misspelt name gets a suggestion.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pcpsim {

/// Input as one printable line of at most `limit` bytes: control characters and broken UTF-8 become
/// \xNN, a line break with its indentation becomes one blank, and what is cut off becomes "...".
std::string echo(std::string_view input, std::size_t limit = 80);

/// Whether a terminal shows the text as it is: UTF-8 without control characters.
bool is_printable(std::string_view text);

/// A JSON string literal.
std::string quote(std::string_view text);

/// "a, b, c"
std::string join(const std::vector<std::string>& names);

/// ` (did you mean "batch"?)`, or nothing if no name is close to what was written.
std::string suggestion(std::string_view written, const std::vector<std::string>& names);

}  // namespace pcpsim
