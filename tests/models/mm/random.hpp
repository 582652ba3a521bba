#pragma once
// Pseudo-random numbers for property tests: a function of seed and count alone (SplitMix64).
#include <cstdint>

namespace pcpsim::test {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_{seed * 0x9E3779B97F4A7C15U} {}

    /// From 0 to limit - 1.
    std::int64_t below(std::int64_t limit) {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t x = state_;
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
        x = (x ^ x >> 27) * 0x94D049BB133111EBU;
        return static_cast<std::int64_t>((x ^ x >> 31) % static_cast<std::uint64_t>(limit));
    }

private:
    std::uint64_t state_;
};

}  // namespace pcpsim::test
