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

std::uint64_t bit(int list) { return std::uint64_t{1} << list; }

int granules(Bytes size) { return static_cast<int>(size / percpu_min_alloc_size); }

}  // namespace

PercpuAllocator::PercpuAllocator(const PercpuGeometry& geometry, const PercpuRules& rules)
    : geometry_{geometry},
      rules_{rules},
      sidelined_slot_{slot_by_size(geometry.unit_size) + 1},
      free_slot_{sidelined_slot_ + 1} {
    for (const PercpuType type : types())
        lists_[at(type)].lists.resize(static_cast<std::size_t>(to_depopulate_slot()) + 1);
}

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
int PercpuAllocator::slot_of(const PercpuRun& longest) const {
    return longest.bits == 0 ? 0 : slot_of_size(percpu_min_alloc_size * longest.bits);
}

// Allocation.

bool PercpuAllocator::is_legal(const PercpuRequest& request) const {
    const std::int64_t align = request.align.count();
    return request.size > Bytes{0} && request.size <= percpu_min_unit_size && align > 0 &&
           request.align <= geometry_.page_size && (align & (align - 1)) == 0;
}

/// The chunk, for a change that no copy of this allocator sees.
PercpuChunk& PercpuAllocator::own(ChunkId id) {
    std::shared_ptr<PercpuChunk>& chunk = chunks_[id.index()];
    if (chunk.use_count() > 1) chunk = std::make_shared<PercpuChunk>(*chunk);
    return *chunk;
}

/// What a change makes of the chunk's empty pages is counted for all, unless it is out of service.
/// Then pcpu_chunk_relocate(): a chunk that was demoted stays where it is until its slot by its
/// hints is another.
template <class Change>
auto PercpuAllocator::change(ChunkId id, Change change) {
    PercpuChunk& changed = own(id);
    Link& link = this->link(id);
    const int old_slot = slot_of(link.longest);
    const Pages before = changed.nr_empty_populated();
    const auto result = change(changed);
    link.longest = changed.hints().longest();
    if (link.isolated) return result;
    if (id != reserved_chunk_)
        nr_empty_populated_[at(link.type)] += changed.nr_empty_populated() - before;
    const int slot = slot_of(link.longest);
    if (slot != old_slot) move(id, slot, slot > old_slot ? Place::head : Place::tail);
    return result;
}

std::optional<PercpuArea> PercpuAllocator::allocate(const PercpuRequest& request) {
    PCPSIM_CHECK(is_legal(request), "only legal percpu allocations reach the allocator");
    PercpuRequest rounded = request;
    rounded.size = round_up(request.size);
    rounded.align = std::max(request.align, percpu_min_alloc_size);
    if (request.reserved && reserved_chunk_) {
        ++stats_.chunks_scanned;
        const auto from = find_fit(*reserved_chunk_, rounded);
        return allocated(*reserved_chunk_,
                         from ? allocate_in(*reserved_chunk_, *from, rounded) : from, rounded);
    }

    const PercpuType type = served_by(request.type);
    const int bits = granules(rounded.size), align = granules(rounded.align);
    // Nothing joins the lists ahead during the search.
    const std::uint64_t ahead = bit(to_depopulate_slot()) - bit(slot_of_size(rounded.size));
    for (std::uint64_t slots = lists_[at(type)].used & ahead; slots != 0; slots &= slots - 1) {
        const int slot = std::countr_zero(slots);
        std::uint32_t next = none;
        for (std::uint32_t i = list(type, slot).head; i != none; i = next) {
            const Link& tried = links_[i];
            next = tried.next;  // a chunk that fails may be demoted
            ++stats_.chunks_scanned;
            const auto from =
                tried.longest.holds(bits, align) ? find_fit(ChunkId{i}, rounded) : std::nullopt;
            if (!from) {
                if (slot < slot_fail_threshold) move(ChunkId{i}, 0, Place::head);
            } else if (const auto offset = allocate_in(ChunkId{i}, *from, rounded)) {
                return allocated(ChunkId{i}, offset, rounded);
            }
        }
    }
    return allocated({}, {}, rounded);
}

