#pragma once
// A bitmap of fixed length and the searches that allocators make in it.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pcpsim {

/// Positions count from 0. Ranges are [start, end) and lie within the bitmap.
class Bitmap {
public:
    explicit Bitmap(int bits) : words_((static_cast<std::size_t>(bits) + 63) / 64) {}

    [[nodiscard]] bool test(int bit) const { return (words_[word(bit)] >> (bit & 63) & 1) != 0; }
    void set(int bit) { words_[word(bit)] |= std::uint64_t{1} << (bit & 63); }
    void set(int start, int end) {
        for_each_word(start, end, [](std::uint64_t& w, std::uint64_t mask) { w |= mask; });
    }
    void clear(int start, int end) {
        for_each_word(start, end, [](std::uint64_t& w, std::uint64_t mask) { w &= ~mask; });
    }

    /// The first set (clear) bit of the range; its end if there is none.
    [[nodiscard]] int next_set(int start, int end) const { return search(start, end, 0); }
    [[nodiscard]] int next_clear(int start, int end) const {
        return search(start, end, ~std::uint64_t{0});
    }
    /// The first bit of the run of clear bits that ends before `end`, and is not below `start`.
    [[nodiscard]] int clear_run_before(int end, int start) const {
        while (end > start) {
            const int low = std::max(start, (end - 1) & ~63);
            const std::uint64_t set = words_[word(low)] & mask_of(low, end);
            if (set != 0) return (low & ~63) + 64 - std::countl_zero(set);
            end = low;
        }
        return start;
    }
    /// Shows the runs of set (clear) bits within the range in order, as [start, end), until a visit
    /// returns false.
    template <class Visit>
    void visit_set_runs(int start, int end, Visit visit) const {
        visit_runs(start, end, 0, visit);
    }
    template <class Visit>
    void visit_clear_runs(int start, int end, Visit visit) const {
        visit_runs(start, end, ~std::uint64_t{0}, visit);
    }

private:
    static std::size_t word(int bit) { return static_cast<std::size_t>(bit) >> 6; }
    /// Of the word that holds `low`, the bits of [low, end); `end` may lie beyond it.
    static std::uint64_t mask_of(int low, int end) {
        const int above = (low & ~63) + 64 - end;
        return ~std::uint64_t{0} << (low & 63) & ~std::uint64_t{0} >> std::max(above, 0);
    }

    template <class Change>
    void for_each_word(int start, int end, Change change) {
        for (int low = start; low < end; low = (low & ~63) + 64)
            change(words_[word(low)], mask_of(low, end));
    }

    [[nodiscard]] int search(int start, int end, std::uint64_t invert) const {
        for (int low = start; low < end; low = (low & ~63) + 64) {
            const std::uint64_t hits = (words_[word(low)] ^ invert) & mask_of(low, end);
            if (hits != 0) return (low & ~63) + std::countr_zero(hits);
        }
        return end;
    }

    /// From edge to edge, so that a run costs no more in a word than across words.
    template <class Visit>
    void visit_runs(int start, int end, std::uint64_t invert, Visit visit) const {
        constexpr int none = -1;
        int run = none;
        std::uint64_t last = 0;  // bit of the word before
        for (int low = start; low < end; low = (low & ~63) + 64) {
            const std::uint64_t hits = (words_[word(low)] ^ invert) & mask_of(low, end);
            for (std::uint64_t edges = hits ^ (hits << 1 | last); edges != 0; edges &= edges - 1) {
                const int edge = (low & ~63) + std::countr_zero(edges);
                if (run != none && !visit(run, edge)) return;
                run = run == none ? edge : none;
            }
            last = hits >> 63;
        }
        if (run != none) visit(run, end);
    }

    std::vector<std::uint64_t> words_;
};

}  // namespace pcpsim
