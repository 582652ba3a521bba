#pragma once
// Percpu chunks of a few pages of 4 KiB, for tests.
#include <doctest/doctest.h>

#include "models/mm/percpu_chunk.hpp"

namespace pcpsim::test {

constexpr Bytes page{4096};

inline PercpuChunk small_chunk(std::int64_t pages) {
    return PercpuChunk{PercpuRegion{Pages{pages}}, page};
}

inline PageRange range(std::int64_t start, std::int64_t end) {
    return PageRange{Pages{start}, Pages{end}};
}

/// The offset, or -1 if no place was found.
inline std::int64_t allocate(PercpuChunk& chunk, std::int64_t size, std::int64_t align = 4,
                             PercpuBacking backing = PercpuBacking::any) {
    const auto from = chunk.find_fit(Bytes{size}, Bytes{align}, backing);
    if (!from) return -1;
    const auto offset = chunk.allocate(*from, Bytes{size}, Bytes{align});
    REQUIRE(offset);
    chunk.validate();
    return offset->count();
}

}  // namespace pcpsim::test
