#pragma once
// Percpu allocators for tests, small enough to be worked out by hand.
#include <vector>

#include "tests/models/mm/mirrored_percpu.hpp"

namespace pcpsim::test {

/// Units of 16 pages. The first chunk serves six of them: 20 KiB of dynamic data, and 4 KiB more.
inline PercpuGeometry small_percpu_geometry(int cpus = 2) {
    PercpuLayout layout;
    layout.static_size = Bytes{4096};
    layout.reserved_size = Bytes{0};
    layout.dynamic_size = Bytes{24 * 1024};
    layout.atom_size = Bytes{64 * 1024 * cpus};
    layout.groups = group_by_distance(cpus, [](CpuId, CpuId) { return true; });
    return make_percpu_geometry(layout);
}

/// Without any chunk.
inline PercpuAllocator small_percpu(const char* era = "6.1") {
    return PercpuAllocator{small_percpu_geometry(), *find_percpu_rules(era)};
}

/// A chunk of 16 populated pages whose first pages are allocated.
inline PercpuChunkState used_chunk(std::int64_t pages, std::optional<int> slot = {}) {
    PercpuChunkState state;
    state.region.pages = Pages{16};
    state.populated = {PageRange{Pages{0}, Pages{16}}};
    if (pages > 0) state.areas = {PercpuSpan{Bytes{0}, Bytes{4096 * pages}}};
    state.slot = slot;
    return state;
}

inline constexpr PercpuRequest one_page{.size = Bytes{4096}, .align = Bytes{4096}};

/// Allocates that many areas of a page.
inline std::vector<PercpuArea> fill(MirroredPercpu& percpu, int areas) {
    std::vector<PercpuArea> live;
    for (int i = 0; i < areas; ++i) live.push_back(*percpu.allocate(one_page));
    return live;
}

/// Runs the balance worker to its end.
inline std::vector<BalanceStep> balance(MirroredPercpu& percpu) {
    return percpu.run(percpu.strategy->balance());
}

}  // namespace pcpsim::test
