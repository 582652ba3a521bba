// Allocation and free over all chunks, and the slots they are in.
#include "models/mm/percpu_allocator.hpp"

#include <bit>

#include "models/mm/percpu_depopulation.hpp"
#include "sim/check.hpp"

namespace pcpsim {
namespace {

/// PCPU_SLOT_FAIL_THRESHOLD: chunks of lower slots that had no room are not tried again soon.
constexpr int slot_fail_threshold = 3;

/// __pcpu_size_to_slot(): by powers of two, those below 32 bytes together.
int slot_by_size(Bytes size) {
    return std::max(static_cast<int>(std::bit_width(static_cast<std::uint64_t>(size.count()))) - 3,
                    1);
}

std::size_t at(PercpuType type) { return static_cast<std::size_t>(type); }

Bytes round_up(Bytes size) {
    return percpu_min_alloc_size *
           ((size + percpu_min_alloc_size - Bytes{1}) / percpu_min_alloc_size);
}

}  // namespace

PercpuAllocator::PercpuAllocator(const PercpuGeometry& geometry, const PercpuRules& rules)
    : geometry_{geometry},
      rules_{rules},
      sidelined_slot_{slot_by_size(geometry.unit_size) + 1},
      free_slot_{sidelined_slot_ + 1} {
    for (const PercpuType type : types())
        lists_[at(type)].resize(static_cast<std::size_t>(to_depopulate_slot()) + 1);
}

PercpuAllocator::~PercpuAllocator() = default;

std::vector<PercpuType> PercpuAllocator::types() const {
    if (rules_.chunks == PercpuChunks::single) return {PercpuType::root};
    return {PercpuType::root, PercpuType::memcg};
}

PercpuType PercpuAllocator::served_by(PercpuType type) const {
    return rules_.chunks == PercpuChunks::single ? PercpuType::root : type;
}

int PercpuAllocator::slot_of_size(Bytes size) const {
    return size == geometry_.unit_size ? free_slot_ : slot_by_size(size);
}

/// pcpu_chunk_slot().
int PercpuAllocator::slot_of(const PercpuChunk& chunk) const {
    if (chunk.free_bytes() < percpu_min_alloc_size || chunk.contig_bytes() == Bytes{0}) return 0;
    return slot_of_size(chunk.contig_bytes());
}

// Allocation.

bool PercpuAllocator::is_legal(const PercpuRequest& request) const {
    return request.size > Bytes{0} && request.size <= percpu_min_unit_size &&
           request.align > Bytes{0} && request.align <= geometry_.page_size &&
           std::has_single_bit(static_cast<std::uint64_t>(request.align.count()));
}

/// What a change makes of the chunk's empty pages is counted for all, unless it is out of service.
template <class Change>
auto PercpuAllocator::change(ChunkId id, Change change) {
    Entry& entry = this->entry(id);
    const Pages before = entry.chunk.nr_empty_populated();
    auto result = change(entry.chunk);
    if (!entry.isolated && id != reserved_chunk_)
        nr_empty_populated_[at(entry.type)] += entry.chunk.nr_empty_populated() - before;
    return result;
}

std::optional<PercpuArea> PercpuAllocator::allocate(const PercpuRequest& request) {
    PCPSIM_CHECK(is_legal(request), "only legal percpu allocations reach the allocator");
    PercpuRequest rounded = request;
    rounded.size = round_up(request.size);
    rounded.align = std::max(request.align, percpu_min_alloc_size);
    if (request.reserved && reserved_chunk_)
        return allocated(*reserved_chunk_, allocate_in(*reserved_chunk_, rounded), rounded);

    const PercpuType type = served_by(request.type);
    for (int slot = slot_of_size(rounded.size); slot <= free_slot_; ++slot) {
        std::uint32_t next = none;
        for (std::uint32_t i = list(type, slot).head; i != none; i = next) {
            const ChunkId id{i};
            next = entry(id).next;  // a chunk that fails may be demoted
            const auto offset = allocate_in(id, rounded);
            if (offset) return allocated(id, offset, rounded);
        }
    }
    return allocated({}, {}, rounded);
}

inline std::optional<Bytes> PercpuAllocator::allocate_in(ChunkId id, const PercpuRequest& request) {
    ++stats_.chunks_scanned;
    std::optional<Bytes> from;
    const PercpuChunk& chunk = entry(id).chunk;
    if (chunk.may_hold(request.size, request.align))
        from = chunk.find_fit(request.size, request.align,
                              request.atomic ? PercpuBacking::populated : PercpuBacking::any);
    if (!from) {
        if (entry(id).list >= 0 && entry(id).list < slot_fail_threshold) move(id, 0, Place::head);
        return std::nullopt;
    }
    return allocate_from(id, *from, request);
}

std::optional<Bytes> PercpuAllocator::allocate_from(ChunkId id, Bytes from,
                                                    const PercpuRequest& request) {
    const int old_slot = slot_of(chunk(id));
    const auto offset =
        change(id, [&](PercpuChunk& c) { return c.allocate(from, request.size, request.align); });
    if (!offset) return std::nullopt;
    relocate(id, old_slot);
    reintegrate(id);
    return offset;
}

/// Counts an allocation that succeeded, or failed for good.
std::optional<PercpuArea> PercpuAllocator::allocated(ChunkId id, std::optional<Bytes> offset,
                                                     const PercpuRequest& request) {
    if (!offset) {
        if (request.atomic) {
            atomic_failed_ = true;
            ++stats_.atomic_failures;
        }
        return std::nullopt;
    }
    ++stats_.nr_alloc;
    stats_.nr_max_alloc = std::max(stats_.nr_max_alloc, ++stats_.nr_cur_alloc);
    stats_.max_alloc_size = std::max(stats_.max_alloc_size, request.size);
    if (stats_.min_alloc_size == Bytes{0} || request.size < stats_.min_alloc_size)
        stats_.min_alloc_size = request.size;
    return PercpuArea{id, *offset, request.size};
}

std::vector<PageRange> PercpuAllocator::unpopulated(const PercpuArea& area) const {
    const PercpuChunk& in = chunk(area.chunk);
    return in.unpopulated_in(in.pages_of(PercpuSpan{area.offset, area.size}));
}

bool PercpuAllocator::wants_balance(PercpuType type) const {
    return nr_empty_populated(type) < Pages{percpu_empty_low};
}

PercpuFreed PercpuAllocator::free(ChunkId id, Bytes offset) {
    PCPSIM_CHECK(is_allocated(id, offset), "what is freed is allocated");
    const int old_slot = slot_of(chunk(id));
    const Bytes size = change(id, [&](PercpuChunk& c) { return c.free(offset); });
    relocate(id, old_slot);
    ++stats_.nr_dealloc;
    --stats_.nr_cur_alloc;
    return PercpuFreed{size, depopulation_ != nullptr && depopulation_->freed(id)};
}

bool PercpuAllocator::is_allocated(ChunkId id, Bytes offset) const {
    return exists(id) && chunk(id).is_allocated(offset);
}

// Pages and chunks.

void PercpuAllocator::populated(ChunkId id, PageRange pages) {
    change(id, [&](PercpuChunk& c) { return c.populated(pages), 0; });
    nr_populated_ += pages.size();
}

void PercpuAllocator::depopulated(ChunkId id, PageRange pages) {
    change(id, [&](PercpuChunk& c) { return c.depopulated(pages), 0; });
    nr_populated_ -= pages.size();
}

ChunkId PercpuAllocator::create_chunk(PercpuType type) {
    const ChunkId id =
        add(served_by(type), {PercpuRegion{geometry_.unit_pages()}, geometry_.page_size});
    move(id, free_slot_, Place::head);
    return id;
}

ChunkId PercpuAllocator::add(PercpuType type, PercpuChunk chunk) {
    const ChunkId id{entries_.size()};
    entries_.push_back(std::make_unique<Entry>(Entry{.type = type, .chunk = std::move(chunk)}));
    stats_.nr_max_chunks = std::max(stats_.nr_max_chunks, ++stats_.nr_chunks);
    return id;
}

void PercpuAllocator::destroy_chunk(ChunkId id) {
    PCPSIM_CHECK(is_free(id) && chunk(id).nr_populated() == Pages{0},
                 "a chunk that is destroyed holds nothing");
    take_off_lists(id);
    entries_[id.index()].reset();
    --stats_.nr_chunks;
}

// Lists.

PercpuAllocator::List& PercpuAllocator::list(PercpuType type, int number) {
    return lists_[at(type)][static_cast<std::size_t>(number)];
}

const PercpuAllocator::List& PercpuAllocator::list(PercpuType type, int number) const {
    return lists_[at(type)][static_cast<std::size_t>(number)];
}

void PercpuAllocator::take_off_lists(ChunkId id) {
    Entry& gone = entry(id);
    if (gone.list < 0) return;
    List& left = list(gone.type, gone.list);
    (gone.previous == none ? left.head : entries_[gone.previous]->next) = gone.next;
    (gone.next == none ? left.tail : entries_[gone.next]->previous) = gone.previous;
    gone.list = -1;
    gone.previous = gone.next = none;
}

/// __pcpu_chunk_move().
void PercpuAllocator::move(ChunkId id, int to, Place place) {
    if (id == reserved_chunk_) return;
    take_off_lists(id);
    Entry& moved = entry(id);
    List& joined = list(moved.type, to);
    moved.list = to;
    if (place == Place::head) {
        moved.next = joined.head;
        (joined.head == none ? joined.tail : entries_[joined.head]->previous) = id.number();
        joined.head = id.number();
    } else {
        moved.previous = joined.tail;
        (joined.tail == none ? joined.head : entries_[joined.tail]->next) = id.number();
        joined.tail = id.number();
    }
}

/// pcpu_chunk_relocate(), once the slot by its hints may be another. A chunk that was demoted stays
/// where it is until they change.
void PercpuAllocator::relocate(ChunkId id, int old_slot) {
    if (entry(id).isolated) return;
    const int slot = slot_of(chunk(id));
    if (slot != old_slot) move(id, slot, slot > old_slot ? Place::head : Place::tail);
}

void PercpuAllocator::isolate(ChunkId id) {
    Entry& out = entry(id);
    if (!out.isolated) nr_empty_populated_[at(out.type)] -= out.chunk.nr_empty_populated();
    out.isolated = true;
    move(id, to_depopulate_slot(), Place::head);
}

void PercpuAllocator::reintegrate(ChunkId id) {
    Entry& back = entry(id);
    if (!back.isolated) return;
    back.isolated = false;
    nr_empty_populated_[at(back.type)] += back.chunk.nr_empty_populated();
    move(id, slot_of(back.chunk), Place::head);
}

void PercpuAllocator::sideline(ChunkId id) { move(id, sidelined_slot_, Place::tail); }

std::optional<ChunkId> PercpuAllocator::first_in(PercpuType type, int number) const {
    const std::uint32_t head = list(served_by(type), number).head;
    return head == none ? std::nullopt : std::optional{ChunkId{head}};
}

std::optional<ChunkId> PercpuAllocator::next_after(ChunkId id) const {
    const std::uint32_t next = entry(id).next;
    return next == none ? std::nullopt : std::optional{ChunkId{next}};
}

}  // namespace pcpsim
