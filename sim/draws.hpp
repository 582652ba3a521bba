#pragma once
// Random draws as a function of what they are for: seed, entity, purpose and the ordinal of the
// workload's own operation; never "the next number". So a draw does not move when the strategy
// changes or a CPU is added. The generator is Philox4x32-10 (Salmon et al., SC 2011).
#include <array>
#include <cstdint>
#include <string_view>

#include "sim/units.hpp"

namespace pcpsim {

/// What a draw decides, named by text at compile time: Purpose{"placement"}.
class Purpose {
public:
    constexpr explicit Purpose(std::string_view name) {
        for (const char c : name) number_ = (number_ ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    [[nodiscard]] constexpr std::uint32_t number() const { return number_; }

private:
    std::uint32_t number_ = 2166136261U;  // FNV-1a
};

/// Ten rounds of Philox4x32 over a 128-bit counter.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

class Draws {
public:
    explicit Draws(std::uint64_t seed) : seed_{seed} {}
    /// 64 uniform bits.
    [[nodiscard]] std::uint64_t bits(std::uint32_t entity, Purpose purpose,
                                     std::uint64_t ordinal) const;
    /// Uniform in [0, bound); bound > 0. The bias is below bound / 2^64.
    [[nodiscard]] std::int64_t below(std::int64_t bound, std::uint32_t entity, Purpose purpose,
                                     std::uint64_t ordinal) const;
    /// Uniform in [0, longest]; longest >= 0.
    [[nodiscard]] Duration up_to(Duration longest, std::uint32_t entity, Purpose purpose,
                                 std::uint64_t ordinal) const {
        return Duration{below(longest.count() + 1, entity, purpose, ordinal)};
    }

private:
    std::uint64_t seed_;
};

}  // namespace pcpsim
