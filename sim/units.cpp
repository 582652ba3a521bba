#include "sim/units.hpp"

#include <array>

namespace pcpsim {
namespace {
__extension__ using Wide = __int128;

struct UnitName {
    std::int64_t size;
    const char* name;
};
}  // namespace

Duration scale_down(Duration value, Ratio ratio) {
    if (std::int64_t product = 0; !__builtin_mul_overflow(value.count(), ratio.num, &product))
        return Duration{product / ratio.den};
    return Duration{static_cast<std::int64_t>(Wide{value.count()} * ratio.num / ratio.den)};
}

Duration scale_up(Duration value, Ratio ratio) {
    if (std::int64_t product = 0; !__builtin_mul_overflow(value.count(), ratio.num, &product) &&
                                  product <= INT64_MAX - ratio.den)
        return Duration{(product + ratio.den - 1) / ratio.den};
    return Duration{
        static_cast<std::int64_t>((Wide{value.count()} * ratio.num + ratio.den - 1) / ratio.den)};
}

std::string to_string(Duration value) {
    constexpr std::array units{UnitName{1'000'000'000'000, "s"}, UnitName{1'000'000'000, "ms"},
                               UnitName{1'000'000, "us"}, UnitName{1'000, "ns"}};
    std::int64_t magnitude = value.count() < 0 ? -value.count() : value.count();
    const std::string sign = value.count() < 0 ? "-" : "";
    for (const auto& [size, name] : units) {
        if (magnitude < size) continue;
        std::string fraction = std::to_string(size + magnitude % size).substr(1);
        while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
        if (!fraction.empty()) fraction.insert(0, ".");
        return sign + std::to_string(magnitude / size) + fraction + name;
    }
    return sign + std::to_string(magnitude) + "ps";
}

std::string to_string(Time value) { return "t=" + to_string(value.since_start()); }

std::string to_string(Pages value) {
    return std::to_string(value.count()) + (value.count() == 1 ? " page" : " pages");
}

std::string to_string(Bytes value) {
    constexpr std::array units{UnitName{1LL << 40, "TiB"}, UnitName{1LL << 30, "GiB"},
                               UnitName{1LL << 20, "MiB"}, UnitName{1LL << 10, "KiB"}};
    for (const auto& [size, name] : units)
        if (value.count() != 0 && value.count() % size == 0)
            return std::to_string(value.count() / size) + name;
    return std::to_string(value.count()) + "B";
}

}  // namespace pcpsim
