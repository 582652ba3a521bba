#include "analysis/result.hpp"

namespace pcpsim {

double in_unit(std::int64_t value, std::string_view unit) {
    const auto number = static_cast<double>(value);
    if (unit == "s") return number / 1e12;
    if (unit == "ms") return number / 1e9;
    if (unit == "us") return number / 1e6;
    if (unit == "ns") return number / 1e3;
    return number;
}

}  // namespace pcpsim
