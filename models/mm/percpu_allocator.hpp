#pragma once
// The percpu allocator: chunks in slots by their longest free run, and what one section of
// pcpu_lock does with them. Timeless: whoever calls takes pcpu_alloc_mutex and pcpu_lock, pays, and
// finds the memory of the pages.
//
//   slot    0    1 ..  slot(size) .. slot(unit) | sidelined | free | to depopulate
//          full         <------ searched for an area -------------->
//
// An allocation tries slot after slot, in list order, so that full chunks fill up and empty ones
// stay so. A chunk whose slot rises goes to the head of its new list, else to the tail. An isolated
// chunk (sidelined or to be depopulated) keeps its place whatever its hints say.
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "models/mm/percpu_chunk.hpp"
#include "models/mm/percpu_geometry.hpp"
#include "models/mm/percpu_rules.hpp"
#include "sim/ids.hpp"

namespace pcpsim {

class Depopulation;

struct ChunkTag {
    static constexpr const char* name = "chunk";
};
/// In order of creation; never used again.
using ChunkId = Id<ChunkTag>;

/// Whose chunks: PCPU_CHUNK_ROOT, PCPU_CHUNK_MEMCG. With PercpuChunks::single all are root's.
enum class PercpuType : std::uint8_t { root, memcg };

struct PercpuRequest {
    Bytes size;
    Bytes align = percpu_min_alloc_size;
    PercpuType type = PercpuType::root;
    bool reserved = false;  ///< for a module's static percpu data
    bool atomic = false;    ///< may not sleep: populated pages only, no new chunk
};

struct PercpuArea {
    ChunkId chunk;
    Bytes offset, size;
    bool operator==(const PercpuArea&) const = default;
};

struct PercpuFreed {
    Bytes size;
    bool wants_balance;  ///< the balance worker is to run
};

/// struct percpu_stats of CONFIG_PERCPU_STATS, and what it does not count.
struct PercpuStats {
    std::int64_t nr_alloc = 0, nr_dealloc = 0, nr_cur_alloc = 0, nr_max_alloc = 0;
    std::int64_t nr_chunks = 0, nr_max_chunks = 0;
    Bytes min_alloc_size{}, max_alloc_size{};  ///< 0 before the first
    std::int64_t atomic_failures = 0;
    std::int64_t chunks_scanned = 0;  ///< asked for a fit
};

/// A chunk at some instant, as a recording shows it.
struct PercpuChunkState {
    PercpuType type = PercpuType::root;
    std::optional<int> slot{};  ///< as slot() numbers it; unset: by its hints
    PercpuRegion region;
    bool first = false, reserved = false, isolated = false;
    std::vector<PercpuSpan> areas{};
    std::vector<PageRange> populated{};
};

class PercpuAllocator {
public:
    /// There is no chunk yet.
    PercpuAllocator(const PercpuGeometry& geometry, const PercpuRules& rules);
    /// Without a strategy. Chunks are shared until one of the two changes them.
    PercpuAllocator(const PercpuAllocator& other);
    PercpuAllocator& operator=(const PercpuAllocator&) = delete;

    /// pcpu_setup_first_chunk(): the first chunk and, if the geometry has one, the reserved chunk.
    void set_up_first_chunk();
    /// Adds a chunk at the tail of its slot. Hints are found out anew, so they may know more than
    /// the recorded kernel's did. std::invalid_argument, with a sentence, if it contradicts itself.
    ChunkId restore(const PercpuChunkState& state);
    /// Asked at every free from now on; null for none. It outlives the last free.
    void depopulate_by(Depopulation* strategy) { depopulation_ = strategy; }

    /// Size and alignment are such that a kernel does not refuse them.
    [[nodiscard]] bool is_legal(const PercpuRequest& request) const;
    /// pcpu_alloc() up to `area_found`, of a legal request. Nothing if no chunk has room. Then an
    /// atomic request has failed; any other is repeated, after create_chunk() if !has_free_chunk().
    std::optional<PercpuArea> allocate(const PercpuRequest& request);
    /// What the caller has to populate next, in this order. Nothing after an atomic allocation.
    [[nodiscard]] std::vector<PageRange> unpopulated(const PercpuArea& area) const;
    /// The worker is to run: too few empty pages are left for atomic allocations.
    [[nodiscard]] bool wants_balance(PercpuType type) const;
    /// free_percpu() of an area that is allocated.
    PercpuFreed free(ChunkId chunk, Bytes offset);
    [[nodiscard]] bool is_allocated(ChunkId chunk, Bytes offset) const;

    /// pcpu_chunk_populated(), pcpu_chunk_depopulated(): the pages got, or are to lose, their
    /// memory on every CPU. All of them were unpopulated (populated).
    void populated(ChunkId chunk, PageRange pages);
    void depopulated(ChunkId chunk, PageRange pages);
    /// pcpu_create_chunk() and its first pcpu_chunk_relocate().
    ChunkId create_chunk(PercpuType type);
    /// pcpu_destroy_chunk(), of a chunk without areas and without memory.
    void destroy_chunk(ChunkId chunk);
    [[nodiscard]] bool has_free_chunk(PercpuType type) const {
        return first_in(type, free_slot_).has_value();
    }

    // What the balance worker and the strategies work with.

