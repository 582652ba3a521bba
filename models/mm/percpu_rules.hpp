#pragma once
// What a kernel era does with its percpu chunks, as a value. No other file compares versions.
#include <cstdint>
#include <string_view>

namespace pcpsim {

/// Which chunks an allocation charged to a memory cgroup comes from.
enum class PercpuChunks : std::uint8_t {
    split,  ///< its own, PCPU_CHUNK_MEMCG: 5.9 to 5.13
    single  ///< the same as any other, faf65dde844a: 5.14 and later
};

/// PCPU_EMPTY_POP_PAGES_LOW: below it the worker is wanted. HIGH: what it populates up to, and
/// leaves when it depopulates. In pages of each unit, whatever their size.
constexpr std::int64_t percpu_empty_low = 2;
constexpr std::int64_t percpu_empty_high = 4;

struct PercpuRules {
    std::string_view name;  ///< as find_kernel_rules() knows it
    PercpuChunks chunks;
    /// Lists for chunks sidelined and to be depopulated exist and have slot numbers: 5.14 and
    /// later.
    bool numbers_isolated_lists;
    /// The strategy that its kernels depopulate by. Others may be tried.
    std::string_view depopulation;
};

/// Null if there is no era of this name.
const PercpuRules* find_percpu_rules(std::string_view name);

}  // namespace pcpsim
