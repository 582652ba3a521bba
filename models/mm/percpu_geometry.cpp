#include "models/mm/percpu_geometry.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

namespace pcpsim {
namespace {

constexpr Bytes dynamic_early_size{20 * 1024};  ///< PERCPU_DYNAMIC_EARLY_SIZE

Bytes round_up(Bytes size, Bytes to) { return to * ((size + to - Bytes{1}) / to); }

std::int64_t divide_up(std::size_t units, std::int64_t by) {
    return (static_cast<std::int64_t>(units) + by - 1) / by;
}

struct Use {
    std::int64_t blocks = 0;  ///< of alloc_size
    std::int64_t spare = 0;   ///< units
};

Use use_of(const std::vector<std::vector<CpuId>>& groups, std::int64_t units_per_block) {
    Use use;
    for (const auto& group : groups) {
        const std::int64_t blocks = divide_up(group.size(), units_per_block);
        use.blocks += blocks;
        use.spare += blocks * units_per_block - static_cast<std::int64_t>(group.size());
    }
    return use;
}

void require(bool condition, const char* what) {
    if (!condition) throw std::invalid_argument{std::string{"percpu layout: "} + what};
}

void check(const PercpuLayout& layout) {
    const auto is_power_of_two = [](Bytes size) {
        return size > Bytes{0} && (size.count() & (size.count() - 1)) == 0;
    };
    require(is_power_of_two(layout.page_size) && layout.page_size >= Bytes{4096} &&
                layout.page_size <= Bytes{256 * 1024},
            "the page size is not a power of two from 4KiB to 256KiB");
    require(is_power_of_two(layout.atom_size) && layout.atom_size >= layout.page_size,
            "the atom size is not a power of two of at least a page");
    for (const Bytes size : {layout.static_size, layout.reserved_size, layout.dynamic_size})
        require(size >= Bytes{0} && size <= Bytes{64 * 1024 * 1024},
                "a size is negative or more than 64MiB");
    require(!layout.groups.empty(), "there is no CPU");
    for (const auto& group : layout.groups) require(!group.empty(), "a group has no CPU");
}

}  // namespace

PercpuGeometry make_percpu_geometry(const PercpuLayout& layout) {
    check(layout);
    const Bytes fixed = layout.static_size + layout.reserved_size;
    const Bytes used =
        round_up(fixed + std::max(layout.dynamic_size, dynamic_early_size), layout.page_size);
    const Bytes smallest = std::max(used, percpu_min_unit_size);
    const Bytes block = round_up(smallest, layout.atom_size);
    std::int64_t cpus = 0;
    for (const auto& group : layout.groups) cpus += static_cast<std::int64_t>(group.size());

    std::int64_t units = 0;
    std::int64_t fewest_blocks = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t n = block / smallest; n > 0; --n) {
        if (block.count() % n != 0 || (block / n).count() % layout.page_size.count() != 0) continue;
        const Use use = use_of(layout.groups, n);
        if (use.spare > cpus / 3) continue;
        if (use.blocks > fewest_blocks) break;  // larger units, for more memory
        fewest_blocks = use.blocks;
        units = n;
    }
    return PercpuGeometry{.page_size = layout.page_size,
                          .unit_size = block / units,
                          .nr_units = fewest_blocks * units,
                          .nr_cpus = cpus,
                          .static_size = layout.static_size,
                          .reserved_size = layout.reserved_size,
                          .dynamic_size = used - fixed,
                          .atom_size = layout.atom_size,
                          .groups = layout.groups};
}

}  // namespace pcpsim