    /// Types that have chunks of their own, from the first on.
    [[nodiscard]] std::vector<PercpuType> types() const;
    /// Positions among the lists, in the order in which they are searched; whatever the era.
    [[nodiscard]] int slot_of_size(Bytes size) const;
    [[nodiscard]] int sidelined_slot() const { return sidelined_slot_; }
    [[nodiscard]] int free_slot() const { return free_slot_; }
    [[nodiscard]] int to_depopulate_slot() const { return free_slot_ + 1; }
    [[nodiscard]] std::optional<ChunkId> first_in(PercpuType type, int list) const;
    [[nodiscard]] std::optional<ChunkId> next_after(ChunkId chunk) const;
    /// Nothing in it is allocated. Never so for the first chunk and the reserved one, which are
    /// less than a unit.
    [[nodiscard]] bool is_free(ChunkId chunk) const {
        return this->chunk(chunk).free_bytes() == geometry_.unit_size;
    }
    /// Neither the first chunk nor the reserved one: it may lose pages.
    [[nodiscard]] bool is_reclaimable(ChunkId chunk) const;
    [[nodiscard]] bool is_isolated(ChunkId chunk) const { return link(chunk).isolated; }
    /// pcpu_isolate_chunk(): to be depopulated. Its empty pages count no longer.
    void isolate(ChunkId chunk);
    /// pcpu_reintegrate_chunk(): back to the slot of its hints, if it was isolated.
    void reintegrate(ChunkId chunk);
    /// An isolated chunk waits at the tail of the sidelined ones.
    void sideline(ChunkId chunk);
    /// Off the lists, so that nobody finds it: before it is destroyed.
    void take_off_lists(ChunkId chunk);
    /// pcpu_atomic_alloc_failed, which is cleared.
    bool take_atomic_failure() { return std::exchange(atomic_failed_, false); }

    // What it looks like from outside.

    [[nodiscard]] const PercpuGeometry& geometry() const { return geometry_; }
    [[nodiscard]] const PercpuRules& rules() const { return rules_; }
    [[nodiscard]] const PercpuChunk& chunk(ChunkId chunk) const { return *chunks_[chunk.index()]; }
    [[nodiscard]] bool exists(ChunkId chunk) const {
        return chunk.index() < chunks_.size() && chunks_[chunk.index()] != nullptr;
    }
    [[nodiscard]] PercpuType type_of(ChunkId chunk) const { return link(chunk).type; }
    [[nodiscard]] std::optional<ChunkId> first_chunk() const { return first_chunk_; }
    [[nodiscard]] std::optional<ChunkId> reserved_chunk() const { return reserved_chunk_; }
    /// Type by type, slot by slot, in list order. Without the reserved chunk.
    [[nodiscard]] std::vector<ChunkId> chunks() const;
    /// The chunk's list, as kernels of the era number them.
    [[nodiscard]] int slot(ChunkId chunk) const;
    [[nodiscard]] int nr_slots() const;
    /// pcpu_nr_empty_pop_pages: without isolated chunks.
    [[nodiscard]] Pages nr_empty_populated(PercpuType type) const;
    [[nodiscard]] Pages nr_populated() const { return nr_populated_; }
    /// `Percpu:` of /proc/meminfo, spare units included.
    [[nodiscard]] Bytes footprint() const;
    [[nodiscard]] const PercpuStats& stats() const { return stats_; }
    /// Whether both would serve whatever comes in the same way: lists and hints are equal.
    [[nodiscard]] bool acts_like(const PercpuAllocator& other) const;
    /// BrokenLaw unless lists, counters and chunks agree.
    void validate() const;

private:
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    /// What a search goes through, so that it does not touch a chunk which cannot hold the area.
    struct Link {
        std::uint32_t previous = none, next = none;
        PercpuRun longest;  ///< as the chunk's own hint has it
        PercpuType type;
        bool isolated = false;
        int list = -1;  ///< -1: on no list
        bool operator==(const Link&) const = default;
    };
    struct List {
        std::uint32_t head = none, tail = none;
        bool operator==(const List&) const = default;
    };
    enum class Place : std::uint8_t { head, tail };

    [[nodiscard]] Link& link(ChunkId id) { return links_[id.index()]; }
    [[nodiscard]] const Link& link(ChunkId id) const { return links_[id.index()]; }
    struct Lists {
        std::vector<List> lists{};
        std::uint64_t used = 0;  ///< a bit for each list that is not empty
        bool operator==(const Lists&) const = default;
    };

    [[nodiscard]] PercpuType served_by(PercpuType type) const;
    [[nodiscard]] List& list(PercpuType type, int number);
    [[nodiscard]] const List& list(PercpuType type, int number) const;
    [[nodiscard]] int slot_of(const PercpuRun& longest) const;
    ChunkId add(PercpuType type, PercpuChunk chunk);
    void move(ChunkId id, int to, Place place);
    [[nodiscard]] PercpuChunk& own(ChunkId id);
    template <class Change>
    auto change(ChunkId id, Change change);
    [[nodiscard]] std::optional<Bytes> find_fit(ChunkId id, const PercpuRequest& request) const;
    std::optional<Bytes> allocate_in(ChunkId id, Bytes from, const PercpuRequest& request);
    std::optional<PercpuArea> allocated(ChunkId id, std::optional<Bytes> offset,
                                        const PercpuRequest& request);
    [[nodiscard]] int shown(int list) const;

    PercpuGeometry geometry_;
    PercpuRules rules_;
    int sidelined_slot_, free_slot_;
    std::vector<Link> links_;                           ///< by id
    std::vector<std::shared_ptr<PercpuChunk>> chunks_;  ///< by id; null once destroyed
    std::array<Lists, 2> lists_;                        ///< by type
    std::array<Pages, 2> nr_empty_populated_{};
    Pages nr_populated_{};
    std::optional<ChunkId> first_chunk_, reserved_chunk_;
    Depopulation* depopulation_ = nullptr;
    bool atomic_failed_ = false;
    PercpuStats stats_;
};

}  // namespace pcpsim