std::optional<Bytes> PercpuAllocator::find_fit(ChunkId id, const PercpuRequest& request) const {
    return chunk(id).find_fit(request.size, request.align,
                              request.atomic ? PercpuBacking::populated : PercpuBacking::any);
}

std::optional<Bytes> PercpuAllocator::allocate_in(ChunkId id, Bytes from,
                                                  const PercpuRequest& request) {
    const auto offset =
        change(id, [&](PercpuChunk& c) { return c.allocate(from, request.size, request.align); });
    if (offset) reintegrate(id);
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
    const Bytes size = change(id, [&](PercpuChunk& c) { return c.free(offset); });
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
    const ChunkId id{links_.size()};
    links_.push_back(Link{.longest = chunk.hints().longest(), .type = type});
    chunks_.push_back(std::make_shared<PercpuChunk>(std::move(chunk)));
    stats_.nr_max_chunks = std::max(stats_.nr_max_chunks, ++stats_.nr_chunks);
    return id;
}

void PercpuAllocator::destroy_chunk(ChunkId id) {
    PCPSIM_CHECK(is_free(id) && chunk(id).nr_populated() == Pages{0},
                 "a chunk that is destroyed holds nothing");
    take_off_lists(id);
    chunks_[id.index()].reset();
    --stats_.nr_chunks;
}

// Lists.

PercpuAllocator::List& PercpuAllocator::list(PercpuType type, int number) {
    return lists_[at(type)].lists[static_cast<std::size_t>(number)];
}

const PercpuAllocator::List& PercpuAllocator::list(PercpuType type, int number) const {
    return lists_[at(type)].lists[static_cast<std::size_t>(number)];
}

void PercpuAllocator::take_off_lists(ChunkId id) {
    Link& gone = link(id);
    if (gone.list < 0) return;
    List& left = list(gone.type, gone.list);
    (gone.previous == none ? left.head : links_[gone.previous].next) = gone.next;
    (gone.next == none ? left.tail : links_[gone.next].previous) = gone.previous;
    if (left.head == none) lists_[at(gone.type)].used &= ~bit(gone.list);
    gone.list = -1;
    gone.previous = gone.next = none;
}

/// __pcpu_chunk_move().
void PercpuAllocator::move(ChunkId id, int to, Place place) {
    if (id == reserved_chunk_) return;
    take_off_lists(id);
    Link& moved = link(id);
    List& joined = list(moved.type, to);
    lists_[at(moved.type)].used |= bit(to);
    moved.list = to;
    if (place == Place::head) {
        moved.next = joined.head;
        (joined.head == none ? joined.tail : links_[joined.head].previous) = id.number();
        joined.head = id.number();
    } else {
        moved.previous = joined.tail;
        (joined.tail == none ? joined.head : links_[joined.tail].next) = id.number();
        joined.tail = id.number();
    }
}

void PercpuAllocator::isolate(ChunkId id) {
    Link& out = link(id);
    if (!out.isolated) nr_empty_populated_[at(out.type)] -= chunk(id).nr_empty_populated();
    out.isolated = true;
    move(id, to_depopulate_slot(), Place::head);
}

void PercpuAllocator::reintegrate(ChunkId id) {
    Link& back = link(id);
    if (!back.isolated) return;
    back.isolated = false;
    nr_empty_populated_[at(back.type)] += chunk(id).nr_empty_populated();
    move(id, slot_of(back.longest), Place::head);
}

void PercpuAllocator::sideline(ChunkId id) { move(id, sidelined_slot_, Place::tail); }

std::optional<ChunkId> PercpuAllocator::first_in(PercpuType type, int number) const {
    const std::uint32_t head = list(served_by(type), number).head;
    return head == none ? std::nullopt : std::optional{ChunkId{head}};
}

std::optional<ChunkId> PercpuAllocator::next_after(ChunkId id) const {
    const std::uint32_t next = link(id).next;
    return next == none ? std::nullopt : std::optional{ChunkId{next}};
}

}  // namespace pcpsim
