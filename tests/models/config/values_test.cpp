// Goal: a text is read exactly or refused. Method: values on and just beyond every edge.
#include "models/config/values.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>

using namespace pcpsim;

namespace {
enum class Grace { normal, expedited };
constexpr auto enum_names(Grace) { return std::array{"normal", "expedited"}; }

template <class T>
bool reads(std::string_view text, T expected) {
    const Parsed<T> parsed = Scalar<T>::parse(text);
    const T* const value = std::get_if<T>(&parsed);
    return value && *value == expected;
}
template <class T>
bool refuses(std::string_view text) {
    return std::holds_alternative<Refused>(Scalar<T>::parse(text));
}
template <class T>
std::string hint(std::string_view text) {
    return std::get<Refused>(Scalar<T>::parse(text)).hint;
}
}  // namespace

TEST_SUITE("models/config/values") {
    TEST_CASE("a duration is exact to the picosecond") {
        CHECK(reads("14ns", 14_ns));
        CHECK(reads("2.5us", 2500_ns));
        CHECK(reads("0.001ns", 1_ps));
        CHECK(reads("1.50000000000000000000000ms", 1500_us));
        CHECK(reads("0s", 0_ps));
        CHECK(reads("9223372.036854775807s", Duration::max()));
        CHECK(hint<Duration>("9223372.036854775808s") == " below 2^63 picoseconds (106 days)");
        CHECK(hint<Duration>("99999999999999999999s") == " below 2^63 picoseconds (106 days)");
        CHECK(hint<Duration>("-14ns") == " without a sign");
        CHECK(hint<Duration>("--14ns") == " with a unit, such as \"14ns\"");
        CHECK(hint<Duration>("0.0001ns") == " in whole picoseconds");
        CHECK(hint<Duration>("0.0000000000000000000001s") == " in whole picoseconds");
    }
    TEST_CASE("a duration has digits and a unit and nothing else") {
        for (const char* text :
             {"", "14", "ns", "14 ns", " 14ns", "14ns ", "+14ns", "-14", ".5ns", "5.ns", "1.2.3ns",
              "1e3ns", "0x1ns", "14NS", "14min", "nan", "infs"}) {
            CAPTURE(text);
            CHECK(hint<Duration>(text) == " with a unit, such as \"14ns\"");
        }
    }
    TEST_CASE("a size counts in powers of 1024") {
        CHECK(reads("64GiB", 64_GiB));
        CHECK(reads("1.5KiB", Bytes{1536}));
        CHECK(reads("1TiB", 1024_GiB));
        CHECK(reads("9223372036854775807B", Bytes::max()));
        CHECK(hint<Bytes>("8388608TiB") == " below 2^63 bytes");
        CHECK(hint<Bytes>("1.3KiB") == " in whole bytes");
        CHECK(hint<Bytes>("64GB") == " with a unit, such as \"64GiB\"");
        CHECK(hint<Bytes>("64") == " with a unit, such as \"64GiB\"");
    }
    TEST_CASE("whole numbers are plain digits within their type") {
        CHECK(reads("63", 63_pages));
        CHECK(reads("18446744073709551615", std::uint64_t{0} - 1));
        CHECK(
            reads<std::int64_t>("-9223372036854775808", std::numeric_limits<std::int64_t>::min()));
        CHECK(refuses<Pages>("9223372036854775808"));
        CHECK(refuses<std::uint64_t>("18446744073709551616"));
        CHECK(refuses<std::uint32_t>("4294967296"));
        for (const char* text : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "1,000", "nan"}) {
            CAPTURE(text);
            CHECK(refuses<std::int64_t>(text));
            CHECK(refuses<Pages>(text));
        }
        CHECK(refuses<std::uint64_t>("-1"));
        CHECK(refuses<Pages>("-1"));
    }
    TEST_CASE("a ratio has two positive parts") {
        CHECK(reads("2/3", Ratio{2, 3}));
        for (const char* text :
             {"", "2", "2/", "/3", "0/3", "2/0", "-2/3", "2/-3", "2 /3", "2/3/4"}) {
            CAPTURE(text);
            CHECK(refuses<Ratio>(text));
        }
    }
    TEST_CASE("a string has no control characters") {
        CHECK(reads("\xC3\xBC, 100 %", std::string{"\xC3\xBC, 100 %"}));
        for (const char* text : {"a\n", "\x1B[31m", "\x7F", "\xC2\x9B", "\xFF"}) {
            CAPTURE(text);
            CHECK(hint<std::string>(text) == " without control characters");
        }
    }
    TEST_CASE("switches and names are words") {
        CHECK(reads("true", true));
        CHECK(refuses<bool>("1"));
        CHECK(refuses<bool>("True"));
        CHECK(reads("expedited", Grace::expedited));
        CHECK(refuses<Grace>("Expedited"));
        CHECK(Scalar<Grace>::noun() == "one of normal, expedited");
    }
    TEST_CASE("what text() writes, parse() reads") {
        for (const std::int64_t count : {0LL, 1LL, 999LL, 1'000'001LL, 86'400'000'000'000'000LL}) {
            CHECK(reads(Scalar<Duration>::text(Duration{count}), Duration{count}));
            CHECK(reads(Scalar<Bytes>::text(Bytes{count}), Bytes{count}));
            CHECK(reads(Scalar<Pages>::text(Pages{count}), Pages{count}));
        }
        CHECK(reads(Scalar<Grace>::text(Grace::expedited), Grace::expedited));
    }
}
