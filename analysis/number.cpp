#include "analysis/number.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace pcpsim {

Parsed<double> Scalar<double>::parse(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(value))
        return value;
    return Refused{};
}

std::string Scalar<double>::text(double value) { return fmt::format("{}", value); }

}  // namespace pcpsim
