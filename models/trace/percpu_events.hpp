#pragma once
// What the percpu allocator tells: include/trace/events/percpu.h of kernel 5.10 to 6.12, and the
// probes of captured kernels, which read their arguments at function entry.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "models/trace/address.hpp"
#include "sim/units.hpp"

namespace pcpsim::trace {

/// percpu_alloc_percpu: an area was allocated, and populated and zeroed since.
struct PercpuAlloc {
    Address chunk;  ///< base_addr, perhaps hashed
    std::int32_t offset = 0, size = 0, align = 0;
    bool reserved = false, atomic = false;
};
/// percpu_alloc_percpu_fail
struct PercpuAllocFail {
    std::int32_t size = 0, align = 0;
    bool reserved = false, atomic = false;
};
/// percpu_free_percpu: with pcpu_lock held, so in the order in which they happen.
struct PercpuFree {
    Address chunk;
    std::int32_t offset = 0;
};
/// percpu_create_chunk: before the chunk is on a list.
struct PercpuCreateChunk {
    Address chunk;
};
/// percpu_destroy_chunk: after it has left the lists and lost its memory.
struct PercpuDestroyChunk {
    Address chunk;
};

/// pcpu_alloc(): a request before it waits for pcpu_alloc_mutex.
struct PercpuAllocEntry {
    std::int32_t size = 0, align = 0;
    bool reserved = false;
    bool accounted = false;  ///< __GFP_ACCOUNT: charged, unless the task is in the root cgroup
};
/// pcpu_chunk_populated(), with pcpu_lock held: pages [start, end) of each unit got memory.
struct PercpuPopulated {
    Address chunk;
    Pages start, end;
};
/// pcpu_chunk_depopulated(): and these have lost it.
struct PercpuDepopulated {
    Address chunk;
    Pages start, end;
};
/// pcpu_balance_workfn(), before it waits for pcpu_alloc_mutex.
struct PercpuBalance {};
/// pcpu_balance_free(), 5.14 and later: the first and the last thing that the worker does.
struct PercpuBalanceFree {
    bool empty_only = false;
};
/// A mark that the recording program wrote: "LABPCPU rm_inner+1 kB=8272".
struct PercpuMark {
    std::array<char, 24> text{};            ///< ends with a 0
    std::optional<std::int64_t> kilobytes;  ///< `Percpu:` of /proc/meminfo
    [[nodiscard]] std::string_view name() const { return text.data(); }
};

using PercpuEvent =
    std::variant<PercpuAlloc, PercpuFree, PercpuAllocEntry, PercpuPopulated, PercpuDepopulated,
                 PercpuBalance, PercpuBalanceFree, PercpuCreateChunk, PercpuDestroyChunk,
                 PercpuAllocFail, PercpuMark>;

}  // namespace pcpsim::trace
