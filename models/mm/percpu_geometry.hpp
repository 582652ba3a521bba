#pragma once
// How the percpu allocator divides memory: a chunk has one unit for every CPU, and what is
// allocated at an offset exists at that offset in each unit.
//
//        group 0 (node 0)          group 1 (node 1)
//   +-------+-------+-------+ ... +-------+-------+-------+
//   | cpu 0 | cpu 1 | cpu 2 |     | cpu 4 | cpu 5 | spare |      one chunk
//   +-------+-------+-------+     +-------+-------+-------+
//     unit_size each; units that share an atom of memory are allocated together
#include <cstdint>
#include <vector>

#include "sim/ids.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// The pages [start, end) of each unit of a chunk.
struct PageRange {
    Pages start, end;
    [[nodiscard]] Pages size() const { return end - start; }
    bool operator==(const PageRange&) const = default;
};

/// What the layout of the first chunk is derived from. Sizes as linked and configured.
struct PercpuLayout {
    Bytes page_size{4096};
    Bytes static_size{};
    Bytes reserved_size{8192};         ///< PERCPU_MODULE_RESERVE; 0 where modules need no own part
    Bytes dynamic_size{28 * 1024};     ///< PERCPU_DYNAMIC_RESERVE, 64-bit
    Bytes atom_size{2 * 1024 * 1024};  ///< of the mappings it is allocated in; x86-64: large pages
    /// Possible CPUs, by groups at local distance of each other; empty groups are not listed.
    std::vector<std::vector<CpuId>> groups{};
};

struct PercpuGeometry {
    Bytes page_size;
    Bytes unit_size;
    /// With those that no CPU uses, since groups are filled up to whole atoms. `Percpu:` in
    /// /proc/meminfo counts them; memory is populated for CPUs only.
    std::int64_t nr_units = 0;
    std::int64_t nr_cpus = 0;  ///< possible CPUs
    /// The first unit_size or less of each unit: static, reserved, dynamic. Together whole pages.
    Bytes static_size, reserved_size, dynamic_size;
    Bytes atom_size;
    std::vector<std::vector<CpuId>> groups{};

    [[nodiscard]] Pages unit_pages() const { return Pages{unit_size / page_size}; }
    [[nodiscard]] Pages first_unit_pages() const {
        return Pages{(static_size + reserved_size + dynamic_size) / page_size};
    }
};

/// The smallest unit is PCPU_MIN_UNIT_SIZE, which is also the largest allocation.
constexpr Bytes percpu_min_unit_size{32 * 1024};
/// PCPU_MIN_ALLOC_SIZE: sizes and offsets are multiples of it.
constexpr Bytes percpu_min_alloc_size{4};

/// pcpu_build_alloc_info(): as many units to an atom as it has room for, but fewer while more than
/// a third of the CPUs' number of units would be spare. So few CPUs make units large. The dynamic
/// size grows to fill the last page. std::invalid_argument if sizes or groups make no sense.
PercpuGeometry make_percpu_geometry(const PercpuLayout& layout);

/// The groups of pcpu_build_alloc_info() for CPUs 0 to n-1: a CPU joins the first group to all of
/// whose members it is local.
template <class IsLocal>
std::vector<std::vector<CpuId>> group_by_distance(int cpus, IsLocal is_local) {
    std::vector<std::vector<CpuId>> groups;
    for (int number = 0; number < cpus; ++number) {
        const CpuId cpu{number};
        std::size_t group = 0;
        const auto fits = [&] {
            for (const CpuId other : groups[group])
                if (!is_local(cpu, other) || !is_local(other, cpu)) return false;
            return true;
        };
        while (group < groups.size() && !fits()) ++group;
        if (group == groups.size()) groups.emplace_back();
        groups[group].push_back(cpu);
    }
    return groups;
}

}  // namespace pcpsim
