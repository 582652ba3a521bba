#pragma once
// Quantities with their unit in the type: simulated time, durations, bytes and pages.
#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace pcpsim {

/// A count of one unit. Counts of the same unit add and compare; different units do not mix.
template <class Unit>
class Quantity {
public:
    constexpr Quantity() = default;
    constexpr explicit Quantity(std::int64_t count) : count_{count} {}
    [[nodiscard]] constexpr std::int64_t count() const { return count_; }
    static constexpr Quantity max() { return Quantity{std::numeric_limits<std::int64_t>::max()}; }

    constexpr auto operator<=>(const Quantity&) const = default;
    constexpr Quantity& operator+=(Quantity other) { return count_ += other.count_, *this; }
    constexpr Quantity& operator-=(Quantity other) { return count_ -= other.count_, *this; }
    friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
    friend constexpr Quantity operator*(Quantity a, std::int64_t n) {
        return Quantity{a.count_ * n};
    }
    friend constexpr Quantity operator*(std::int64_t n, Quantity a) { return a * n; }
    /// Rounds toward zero.
    friend constexpr Quantity operator/(Quantity a, std::int64_t n) {
        return Quantity{a.count_ / n};
    }
    /// How many times b fits into a, rounded toward zero.
    friend constexpr std::int64_t operator/(Quantity a, Quantity b) { return a.count_ / b.count_; }

private:
    std::int64_t count_ = 0;
};

/// A distance in simulated time, in picoseconds. 2^63 ps are 106 days.
using Duration = Quantity<struct PicosecondUnit>;
using Bytes = Quantity<struct ByteUnit>;
/// Base pages of the simulated machine.
using Pages = Quantity<struct PageUnit>;

/// A point in simulated time. Points do not add; their difference is a Duration.
class Time {
public:
    constexpr Time() = default;
    constexpr explicit Time(Duration since_start) : since_start_{since_start} {}
    [[nodiscard]] constexpr Duration since_start() const { return since_start_; }
    static constexpr Time max() { return Time{Duration::max()}; }

    constexpr auto operator<=>(const Time&) const = default;
    constexpr Time& operator+=(Duration d) { return since_start_ += d, *this; }
    friend constexpr Time operator+(Time t, Duration d) { return t += d; }
    friend constexpr Time operator-(Time t, Duration d) { return Time{t.since_start_ - d}; }
    friend constexpr Duration operator-(Time a, Time b) { return a.since_start_ - b.since_start_; }

private:
    Duration since_start_;
};

inline namespace literals {
constexpr Duration operator""_ps(unsigned long long n) {
    return Duration{static_cast<std::int64_t>(n)};
}
constexpr Duration operator""_ns(unsigned long long n) {
    return Duration{static_cast<std::int64_t>(n) * 1'000};
}
constexpr Duration operator""_us(unsigned long long n) {
    return Duration{static_cast<std::int64_t>(n) * 1'000'000};
}
constexpr Duration operator""_ms(unsigned long long n) {
    return Duration{static_cast<std::int64_t>(n) * 1'000'000'000};
}
constexpr Duration operator""_s(unsigned long long n) {
    return Duration{static_cast<std::int64_t>(n) * 1'000'000'000'000};
}
constexpr Pages operator""_pages(unsigned long long n) {
    return Pages{static_cast<std::int64_t>(n)};
}
constexpr Bytes operator""_KiB(unsigned long long n) {
    return Bytes{static_cast<std::int64_t>(n) << 10};
}
constexpr Bytes operator""_MiB(unsigned long long n) {
    return Bytes{static_cast<std::int64_t>(n) << 20};
}
constexpr Bytes operator""_GiB(unsigned long long n) {
    return Bytes{static_cast<std::int64_t>(n) << 30};
}
}  // namespace literals

/// An exact ratio of two small positive integers; the only way to scale a Duration by a fraction.
struct Ratio {
    std::int64_t num = 1;
    std::int64_t den = 1;
    constexpr bool operator==(const Ratio&) const = default;
};

/// value x num / den without overflow in between, rounded down (up). The value is not negative.
Duration scale_down(Duration value, Ratio ratio);
Duration scale_up(Duration value, Ratio ratio);

/// The largest unit that shows the value exactly: "14ns", "2.5us", "0ps".
std::string to_string(Duration value);
/// "t=12.345us"
std::string to_string(Time value);
/// "63 pages"
std::string to_string(Pages value);
/// The largest binary unit that divides the value: "16MiB", "5B".
std::string to_string(Bytes value);

}  // namespace pcpsim
