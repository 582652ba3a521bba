// Areas of a percpu chunk: search, allocation, free, and the hints that follow.
#include "models/mm/percpu_chunk.hpp"

#include <bit>

#include "sim/check.hpp"

namespace pcpsim {
namespace {

int pages_in(const PercpuRegion& region) { return static_cast<int>(region.pages.count()); }

}  // namespace

PercpuChunk::PercpuChunk(const PercpuRegion& region, Bytes page_size)
    : hints_{PercpuHints::whole(pages_in(region) * granules(page_size))},
      free_{total()},
      block_shift_{std::countr_zero(static_cast<unsigned>(granules(page_size)))},
      block_bits_{granules(page_size)},
      region_{region},
      blocks_(static_cast<std::size_t>(pages_in(region)), PercpuHints::whole(block_bits_)),
      bounds_{blocks_.size()},
      areas_{total()},
      populated_{pages_in(region)} {
    mark(0, granules(region.start_offset));
    mark(total() - granules(region.end_offset), total());
    if (free_ != total()) rescan();
}

/// Marks an area without a look at the hints.
void PercpuChunk::mark(int start, int end) {
    if (start == end) return;
    areas_.add(start, end);
    free_ -= end - start;
}

// Search.

bool PercpuChunk::is_populated(const Region& region, int& next) const {
    const int first = region.start >> block_shift_;
    const int end = (region.start + region.bits + block_bits_ - 1) >> block_shift_;
    const int missing = populated_.search().next_clear(first, end);
    if (missing == end) return true;
    next = populated_.search().next_set(missing + 1, end) << block_shift_;
    return false;
}

/// No less than any run that a search learns of from the block's hints and the end of the block
/// before. The block behind a free one is always looked at, as the run may have begun anywhere.
int PercpuChunk::run_bound(std::size_t i) const {
    const int before = i == 0 ? 0 : blocks_[i - 1].right_free;
    const PercpuHints& block = blocks_[i];
    if (block.left_free == block_bits_) return RunBounds::whole;
    if (before == block_bits_) return RunBounds::most;
    return std::min(std::max({before + block.left_free, block.contig, block.right_free}),
                    RunBounds::most);
}

/// The block's hints are others, perhaps of shorter runs.
void PercpuChunk::renew_bounds(std::size_t block) {
    bounds_.set(block, run_bound(block));
    if (block + 1 < blocks_.size()) bounds_.set(block + 1, run_bound(block + 1));
}

/// pcpu_block_update() of a block: its hints, and the bounds that this run raises.
void PercpuChunk::note_in_block(int base, int start, int end) {
    block_at(base).note(start, end);
    if (start == 0 || end == block_bits_) return renew_bounds(index_of(base));
    bounds_.raise(index_of(base), std::min(end - start, RunBounds::most));
}

/// pcpu_next_fit_region(): where the blocks from there on may hold the area, by their hints: runs
/// that go on from block to block, and the longest one within a block. Starts at total() if
/// nowhere.
PercpuChunk::Region PercpuChunk::next_region(int from, int bits, int align) const {
    const auto run_at_end = [&](std::size_t i) {
        const int right = align_up(block_bits_ - blocks_[i].right_free, align);
        return Region{base_of(i) + right, block_bits_ - right};
    };
    Region run{from, 0};  // up to the end of the block before
    int seen = from & (block_bits_ - 1);
    for (std::size_t i = index_of(from), next = i; i < blocks_.size(); i = next, seen = 0) {
        const PercpuHints& block = blocks_[i];
        const bool goes_on = run.bits > 0;
        if (goes_on) run.bits += block.left_free;
        if (run.bits >= bits) return run;
        if (!goes_on || block.left_free != block_bits_) {
            if (block.contig >= bits && block.contig_start >= seen && block.holds(bits, align)) {
                const int start = block.search_start(bits);
                const int end = align_up(block.contig_start, align) + bits;
                return Region{base_of(i) + start, end - start};
            }
            run = run_at_end(i);
            if (run.bits >= bits) return run;
        }
        next = bounds_.next(i + 1, bits);
        if (next != i + 1) run = run_at_end(next - 1);
    }
    return Region{total(), 0};
}

std::optional<Bytes> PercpuChunk::find_fit(Bytes size, Bytes align, PercpuBacking backing) const {
    const int bits = granules(size);
    if (!hints_.holds(bits, granules(align))) return std::nullopt;
    int from = hints_.search_start(bits);
    while (from < total()) {
        const Region region = next_region(from, bits, granules(align));
        if (region.start == total()) break;
        if (backing == PercpuBacking::any || is_populated(region, from))
            return granule * region.start;
    }
    return std::nullopt;
}

/// pcpu_find_zero_area(). `passed` is the longest free run that was too short, or misaligned.
std::optional<int> PercpuChunk::first_fit(int from, int bits, int align, Region& passed) const {
    const int limit = std::min(from + bits + block_bits_, total());
    const auto better_aligned = [](int a, int b) {
        return b != 0 && (a == 0 || std::countr_zero(static_cast<unsigned>(a)) >
                                        std::countr_zero(static_cast<unsigned>(b)));
    };
    std::optional<int> found;
    areas_.search().visit_clear_runs(from, limit, [&](int run, int end) {
        const int start = align_up(run, align);
        if (start + bits > limit) return false;
        if (start + bits <= end) return found = start, false;
        const int length = end - start;
        if (length > passed.bits || (length == passed.bits && better_aligned(start, passed.start)))
            passed = Region{start, length};
        return true;
    });
    return found;
}

// Allocation.

/// The first free granule from there on, or total().
int PercpuChunk::next_free(int from) const {
    for (std::size_t i = index_of(from); i < blocks_.size(); i = bounds_.next(i + 1, 1)) {
        const int end = base_of(i) + block_bits_;
        const int free =
            areas_.search().next_clear(std::max(from, base_of(i) + blocks_[i].first_free), end);
        if (free < end) return free;
    }
    return total();
}

std::optional<Bytes> PercpuChunk::allocate(Bytes from, Bytes size, Bytes align) {
    const int bits = granules(size);
    Region passed{0, 0};
    const std::optional<int> start = first_fit(granules(from), bits, granules(align), passed);
    if (!start) return std::nullopt;
    if (passed.bits > 0) note_passed(passed);
    mark(*start, *start + bits);
    if (*start == hints_.first_free) hints_.first_free = next_free(*start + bits);
    took(*start, *start + bits);
    return granule * *start;
}

/// pcpu_block_update_scan(): a run passed over is worth remembering if it lies in one block.
void PercpuChunk::note_passed(const Region& passed) {
    const int base = block_start(passed.start);
    const int end = passed.start + passed.bits;
    if (end > base + block_bits_) return;
    note_in_block(base, areas_.search().clear_run_before(passed.start, base) - base, end - base);
}

/// pcpu_block_update_hint_alloc().
void PercpuChunk::took(int start, int end) {
    for (int base = block_start(start); base < end; base += block_bits_) {
        PercpuHints& block = block_at(base);
        const int from = std::max(start - base, 0);
        const int to = std::min(end - base, block_bits_);
        if (block.is_whole()) count_empty(-1);
        if (from == block.first_free)
            block.first_free = areas_.search().next_clear(base + to, base + block_bits_) - base;
        if (block.forget(from, to)) {
            if (from == 0) block.left_free = 0;
            search_block_again(base);
        } else {
            block.left_free = std::min(block.left_free, from);
            block.right_free = std::min(block.right_free, block_bits_ - to);
        }
    }
    if (hints_.forget(start, end)) search_again(hints_.start_over());
}

/// pcpu_block_refresh_hint().
void PercpuChunk::search_block_again(int base) {
    PercpuHints& block = block_at(base);
    const int from = base + block.start_over();
    block.right_free = 0;
    areas_.search().visit_clear_runs(from, base + block_bits_, [&](int start, int end) {
        block.note(start - base, end - base);
        return true;
    });
    renew_bounds(index_of(base));
}

/// pcpu_chunk_refresh_hint(): the runs that go on from block to block, and the longest one within
/// each block, become known to the chunk. Shorter ones than it knows of make no difference.
void PercpuChunk::search_again(int from) {
    int run = from;  // up to the end of the block before, if it is free
    int seen = from & (block_bits_ - 1);
    for (std::size_t i = index_of(from); i < blocks_.size(); seen = 0) {
        const PercpuHints& block = blocks_[i];
        const int base = base_of(i);
        if (run < base) {
            if (block.left_free == block_bits_) {
                i = bounds_.next_not_whole(i + 1);
                continue;
            }
            hints_.note(run, base + block.left_free);
            seen = block.left_free + 1;
        }
        const int contig_end = block.contig_start + block.contig;
        if (block.contig > 0 && block.contig_start >= seen && contig_end < block_bits_)
            hints_.note(base + block.contig_start, base + contig_end);
        i = bounds_.next(i + 1, std::max(hints_.contig, 1));
        run = base_of(i) - blocks_[i - 1].right_free;
    }
    if (run < total()) hints_.note(run, total());
}

// Free.

Bytes PercpuChunk::free(Bytes offset) {
    const int start = granules(offset);
    const int end = areas_.end_of(start);
    areas_.remove(start, end);
    free_ += end - start;
    hints_.first_free = std::min(hints_.first_free, start);
    gave(start, end);
    return granule * (end - start);
}

/// pcpu_block_update_hint_free(). The chunk looks at all runs again if the area lay in several
/// blocks, or made one of them free. Else it is told of the run in the first block only: in others
/// the kernel counts the run's end from the block and its start from the chunk, to no effect (seen
/// in recordings of 5.10 and 6.1).
void PercpuChunk::gave(int start, int end) {
    const int first = block_start(start);
    const int last = block_start(end - 1);
    const int run_start = areas_.search().clear_run_before(start, first);
    const int run_end = areas_.search().next_set(end, last + block_bits_);
    for (int base = first; base <= last; base += block_bits_) {
        note_in_block(base, std::max(run_start - base, 0), std::min(run_end - base, block_bits_));
        if (block_at(base).is_whole()) count_empty(1);
    }
    if (first != last || run_end - run_start == block_bits_) {
        hints_.contig = 0;
        search_again(hints_.first_free);
    } else if (first == 0) {
        hints_.note(run_start, run_end);
    }
}

}  // namespace pcpsim
