#pragma once
// One percpu chunk: which areas of its units are allocated, and which pages are populated.
//
//   page          0        1        2        3
//   populated   [  x   ][  x   ][      ][  x   ]     memory on every CPU
//   allocated   [aa.bb.][ccccccc|cccc..][......]     c lies in two blocks; page 3 is empty
//
// The place of an area follows from hints, one record per block of a page and one for the chunk
// (percpu_hints.hpp). They make a search short, and decide where it looks: a run that they do not
// tell of is not found. So they are kept as mm/percpu.c keeps them, staleness included.
#include <cstdint>
#include <optional>
#include <vector>

#include "models/mm/area_map.hpp"
#include "models/mm/bitmap.hpp"
#include "models/mm/percpu_geometry.hpp"
#include "models/mm/percpu_hints.hpp"
#include "models/mm/run_bounds.hpp"

namespace pcpsim {

/// An area of a chunk: as many bytes at this offset of each unit.
struct PercpuSpan {
    Bytes offset, size;
    bool operator==(const PercpuSpan&) const = default;
};

/// Which part of its pages a chunk serves. The first chunk and the reserved one serve what their
/// neighbours in the first unit leave of these pages.
struct PercpuRegion {
    Pages pages;
    Bytes start_offset{}, end_offset{};
};

/// What an area that is searched for must lie in.
enum class PercpuBacking : std::uint8_t { any, populated };

class PercpuChunk {
public:
    /// pcpu_alloc_chunk(): nothing allocated, nothing populated.
    PercpuChunk(const PercpuRegion& region, Bytes page_size);

    /// Sets all areas and populated pages of a chunk that has none, and finds out every hint anew.
    /// std::invalid_argument, with the area or range, if they overlap or do not fit.
    void restore(const std::vector<PercpuSpan>& areas, const std::vector<PageRange>& populated);

    /// pcpu_find_block_fit(): where allocate() is to begin. Nowhere unless the chunk's own hint
    /// tells of a run that holds the area. Sizes and alignments are multiples of
    /// percpu_min_alloc_size, alignments powers of two up to a page.
    [[nodiscard]] std::optional<Bytes> find_fit(Bytes size, Bytes align,
                                                PercpuBacking backing) const;
    /// pcpu_alloc_area(): the first place from there on, within a page beyond the size.
    std::optional<Bytes> allocate(Bytes from, Bytes size, Bytes align);
    /// pcpu_free_area(): the size of the area that starts there.
    Bytes free(Bytes offset);
    [[nodiscard]] bool is_allocated(Bytes offset) const;
    [[nodiscard]] std::vector<PercpuSpan> areas() const;

    /// The ranges of pages with (without) memory within a range, ascending.
    [[nodiscard]] std::vector<PageRange> populated_in(PageRange range) const;
    [[nodiscard]] std::vector<PageRange> unpopulated_in(PageRange range) const;
    /// The pages that the area touches.
    [[nodiscard]] PageRange pages_of(const PercpuSpan& area) const;
    void populated(PageRange range);
    void depopulated(PageRange range);
    /// Populated, and nothing in it allocated.
    [[nodiscard]] bool is_empty_page(Pages page) const;

    [[nodiscard]] const PercpuRegion& region() const { return region_; }
    [[nodiscard]] PageRange all_pages() const { return PageRange{Pages{0}, region_.pages}; }
    [[nodiscard]] Bytes free_bytes() const { return granule * free_; }
    /// The chunk's own hint of its longest free run; it may be too small.
    [[nodiscard]] Bytes contig_bytes() const { return granule * hints_.contig; }
    [[nodiscard]] Pages nr_populated() const { return Pages{nr_populated_}; }
    /// nr_empty_pop_pages: below 0 between the allocation of a page and its population.
    [[nodiscard]] Pages nr_empty_populated() const { return Pages{nr_empty_populated_}; }

    [[nodiscard]] const PercpuHints& hints() const { return hints_; }
    [[nodiscard]] const std::vector<PercpuHints>& block_hints() const { return blocks_; }
    /// BrokenLaw unless counts and hints agree with the bitmaps, as far as a hint promises.
    void validate() const;

private:
    static constexpr Bytes granule = percpu_min_alloc_size;
    static constexpr int granules(Bytes size) { return static_cast<int>(size / granule); }

    struct Region {
        int start, bits;
    };

    [[nodiscard]] int total() const { return hints_.bits; }
    [[nodiscard]] int block_start(int bit) const { return bit & -block_bits_; }
    [[nodiscard]] PercpuHints& block_at(int bit) { return blocks_[index_of(bit)]; }
    [[nodiscard]] std::size_t index_of(int bit) const {
        return static_cast<std::size_t>(bit >> block_shift_);
    }
    [[nodiscard]] int base_of(std::size_t block) const {
        return static_cast<int>(block) << block_shift_;
    }
    [[nodiscard]] bool is_populated(const Region& region, int& next) const;
    [[nodiscard]] int run_bound(std::size_t block) const;
    void renew_bounds(std::size_t block);
    void note_in_block(int base, int start, int end);
    [[nodiscard]] int next_free(int from) const;
    [[nodiscard]] Region next_region(int from, int bits, int align) const;
    [[nodiscard]] std::optional<int> first_fit(int from, int bits, int align, Region& passed) const;
    void took(int start, int end);
    void gave(int start, int end);
    void note_passed(const Region& passed);
    void search_block_again(int block);
    void search_again(int from);
    void rescan();
    void count_empty(int blocks) { nr_empty_populated_ += blocks; }
    void mark(int start, int end);

    PercpuHints hints_;
    int free_;                      ///< granules
    int block_shift_, block_bits_;  ///< granules in a page
    PercpuRegion region_;
    std::int64_t nr_populated_ = 0, nr_empty_populated_ = 0;
    std::vector<PercpuHints> blocks_;
    RunBounds bounds_;  ///< of what blocks_ tells
    AreaMap areas_;
    Bitmap populated_;
};

}  // namespace pcpsim
