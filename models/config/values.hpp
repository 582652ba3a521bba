#pragma once
// How single values are written, in JSON and on the command line: one strict parser for both.
#include <charconv>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <variant>
#include <vector>

#include "models/config/node.hpp"
#include "models/config/text.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// Why a text is no value: what belongs behind the type's noun in "expected a duration ...".
struct Refused {
    std::string hint;
};
template <class T>
using Parsed = std::variant<T, Refused>;

/// Describes a type whose values are written as one JSON scalar. To make a type readable,
/// specialise it with the members below; an enum only needs `enum_names` (see there).
///     kind            the JSON kind that carries it
///     type()          for listings: "duration"
///     noun()          for errors: "a duration", followed by a range or a hint
///     parse(text)     the value, or the hint: ` with a unit, such as "14ns"`
///     text(value)     what parse() reads back
///     lowest(), highest()  of a type that JSON writes as a bare number
///     names()         of a type with a few values, for suggestions
///     pattern()       of any other string: a regular expression of what parse() may accept
template <class T>
struct Scalar;

template <class T>
concept IsScalar = requires(std::string_view text) {
    { Scalar<T>::parse(text) } -> std::same_as<Parsed<T>>;
};

/// Quantities and whole numbers have a range; texts, names and switches have none.
template <class T>
inline constexpr bool has_range = std::integral<T> && !std::same_as<T, bool>;
template <class Unit>
inline constexpr bool has_range<Quantity<Unit>> = true;

template <>
struct Scalar<bool> {
    static constexpr Node::Kind kind = Node::Kind::boolean;
    static std::string type() { return "true or false"; }
    static std::string noun() { return "true or false"; }
    static Parsed<bool> parse(std::string_view text);
    static std::string text(bool value) { return value ? "true" : "false"; }
};

/// Goes to a terminal sooner or later, so it has no control characters.
template <>
struct Scalar<std::string> {
    static constexpr Node::Kind kind = Node::Kind::string;
    static std::string type() { return "string"; }
    static std::string noun() { return "a string"; }
    static std::string pattern() { return R"(^[^\x00-\x1f\x7f-\x9f]*$)"; }
    static Parsed<std::string> parse(std::string_view text);
    static std::string text(const std::string& value) { return value; }
};

/// "14ns", "2.5us": digits, perhaps a fraction, and one of ps, ns, us, ms, s. Exact, never rounded.
template <>
struct Scalar<Duration> {
    static constexpr Node::Kind kind = Node::Kind::string;
    static std::string type() { return "duration"; }
    static std::string noun() { return "a duration"; }
    static std::string pattern() { return R"(^[0-9]+(\.[0-9]+)?(ps|ns|us|ms|s)$)"; }
    static Parsed<Duration> parse(std::string_view text);
    static std::string text(Duration value) { return to_string(value); }
};

/// "64GiB", "1.5KiB": as a duration, with one of B, KiB, MiB, GiB, TiB.
template <>
struct Scalar<Bytes> {
    static constexpr Node::Kind kind = Node::Kind::string;
    static std::string type() { return "size"; }
    static std::string noun() { return "a size"; }
    static std::string pattern() { return R"(^[0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB|TiB)$)"; }
    static Parsed<Bytes> parse(std::string_view text);
    static std::string text(Bytes value) { return to_string(value); }
};

/// A bare whole number: a count of pages needs no unit.
template <>
struct Scalar<Pages> {
    static constexpr Node::Kind kind = Node::Kind::number;
    static std::string type() { return "pages"; }
    static std::string noun() { return "pages"; }
    static Parsed<Pages> parse(std::string_view text);
    static std::string text(Pages value) { return std::to_string(value.count()); }
    static Pages lowest() { return Pages{0}; }
    static Pages highest() { return Pages::max(); }
};

/// "2/3": two positive whole numbers.
template <>
struct Scalar<Ratio> {
    static constexpr Node::Kind kind = Node::Kind::string;
    static std::string type() { return "ratio"; }
    static std::string noun() { return "a ratio"; }
    static std::string pattern() { return "^0*[1-9][0-9]*/0*[1-9][0-9]*$"; }
    static Parsed<Ratio> parse(std::string_view text);
    static std::string text(Ratio value) {
        return std::to_string(value.num) + "/" + std::to_string(value.den);
    }
};

template <std::integral Integer>
struct Scalar<Integer> {
    static constexpr Node::Kind kind = Node::Kind::number;
    static std::string type() { return "whole number"; }
    static std::string noun() { return "a whole number"; }
    static Parsed<Integer> parse(std::string_view text) {
        Integer value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc{} && end == text.data() + text.size()) return value;
        return Refused{};
    }
    static std::string text(Integer value) { return std::to_string(value); }
    static Integer lowest() { return std::numeric_limits<Integer>::min(); }
    static Integer highest() { return std::numeric_limits<Integer>::max(); }
};

/// An enum is read by name. Beside it (in its namespace, or as a friend of its class) stands
///     constexpr auto enum_names(Grace) { return std::array{"normal", "expedited"}; }
/// with the names of the values 0, 1, ... in this order.
template <class Enum>
requires std::is_enum_v<Enum>
struct Scalar<Enum> {
    static constexpr Node::Kind kind = Node::Kind::string;
    static std::vector<std::string> names() {
        const auto array = enum_names(Enum{});
        return {array.begin(), array.end()};
    }
    static std::string type() { return noun(); }
    static std::string noun() { return "one of " + join(names()); }
    static Parsed<Enum> parse(std::string_view text) {
        const auto array = enum_names(Enum{});
        for (std::size_t i = 0; i < array.size(); ++i)
            if (text == array[i]) return static_cast<Enum>(i);
        return Refused{};
    }
    static std::string text(Enum value) {
        return enum_names(value)[static_cast<std::size_t>(value)];
    }
};

/// "a duration in 1ns..1ms", and the hint behind it. A bare number always shows its range.
template <class T>
std::string expectation(std::string range, const std::string& hint) {
    if constexpr (Scalar<T>::kind == Node::Kind::number)
        if (range.empty())
            range =
                Scalar<T>::text(Scalar<T>::lowest()) + ".." + Scalar<T>::text(Scalar<T>::highest());
    return Scalar<T>::noun() + (range.empty() ? "" : " in " + range) + hint;
}

}  // namespace pcpsim
