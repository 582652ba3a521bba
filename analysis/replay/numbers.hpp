#pragma once
// Numbers as the kernel prints them, read without looking at the locale or the rest of the line.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pcpsim {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// As many characters as the word has bytes, the first one lowest.
template <class Word>
Word characters_at(const char* at) {
    Word word = 0;
    if constexpr (std::endian::native == std::endian::little)
        std::memcpy(&word, at, sizeof word);
    else
        for (std::size_t i = sizeof word; i-- > 0;)
            word = static_cast<Word>(word << 8) | static_cast<unsigned char>(at[i]);
    return word;
}
inline std::uint64_t eight_at(const char* at) { return characters_at<std::uint64_t>(at); }
/// Eight characters, or all there are; behind the end 0.
inline std::uint64_t up_to_eight_at(const char* at, const char* end) {
    const std::ptrdiff_t length = end - at;
    if (length >= 8) return eight_at(at);
    using Half = std::uint32_t;
    if (length >= 4)
        return characters_at<Half>(at) | std::uint64_t{characters_at<Half>(end - 4)}
                                             << 8 * (length - 4);
    std::uint64_t word = 0;
    while (end != at) word = word << 8 | static_cast<unsigned char>(*--end);
    return word;
}

/// The same eight characters.
constexpr std::uint64_t eight_times(char c) {
    return 0x0101'0101'0101'0101U * static_cast<unsigned char>(c);
}

/// The number of eight digits, each the value of its byte, the first one lowest: neighbours become
/// pairs, pairs become fours, and these the number.
constexpr std::uint64_t joined(std::uint64_t digits, std::uint64_t base) {
    digits = (digits * (base << 8 | 1) >> 8) & 0x00ff'00ff'00ff'00ff;
    digits = (digits * (base * base << 16 | 1) >> 16) & 0x0000'ffff'0000'ffff;
    return digits * (base * base * base * base << 32 | 1) >> 32;
}

/// The values of eight hexadecimal digits, the letters small. Other characters have some, too.
constexpr std::uint64_t hex_values_of(std::uint64_t characters) {
    const std::uint64_t letters = characters >> 6 & eight_times(1);
    return ((characters & eight_times(15)) + 9 * letters) & eight_times(15);
}
/// Back again.
constexpr std::uint64_t hex_digits_of(std::uint64_t values) {
    const std::uint64_t letters = (values + eight_times(6)) >> 4 & eight_times(1);
    return values + eight_times('0') + ('a' - '0' - 10) * letters;
}

/// What is read of a text.
struct Number {
    std::uint64_t value = 0;
    const char* behind = nullptr;  ///< its last digit; null if there is no number
};

/// Hexadecimal digits. None if there are more than 64 bits hold.
Number hexadecimal_at(const char* from, const char* end);

/// As the kernel prints pointers: sixteen hexadecimal digits, the letters small. None if the
/// sixteen characters, which must be there, are anything else.
inline Number sixteen_digits_at(const char* at) {
    const std::uint64_t first = hex_values_of(eight_at(at));
    const std::uint64_t second = hex_values_of(eight_at(at + 8));
    if (hex_digits_of(first) != eight_at(at) || hex_digits_of(second) != eight_at(at + 8))
        return {};
    return {joined(first, 16) << 32 | joined(second, 16), at + 16};
}

/// Decimal digits, one by one. None if there are more than 64 bits hold.
Number long_decimal_at(const char* from, const char* end);

/// The same; fewer than eight are read at once.
inline Number decimal_at(const char* from, const char* end) {
    // A byte is below ten if it was a digit; else it, or its sum with 0x76, has the highest bit,
    // and a carry only reaches what comes behind it.
    const std::uint64_t digits = up_to_eight_at(from, end) ^ eight_times('0');
    const std::uint64_t others = ((digits + eight_times(0x76)) | digits) & eight_times('\x80');
    if (others == 0) return long_decimal_at(from, end);
    const int bits = std::countr_zero(others) & ~7;
    if (bits == 0) return {};
    return {joined(digits << (64 - bits), 10), from + bits / 8};
}

/// Decimal, or hexadecimal behind 0x. None if there are more digits than 64 bits hold.
/// Several times as fast as std::from_chars(), of which a line would have five.
inline Number number_at(const char* from, const char* end) {
    if (end - from > 2 && from[0] == '0' && (from[1] | 0x20) == 'x')
        return hexadecimal_at(from + 2, end);
    return decimal_at(from, end);
}

}  // namespace pcpsim
