#pragma once
// Decimal fractions in JSON and options: only analysis knows them.
#include <limits>
#include <string>
#include <string_view>

#include "models/config/values.hpp"

namespace pcpsim {

template <>
inline constexpr bool has_range<double> = true;

/// Neither infinite nor NaN.
template <>
struct Scalar<double> {
    static constexpr Node::Kind kind = Node::Kind::number;
    static std::string type() { return "number"; }
    static std::string noun() { return "a number"; }
    static Parsed<double> parse(std::string_view text);
    /// The shortest text that is read back as the same number.
    static std::string text(double value);
    static constexpr double lowest() { return std::numeric_limits<double>::lowest(); }
    static constexpr double highest() { return std::numeric_limits<double>::max(); }
};

}  // namespace pcpsim
