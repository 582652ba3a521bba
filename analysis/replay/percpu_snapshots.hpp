#pragma once
// NAME.chunks.gz: what the recorded percpu allocator looked like at some instants.
//
//   ### labpcpu.created       one line per chunk, in list order: slot, counters, hints
//   ### labpcpumap.boot       one line per chunk: populated ranges and every allocated area
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "models/mm/percpu_allocator.hpp"
#include "models/trace/address.hpp"

namespace pcpsim {

/// A line of a labpcpu section.
struct RecordedChunk {
    std::int64_t line = 0;
    PercpuType type = PercpuType::root;
    int slot = 0;
    trace::Address base, hash;  ///< both name the chunk; a hash of 0 is none
    Bytes free_bytes, contig_bytes;
    Pages pages, populated, empty;
    bool isolated = false, first = false, reserved = false;
    Bytes start_offset, end_offset;
};

struct PercpuSnapshot {
    std::string name;  ///< "created"
    std::int64_t line = 0;
    int nr_slots = 0;
    Pages nr_populated, unit_pages;
    std::int64_t nr_units = 0;
    std::array<Pages, 2> empty{};  ///< by type
    std::vector<RecordedChunk> chunks{};
};

/// A line of a labpcpumap section.
struct RecordedAreas {
    std::int64_t line = 0;
    PercpuType type = PercpuType::root;
    int slot = 0;
    trace::Address base;
    std::vector<PageRange> populated{};
    std::vector<PercpuSpan> areas{};
};

struct PercpuMap {
    std::string name;  ///< "boot"
    std::int64_t line = 0;
    std::vector<RecordedAreas> chunks{};
};

struct PercpuSnapshots {
    std::string file;
    std::vector<PercpuSnapshot> snapshots{};
    std::vector<PercpuMap> maps{};

    [[nodiscard]] const PercpuSnapshot* find(std::string_view name) const;
    [[nodiscard]] const PercpuMap* find_map(std::string_view name) const;
};

/// Throws a ScenarioError that says where the file is wrong.
PercpuSnapshots read_percpu_snapshots(const std::string& path);

}  // namespace pcpsim
