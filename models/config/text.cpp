#include "models/config/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace pcpsim {
namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// The length of the printable UTF-8 character at the front, or 0.
std::size_t printable(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead >= 0x20 && lead < 0x7F) return 1;
    const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 0 || lead > 0xF4 || text.size() < length) return 0;
    if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length),
                     is_continuation))
        return 0;
    // U+0080 to U+009F are control characters too.
    return lead == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0 ? 0 : length;
}

/// Takes the next piece to print off the front of the text.
std::string take_piece(std::string_view& text) {
    std::string piece;
    std::size_t used = printable(text);
    if (used > 0) {
        piece = text.substr(0, used);
    } else if (text[0] == '\n' || text[0] == '\r') {
        used = std::min(text.find_first_not_of(" \t\r\n"), text.size());
        piece = " ";
    } else {
        used = 1;
        piece = fmt::format("\\x{:02X}", static_cast<unsigned char>(text[0]));
    }
    text.remove_prefix(used);
    return piece;
}

std::string lower(std::string_view text) {
    std::string lower{text};
    for (char& byte : lower)
        if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
    return lower;
}

/// Edits that turn one word into the other; swapping two neighbours is one edit.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last = std::exchange(last, row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

}  // namespace

std::string echo(std::string_view input, std::size_t limit) {
    std::string line;
    std::size_t cut = 0;
    while (!input.empty()) {
        line += take_piece(input);
        if (line.size() > limit) return line.substr(0, cut) + "...";
        if (line.size() + 3 <= limit) cut = line.size();
    }
    return line;
}

bool is_printable(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = printable(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string quote(std::string_view text) {
    std::string json = "\"";
    for (const char byte : text) {
        if (byte == '"' || byte == '\\')
            json += {'\\', byte};
        else if (static_cast<unsigned char>(byte) < 0x20)
            json += fmt::format("\\u{:04x}", static_cast<unsigned char>(byte));
        else
            json += byte;
    }
    return json + '"';
}

std::string join(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string suggestion(std::string_view written, const std::vector<std::string>& names) {
    constexpr std::size_t longest = 64;  // the comparison is quadratic
    if (written.size() > longest) return {};
    const std::string typed = lower(written);
    std::size_t best = std::max<std::size_t>(1, written.size() / 3) + 1;
    const std::string* meant = nullptr;
    for (const std::string& name : names) {
        const bool is_begun = typed.size() > 1 && name.starts_with(typed);
        const std::size_t edits = std::min(distance(typed, name), is_begun ? 1 : best);
        if (edits >= best) continue;
        best = edits;
        meant = &name;
    }
    return meant ? fmt::format(" (did you mean {}?)", quote(*meant)) : std::string{};
}

}  // namespace pcpsim
