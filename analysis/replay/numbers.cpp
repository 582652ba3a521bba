#include "analysis/replay/numbers.hpp"

#include <array>

namespace pcpsim {
namespace {

/// The values of hexadecimal digits; 16 for every other character.
constexpr auto hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(16);
    for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
    for (std::uint8_t i = 0; i < 6; ++i)
        values['a' + i] = values['A' + i] = static_cast<std::uint8_t>(10 + i);
    return values;
}();

}  // namespace

Number hexadecimal_at(const char* from, const char* end) {
    const char* at = from;
    std::uint64_t number = 0;
    for (; at != end; ++at) {
        const std::uint8_t digit = hex_values[static_cast<unsigned char>(*at)];
        if (digit == 16) break;
        number = number << 4 | digit;
    }
    if (at == from || at - from > 16) return {};
    return {number, at};
}

Number long_decimal_at(const char* from, const char* end) {
    const char* at = from;
    std::uint64_t number = 0;
    for (; at != end && is_digit(*at); ++at)
        number = number * 10 + static_cast<std::uint64_t>(*at - '0');
    if (at == from || at - from > 19) return {};
    return {number, at};
}

}  // namespace pcpsim
