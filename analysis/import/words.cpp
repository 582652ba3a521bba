#include "analysis/import/words.hpp"

#include <algorithm>
#include <charconv>

namespace pcpsim {

std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::vector<std::string_view> words(std::string_view line) {
    constexpr std::string_view blanks = " \t";
    std::vector<std::string_view> found;
    for (std::size_t begin = line.find_first_not_of(blanks); begin != std::string_view::npos;) {
        const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
        found.push_back(line.substr(begin, end - begin));
        begin = line.find_first_not_of(blanks, end);
    }
    return found;
}

std::optional<std::uint64_t> number_below(std::uint64_t limit, std::string_view word) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size() || number >= limit)
        return std::nullopt;
    return number;
}

}  // namespace pcpsim
