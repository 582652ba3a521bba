#pragma once
// The percpu allocator once more, by bitmaps alone: what is free and where an area belongs is found
// out anew each time. Which free runs are known is taken over from the hints, since it follows from
// their history; that they are free, and how good they are, is checked.
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "models/mm/percpu_chunk.hpp"

namespace pcpsim::test {

/// Positions and sizes in units of percpu_min_alloc_size.
class ReferenceChunk {
public:
    ReferenceChunk(int pages, int page) : page_{page} {
        taken.resize(static_cast<std::size_t>(pages * page));
        backed.resize(static_cast<std::size_t>(pages));
    }

    std::vector<char> taken;   ///< per position
    std::vector<char> backed;  ///< per page
    std::map<int, int> areas;  ///< size by start

    void allocate(int start, int size) {
        areas[start] = size;
        std::fill_n(taken.begin() + start, size, 1);
    }
    int free(int start) {
        const int size = areas.at(start);
        areas.erase(start);
        std::fill_n(taken.begin() + start, size, 0);
        return size;
    }

    struct Run {
        int start, end;
        [[nodiscard]] int size() const { return end - start; }
    };
    /// The free runs within [start, end).
    [[nodiscard]] std::vector<Run> runs(int start, int end) const {
        std::vector<Run> found;
        for (int at = start; at < end;) {
            const int stop = run_end(at, end);
            if (stop > at) found.push_back(Run{at, stop});
            at = stop + 1;
        }
        return found;
    }
    [[nodiscard]] static int longest(const std::vector<Run>& runs) {
        int size = 0;
        for (const Run& run : runs) size = std::max(size, run.size());
        return size;
    }
    [[nodiscard]] int page() const { return page_; }
    [[nodiscard]] int pages() const { return static_cast<int>(backed.size()); }
    [[nodiscard]] int end() const { return static_cast<int>(taken.size()); }
    [[nodiscard]] int free_positions() const {
        return static_cast<int>(std::count(taken.begin(), taken.end(), 0));
    }
    /// Populated pages in which nothing is allocated, less those in use that have no memory yet.
    [[nodiscard]] int empty_pages() const {
        int empty = 0;
        for (int p = 0; p < pages(); ++p) {
            const bool whole = run_end(p * page_, (p + 1) * page_) == (p + 1) * page_;
            const bool has_memory = backed[static_cast<std::size_t>(p)] != 0;
            empty += (whole && has_memory ? 1 : 0) - (!whole && !has_memory ? 1 : 0);
        }
        return empty;
    }

    /// The law of placement. From where the chunk says, page after page: a run that comes in from
    /// pages before and is long enough; the run known as the page's longest, if it holds the area
    /// (then the first place in the page that does); the run at its end. Others are not looked at.
    [[nodiscard]] std::optional<int> place(const PercpuChunk& chunk, int size, int align,
                                           bool backed_only) const {
        if (!chunk.hints().holds(size, align)) return std::nullopt;
        std::optional<int> from = chunk.hints().search_start(size);
        while (from && *from < end()) {
            const std::optional<Run> seen = see(chunk, *from, size, align);
            if (!seen) return std::nullopt;
            from = backed_only ? first_backed_after_gap(*seen) : std::nullopt;
            if (!from) return fit(seen->start, size, align);
        }
        return std::nullopt;
    }

private:
    static int aligned(int at, int align) { return (at + align - 1) / align * align; }
    [[nodiscard]] int run_end(int at, int end) const {
        while (at < end && taken[static_cast<std::size_t>(at)] == 0) ++at;
        return at;
    }
    [[nodiscard]] int fit(int from, int size, int align) const {
        int at = aligned(from, align);
        while (run_end(at, at + size) != at + size) at = aligned(at + 1, align);
        return at;
    }

    [[nodiscard]] std::optional<Run> see(const PercpuChunk& chunk, int from, int size,
                                         int align) const {
        std::optional<int> entered;  // where the run that reaches this page is to begin
        for (int p = from / page_; p < pages(); ++p) {
            const int base = p * page_;
            const int stop = base + page_;
            if (entered) {
                const int reach = run_end(base, stop);
                if (reach - *entered >= size) return Run{*entered, reach};
                if (reach == stop) continue;
                entered.reset();
            }
            const PercpuHints& hints = chunk.block_hints()[static_cast<std::size_t>(p)];
            const int preferred = base + hints.contig_start;
            if (hints.holds(size, align) && (p > from / page_ || preferred >= from))
                return Run{base + hints.search_start(size), aligned(preferred, align) + size};
            int tail = stop - hints.right_free;
            tail = aligned(tail, align);
            if (tail + size <= stop) return Run{tail, stop};
            if (tail < stop) entered = tail;
        }
        return std::nullopt;
    }

    /// Nothing if every page of the run has memory.
    [[nodiscard]] std::optional<int> first_backed_after_gap(const Run& run) const {
        const int last = (run.end + page_ - 1) / page_;
        int p = run.start / page_;
        while (p < last && backed[static_cast<std::size_t>(p)] != 0) ++p;
        if (p == last) return std::nullopt;
        while (p < last && backed[static_cast<std::size_t>(p)] == 0) ++p;
        return p * page_;
    }

    int page_;
};

}  // namespace pcpsim::test
