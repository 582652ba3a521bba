// A percpu chunk's pages, what can be seen of it, and its laws.
#include <stdexcept>
#include <string>

#include "models/mm/percpu_chunk.hpp"
#include "sim/check.hpp"

namespace pcpsim {
namespace {

int number(Pages pages) { return static_cast<int>(pages.count()); }

std::string text(const PageRange& range) {
    return std::to_string(range.start.count()) + "-" + std::to_string(range.end.count());
}

auto append_to(std::vector<PageRange>& ranges) {
    return [&ranges](int start, int end) {
        ranges.push_back(PageRange{Pages{start}, Pages{end}});
        return true;
    };
}

}  // namespace

void PercpuChunk::restore(const std::vector<PercpuSpan>& areas,
                          const std::vector<PageRange>& populated) {
    for (const PercpuSpan& area : areas) {
        const std::string name =
            std::to_string(area.offset.count()) + ":" + std::to_string(area.size.count());
        const Bytes end = area.offset + area.size;
        if (area.offset < Bytes{0} || area.size <= Bytes{0} || end > granule * total())
            throw std::invalid_argument{"area " + name + " does not lie in the chunk"};
        if (area.offset.count() % granule.count() != 0 || area.size.count() % granule.count() != 0)
            throw std::invalid_argument{"area " + name + " is not aligned"};
        if (areas_.search().next_set(granules(area.offset), granules(end)) != granules(end))
            throw std::invalid_argument{"area " + name + " overlaps another"};
        mark(granules(area.offset), granules(end));
    }
    for (const PageRange& range : populated) {
        if (range.start < Pages{0} || range.end > region_.pages || range.size() <= Pages{0})
            throw std::invalid_argument{"pages " + text(range) + " do not lie in the chunk"};
        if (!populated_in(range).empty())
            throw std::invalid_argument{"pages " + text(range) + " are populated twice"};
        populated_.set(number(range.start), number(range.end));
        nr_populated_ += range.size().count();
    }
    rescan();
}

/// All hints, and the count of empty pages, from the bitmaps alone.
void PercpuChunk::rescan() {
    nr_empty_populated_ = 0;
    for (int base = 0; base < total(); base += block_bits_) {
        const int end = base + block_bits_;
        PercpuHints& block = block_at(base);
        block = PercpuHints{block_bits_};
        block.first_free = areas_.search().next_clear(base, end) - base;
        search_block_again(base);
        if (block.is_whole() == populated_.test(base >> block_shift_))
            count_empty(block.is_whole() ? 1 : -1);
    }
    hints_ = PercpuHints{total()};
    hints_.first_free = areas_.search().next_clear(0, total());
    search_again(hints_.first_free);
}

bool PercpuChunk::is_allocated(Bytes offset) const {
    const Bytes end = granule * total() - region_.end_offset;
    if (offset < region_.start_offset || offset >= end || offset.count() % granule.count() != 0)
        return false;
    return areas_.begins(granules(offset));
}

std::vector<PercpuSpan> PercpuChunk::areas() const {
    std::vector<PercpuSpan> areas;
    const int end = total() - granules(region_.end_offset);
    int at = granules(region_.start_offset);
    while ((at = areas_.search().next_set(at, end)) < end) {
        const int stop = areas_.end_of(at);
        areas.push_back(PercpuSpan{granule * at, granule * (stop - at)});
        at = stop;
    }
    return areas;
}

// Pages.

PageRange PercpuChunk::pages_of(const PercpuSpan& area) const {
    const int end = granules(area.offset + area.size) + block_bits_ - 1;
    return PageRange{Pages{granules(area.offset) >> block_shift_}, Pages{end >> block_shift_}};
}

std::vector<PageRange> PercpuChunk::populated_in(PageRange range) const {
    std::vector<PageRange> found;
    populated_.search().visit_set_runs(number(range.start), number(range.end), append_to(found));
    return found;
}

std::vector<PageRange> PercpuChunk::unpopulated_in(PageRange range) const {
    std::vector<PageRange> found;
    if (nr_populated() == region_.pages) return found;
    populated_.search().visit_clear_runs(number(range.start), number(range.end), append_to(found));
    return found;
}

void PercpuChunk::populated(PageRange range) {
    PCPSIM_CHECK(
        populated_.search().next_set(number(range.start), number(range.end)) == number(range.end),
        "pages to populate have no memory");
    populated_.set(number(range.start), number(range.end));
    nr_populated_ += range.size().count();
    nr_empty_populated_ += range.size().count();
}

void PercpuChunk::depopulated(PageRange range) {
    PCPSIM_CHECK(
        populated_.search().next_clear(number(range.start), number(range.end)) == number(range.end),
        "pages to depopulate have memory");
    populated_.clear(number(range.start), number(range.end));
    nr_populated_ -= range.size().count();
    nr_empty_populated_ -= range.size().count();
}

bool PercpuChunk::is_empty_page(Pages page) const {
    return blocks_[static_cast<std::size_t>(page.count())].is_whole() &&
           populated_.test(number(page));
}

// Laws.

void PercpuChunk::validate() const {
    const auto is_free = [this](int start, int bits) {
        return bits >= 0 && areas_.search().next_set(start, start + bits) == start + bits;
    };
    int free = 0;
    std::int64_t populated = 0, empty = 0;
    for (int base = 0; base < total(); base += block_bits_) {
        const PercpuHints& block = blocks_[index_of(base)];
        const int end = base + block_bits_;
        areas_.search().visit_clear_runs(base, end, [&](int from, int to) {
            free += to - from;
            return true;
        });
        const bool has_memory = populated_.test(base >> block_shift_);
        if (has_memory) ++populated;
        if (block.is_whole() && has_memory) ++empty;
        if (!block.is_whole() && !has_memory) --empty;
        PCPSIM_CHECK(is_free(base + block.contig_start, block.contig) &&
                         is_free(base, block.left_free) &&
                         is_free(end - block.right_free, block.right_free),
                     "what a block's hints tell of is free");
        PCPSIM_CHECK(block.is_whole() == is_free(base, block_bits_), "a free block is known to be");
        const std::size_t i = index_of(base);
        PCPSIM_CHECK(run_bound(i) == 0 || bounds_.next(i, run_bound(i)) == i,
                     "a search looks at a block that has a run for it");
        PCPSIM_CHECK(block.is_whole() || bounds_.next_not_whole(i) == i,
                     "a search skips blocks only where nothing is allocated");
        PCPSIM_CHECK(areas_.search().next_clear(base, end) >= base + block.first_free,
                     "nothing is free before a block's first_free");
    }
    PCPSIM_CHECK(free == free_, "free_bytes counts the clear bits");
    PCPSIM_CHECK(populated == nr_populated_, "nr_populated counts the populated pages");
    PCPSIM_CHECK(empty == nr_empty_populated_, "empty pages count, less those still to populate");
    PCPSIM_CHECK(is_free(hints_.contig_start, hints_.contig), "the chunk's contig hint is free");
    PCPSIM_CHECK(areas_.search().next_clear(0, total()) >= hints_.first_free,
                 "nothing is free before first_free");
}

}  // namespace pcpsim
