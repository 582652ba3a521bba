#pragma once
// Lines, words and numbers of texts that tools print for people.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pcpsim {

/// Cuts the first line off a text, and returns it without its line break.
std::string_view take_line(std::string_view& text);

/// What blanks and tabs separate.
std::vector<std::string_view> words(std::string_view line);

/// A decimal number below the limit, and nothing else.
std::optional<std::uint64_t> number_below(std::uint64_t limit, std::string_view word);

}  // namespace pcpsim
