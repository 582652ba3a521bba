#pragma once
// Numbers as the kernel prints them, read without looking at the locale or the rest of the line.
#include <array>
#include <cstdint>

namespace pcpsim {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The values of hexadecimal digits; 16 for every other character.
inline constexpr auto hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(16);
    for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
    for (std::uint8_t i = 0; i < 6; ++i)
        values['a' + i] = values['A' + i] = static_cast<std::uint8_t>(10 + i);
    return values;
}();

/// Hexadecimal digits. False without digits, and with more than 64 bits hold.
inline bool read_hex(const char*& from, const char* end, std::uint64_t& value) {
    const char* at = from;
    std::uint64_t number = 0;
    for (; at != end; ++at) {
        const std::uint8_t digit = hex_values[static_cast<unsigned char>(*at)];
        if (digit == 16) break;
        number = number << 4 | digit;
    }
    if (at == from || at - from > 16) return false;
    from = at;
    value = number;
    return true;
}

/// Decimal, or hexadecimal behind 0x. False without digits, and with more than 64 bits hold.
/// Several times as fast as std::from_chars(), of which a line would have five.
inline bool read_number(const char*& from, const char* end, std::uint64_t& value) {
    const char* at = from;
    if (end - at > 2 && at[0] == '0' && (at[1] | 0x20) == 'x') {
        at += 2;
        if (!read_hex(at, end, value)) return false;
        from = at;
        return true;
    }
    std::uint64_t number = 0;
    for (; at != end; ++at) {
        const unsigned digit = static_cast<unsigned char>(*at) - unsigned{'0'};
        if (digit > 9) break;
        number = number * 10 + digit;
    }
    if (at == from || at - from > 19) return false;
    from = at;
    value = number;
    return true;
}

}  // namespace pcpsim
