#include "analysis/replay/numbers.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "tests/models/mm/random.hpp"

using namespace pcpsim;

namespace {

/// As std::from_chars() reads it, unless there are more digits than 64 bits always hold.
struct Expected {
    std::uint64_t value = 0;
    std::ptrdiff_t digits = 0;  ///< 0: no number
    Expected(std::string_view text, int base) {
        const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
        digits = result.ptr - text.data();
        const std::ptrdiff_t most = base == 10 ? 19 : 16;
        if (digits > most) value = 0, digits = 0;
    }
};

void read_alike(const Number& number, const char* begin, const Expected& expected) {
    REQUIRE((number.behind != nullptr) == (expected.digits > 0));
    if (number.behind == nullptr) return;
    REQUIRE(number.value == expected.value);
    REQUIRE(number.behind - begin == expected.digits);
}

}  // namespace

TEST_SUITE("analysis/replay/numbers") {
    TEST_CASE("a number is the same however long it is and whatever follows how far behind it") {
        const std::string_view characters = "0123456789abcdefABFGg/:@` x.\t\x80\xb0\xff";
        test::Random random{1};
        for (int i = 0; i < 200'000; ++i) {
            const std::int64_t base = random.below(2) == 0 ? 10 : 16;
            std::string text;
            for (auto digits = random.below(22); digits > 0; --digits)
                text += characters[static_cast<std::size_t>(random.below(base))];
            for (auto others = random.below(12); others > 0; --others)
                text += characters[static_cast<std::size_t>(random.below(std::ssize(characters)))];
            CAPTURE(text);
            // As long as it is, so that a sanitizer notices who reads on.
            const std::vector<char> exact{text.begin(), text.end()};
            const char* const begin = exact.data();
            const char* const end = begin + exact.size();
            read_alike(decimal_at(begin, end), begin, {text, 10});
            read_alike(hexadecimal_at(begin, end), begin, {text, 16});
        }
    }
    TEST_CASE("sixteen digits read at once are those read one by one, or none") {
        const std::string_view digits = "0123456789abcdef";
        test::Random random{2};
        for (int i = 0; i < 20'000; ++i) {
            std::string text(16, ' ');
            for (char& c : text) c = digits[static_cast<std::size_t>(random.below(16))];
            read_alike(sixteen_digits_at(text.data()), text.data(), {text, 16});
            const char other = static_cast<char>(random.below(256));
            if (digits.find(other) != digits.npos) continue;
            text[static_cast<std::size_t>(random.below(16))] = other;
            CAPTURE(text);
            REQUIRE(sixteen_digits_at(text.data()).behind == nullptr);
        }
    }
    TEST_CASE("what begins with 0x is hexadecimal, if there is something behind it") {
        const auto number = [](std::string_view text) {
            return number_at(text.data(), text.data() + text.size());
        };
        CHECK(number("0x2e8e ").value == 0x2e8e);
        CHECK(number("0X2E8e").value == 0x2e8e);
        CHECK(number("0x ").behind == nullptr);
        const std::string_view cut = "0x";
        CHECK(number(cut).value == 0);
        CHECK(number(cut).behind == cut.data() + 1);
        CHECK(number("").behind == nullptr);
    }
}
