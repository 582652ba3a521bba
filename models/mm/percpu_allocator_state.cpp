// How the percpu allocator's first state comes about, what it shows, and its laws.
#include <algorithm>
#include <stdexcept>
#include <string>

#include "models/mm/percpu_allocator.hpp"
#include "sim/check.hpp"

namespace pcpsim {

PercpuAllocator::PercpuAllocator(const PercpuAllocator& other)
    : geometry_{other.geometry_},
      rules_{other.rules_},
      sidelined_slot_{other.sidelined_slot_},
      free_slot_{other.free_slot_},
      links_{other.links_},
      chunks_{other.chunks_},
      lists_{other.lists_},
      nr_empty_populated_{other.nr_empty_populated_},
      nr_populated_{other.nr_populated_},
      first_chunk_{other.first_chunk_},
      reserved_chunk_{other.reserved_chunk_},
      atomic_failed_{other.atomic_failed_},
      stats_{other.stats_} {}

/// pcpu_setup_first_chunk(): static, reserved and dynamic part follow each other. Each chunk has
/// the pages that its part touches; the rest of them is hidden.
void PercpuAllocator::set_up_first_chunk() {
    const Bytes page = geometry_.page_size;
    const Bytes minimum = percpu_min_alloc_size;
    const Bytes fixed = minimum * ((geometry_.static_size + minimum - Bytes{1}) / minimum);
    const Bytes end = geometry_.static_size + geometry_.reserved_size + geometry_.dynamic_size;
    const auto serve = [&](Bytes from, Bytes to, bool reserved) {
        const Pages first{from / page};
        const Pages after{(to + page - Bytes{1}) / page};
        PercpuChunkState state;
        state.region =
            PercpuRegion{after - first, from - page * first.count(), page * after.count() - to};
        state.first = !reserved;
        state.reserved = reserved;
        state.populated = {PageRange{Pages{0}, after - first}};
        restore(state);
    };
    if (geometry_.reserved_size > Bytes{0}) serve(fixed, fixed + geometry_.reserved_size, true);
    serve(fixed + geometry_.reserved_size, end, false);
}

ChunkId PercpuAllocator::restore(const PercpuChunkState& state) {
    const auto require = [](bool condition, const char* what) {
        if (!condition) throw std::invalid_argument{what};
    };
    require(state.region.pages > Pages{0} && state.region.pages <= geometry_.unit_pages(),
            "the chunk has no page, or more than a unit");
    require(served_by(state.type) == state.type, "the era has no chunks of this type");
    require(!state.first || !state.reserved, "the first chunk is not the reserved one");
    require(!state.first || !first_chunk_, "there are two first chunks");
    require(!state.reserved || !reserved_chunk_, "there are two reserved chunks");
    PercpuChunk chunk{state.region, geometry_.page_size};
    chunk.restore(state.areas, state.populated);
    int position = slot_of(chunk.hints().longest());
    if (state.slot) {
        position = 0;
        while (position <= to_depopulate_slot() && shown(position) != *state.slot) ++position;
        // Without numbers of their own the sidelined chunks would share that of the free ones.
        if (position == sidelined_slot_ && !rules_.numbers_isolated_lists) position = free_slot_;
        require(position <= to_depopulate_slot(), "there is no such slot");
    }
    const bool is_aside = position == sidelined_slot_ || position == to_depopulate_slot();
    require(is_aside == state.isolated, "a chunk is isolated, or not, against its slot");
    const Pages populated = chunk.nr_populated();
    const Pages empty = chunk.nr_empty_populated();
    const ChunkId id = add(state.type, std::move(chunk));

    if (state.reserved) {
        reserved_chunk_ = id;
        return id;
    }
    // The pages of the first unit count together, whichever part they belong to.
    if (state.first) first_chunk_ = id;
    nr_populated_ += state.first ? geometry_.first_unit_pages() : populated;
    link(id).isolated = state.isolated;
    if (!state.isolated) nr_empty_populated_[static_cast<std::size_t>(state.type)] += empty;
    move(id, position, Place::tail);
    return id;
}

bool PercpuAllocator::is_reclaimable(ChunkId id) const {
    return id != first_chunk_ && id != reserved_chunk_;
}

std::vector<ChunkId> PercpuAllocator::chunks() const {
    std::vector<ChunkId> found;
    for (const PercpuType type : types())
        for (int slot = 0; slot <= to_depopulate_slot(); ++slot)
            for (auto id = first_in(type, slot); id; id = next_after(*id)) found.push_back(*id);
    return found;
}

/// Before 5.14 the lists of isolated chunks have no numbers.
int PercpuAllocator::shown(int list) const {
    return !rules_.numbers_isolated_lists && list >= free_slot_ ? list - 1 : list;
}

int PercpuAllocator::slot(ChunkId id) const { return shown(link(id).list); }

int PercpuAllocator::nr_slots() const {
    return shown(rules_.numbers_isolated_lists ? to_depopulate_slot() : free_slot_) + 1;
}

Pages PercpuAllocator::nr_empty_populated(PercpuType type) const {
    return nr_empty_populated_[static_cast<std::size_t>(served_by(type))];
}

Bytes PercpuAllocator::footprint() const {
    return geometry_.page_size * (nr_populated_.count() * geometry_.nr_units);
}

bool PercpuAllocator::acts_like(const PercpuAllocator& other) const {
    const auto same_hints = [](const PercpuHints& a, const PercpuHints& b) {
        const auto scan = [](const PercpuHints& of) { return of.scan > 0 ? of.scan_start : 0; };
        return a.longest() == b.longest() && a.scan == b.scan && scan(a) == scan(b) &&
               a.left_free == b.left_free && a.right_free == b.right_free &&
               a.first_free == b.first_free;
    };
    const auto same_chunk = [&](const auto& a, const auto& b) {
        if (a == b) return true;  // shared, or gone
        return a && b && same_hints(a->hints(), b->hints()) &&
               std::ranges::equal(a->block_hints(), b->block_hints(), same_hints);
    };
    return links_ == other.links_ && lists_ == other.lists_ &&
           atomic_failed_ == other.atomic_failed_ &&
           nr_empty_populated_ == other.nr_empty_populated_ &&
           std::ranges::equal(chunks_, other.chunks_, same_chunk);
}

void PercpuAllocator::validate() const {
    for (const PercpuType type : types())
        for (int number = 0; number <= to_depopulate_slot(); ++number)
            for (auto id = first_in(type, number); id; id = next_after(*id)) {
                const Link& at = link(*id);
                PCPSIM_CHECK(lists_[static_cast<std::size_t>(type)].used >> number & 1,
                             "a list with a chunk is known to be used");
                PCPSIM_CHECK(at.list == number && at.type == type, "a chunk knows its list");
                const bool aside = number == sidelined_slot_ || number == to_depopulate_slot();
                PCPSIM_CHECK(at.isolated == aside, "isolated chunks are on lists of their own");
                PCPSIM_CHECK(aside || number == slot_of(at.longest) || number == 0,
                             "a chunk is in the slot of its hints, or was demoted");
            }
    // Chunks about to be destroyed are on no list.
    std::array<Pages, 2> empty{};
    Pages populated{};
    std::int64_t chunks = 0;
    for (std::size_t i = 0; i < chunks_.size(); ++i) {
        if (!chunks_[i]) continue;
        ++chunks;
        const PercpuChunk& chunk = *chunks_[i];
        const Link& at = links_[i];
        chunk.validate();
        PCPSIM_CHECK(at.longest == chunk.hints().longest(), "a link has its chunk's hint");
        if (ChunkId{i} == reserved_chunk_) continue;
        if (!at.isolated) empty[static_cast<std::size_t>(at.type)] += chunk.nr_empty_populated();
        populated +=
            ChunkId{i} == first_chunk_ ? geometry_.first_unit_pages() : chunk.nr_populated();
    }
    PCPSIM_CHECK(empty == nr_empty_populated_, "empty pages count, those of isolated chunks not");
    PCPSIM_CHECK(populated == nr_populated_, "nr_populated counts all chunks' populated pages");
    PCPSIM_CHECK(chunks == stats_.nr_chunks, "nr_chunks counts the chunks");
}

}  // namespace pcpsim
