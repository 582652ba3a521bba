#include "sim/draws.hpp"

namespace pcpsim {
namespace {
__extension__ using Wide = unsigned __int128;

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }
}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * counter[2];
        counter = {high(b) ^ counter[1] ^ key[0], low(b), high(a) ^ counter[3] ^ key[1], low(a)};
        key[0] += 0x9E3779B9U;
        key[1] += 0xBB67AE85U;
    }
    return counter;
}

std::uint64_t Draws::bits(std::uint32_t entity, Purpose purpose, std::uint64_t ordinal) const {
    const auto block = philox4x32({low(ordinal), high(ordinal), entity, purpose.number()},
                                  {low(seed_), high(seed_)});
    return std::uint64_t{block[0]} << 32 | block[1];
}

std::int64_t Draws::below(std::int64_t bound, std::uint32_t entity, Purpose purpose,
                          std::uint64_t ordinal) const {
    const Wide scaled = Wide{bits(entity, purpose, ordinal)} * static_cast<std::uint64_t>(bound);
    return static_cast<std::int64_t>(scaled >> 64);
}

}  // namespace pcpsim
