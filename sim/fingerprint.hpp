#pragma once
// A hash over every contact with shared state. Two runs with equal fingerprints did the same things
// at the same times in the same order, whatever events it took to get there.
#include <bit>
#include <cstdint>

#include "sim/ids.hpp"
#include "sim/units.hpp"

namespace pcpsim {

class Fingerprint {
public:
    /// `kind` names what happened; `a` and `b` are its arguments.
    void add(Time time, std::uint32_t kind, CpuId cpu, std::uint64_t a, std::uint64_t b) {
        mix(static_cast<std::uint64_t>(time.since_start().count()));
        mix(std::uint64_t{kind} << 32 | cpu.number());
        mix(a);
        mix(b);
    }
    [[nodiscard]] std::uint64_t value() const {
        std::uint64_t x = state_;
        x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCDULL;
        x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53ULL;
        return x ^ (x >> 33);
    }

private:
    void mix(std::uint64_t word) {
        state_ = std::rotl((state_ ^ word) * 0x9E3779B97F4A7C15ULL, 29);
    }
    std::uint64_t state_ = 0x243F6A8885A308D3ULL;
};

}  // namespace pcpsim
