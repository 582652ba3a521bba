#pragma once
// The work that all engines of a comparison do, and the proof that they did the same in the same
// order: a checksum of the times at which events fire.
//
// Times are integer ticks below 2^53, so that engines with floating time hold them exactly.
#include <array>
#include <cmath>
#include <cstdint>

namespace bench {

/// 1024 quantiles of an exponential distribution whose mean is 2^30.
inline const std::array<std::uint64_t, 1024> quantiles = [] {
    std::array<std::uint64_t, 1024> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double above = (static_cast<double>(i) + 0.5) / 1024;
        values[i] = static_cast<std::uint64_t>(-std::log(above) * 1073741824.0);
    }
    return values;
}();

/// Pseudo-random increments.
class Increments {
public:
    explicit Increments(std::uint64_t seed) : state_{(seed + 1) * 0x9e3779b97f4a7c15U | 1U} {}

    std::uint64_t bits() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }
    std::uint64_t next() {
        const std::uint64_t drawn = bits();
        return quantiles[drawn >> 54] + (drawn & 0xfffff) + 1;
    }
    /// Nine of ten are a thousand times shorter.
    std::uint64_t next_of_two_magnitudes() {
        const std::uint64_t increment = next();
        return bits() % 10 == 0 ? increment : (increment >> 10) + 1;
    }

private:
    std::uint64_t state_;
};

/// Counts the events of a stretch of work down to 0.
struct Tally {
    std::uint64_t left = 0;
    std::uint64_t checksum = 0;
    /// Whether this event is the last of the stretch.
    bool fired(std::uint64_t time) {
        checksum = (checksum << 1 | checksum >> 63) ^ time;
        return --left == 0;
    }
};

}  // namespace bench
