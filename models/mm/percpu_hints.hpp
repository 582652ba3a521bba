#pragma once
// What is remembered of the free runs in a stretch of a chunk, so that a search need not read the
// bitmap: pcpu_block_md, of one block (a page) or of the whole chunk.
#include <algorithm>

namespace pcpsim {

constexpr int align_up(int value, int align) { return (value + align - 1) & -align; }

/// A free run, in units of percpu_min_alloc_size.
struct PercpuRun {
    int start = 0, bits = 0;
    bool operator==(const PercpuRun&) const = default;

    [[nodiscard]] bool holds(int size, int align) const {
        return align_up(start, align) - start + size <= bits;
    }
};

/// Positions and lengths in units of percpu_min_alloc_size, from the start of the stretch.
struct PercpuHints {
    int bits;              ///< length of the stretch
    int contig = 0;        ///< longest free run
    int contig_start = 0;  ///< of runs of that length a well aligned one
    int scan = 0;          ///< a shorter run, the longest before `contig_start`; 0: unknown
    int scan_start = 0;    ///< its start; of equally long runs the last
    int left_free = 0;     ///< run at the start
    int right_free = 0;    ///< run at the end
    int first_free = 0;    ///< nothing is free before

    static PercpuHints whole(int bits) { return PercpuHints{bits, bits, 0, 0, 0, bits, bits, 0}; }

    [[nodiscard]] PercpuRun longest() const { return {contig_start, contig}; }
    [[nodiscard]] bool is_whole() const { return contig == bits; }

    /// pcpu_check_block_hint(): the longest run holds an area so aligned. Other runs are not asked.
    [[nodiscard]] bool holds(int size, int align) const { return longest().holds(size, align); }
    /// pcpu_next_hint(). A run before may be long enough all the same, if the scan hint was lost
    /// and one of a shorter run took its place.
    [[nodiscard]] int search_start(int size) const {
        const bool skips_scan = scan > 0 && scan_start < contig_start && size > scan;
        return skips_scan ? scan_start + scan : first_free;
    }

    /// pcpu_block_update(): the free run [start, end) was found or came into being.
    void note(int start, int end) {
        first_free = std::min(first_free, start);
        if (start == 0) left_free = end;
        if (end == bits) right_free = end - start;
        // Most runs are shorter than the longest one and lie behind it.
        if (end - start >= contig || start < contig_start) compare(start, end - start);
    }
    /// What is known of an area no longer free. Whether the longest run is to be searched for.
    [[nodiscard]] bool forget(int start, int end) {
        if (scan_start < end && start < scan_start + scan) scan = 0;
        return contig_start < end && start < contig_start + contig;
    }
    /// Where to begin looking for the longest run again. What the scan hint tells of is taken for
    /// the longest until another is noted.
    [[nodiscard]] int start_over();

private:
    void compare(int start, int length);
};

}  // namespace pcpsim
