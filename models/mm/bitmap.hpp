#pragma once
// A bitmap of fixed length and the searches that allocators make in it. Positions count from 0.
// Ranges are [start, end) and lie within the bitmap.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pcpsim {

constexpr std::size_t word_of(int bit) { return static_cast<std::size_t>(bit) >> 6; }
constexpr std::uint64_t bit_in_word(int bit) { return std::uint64_t{1} << (bit & 63); }

/// Shows the words of a range, each with the mask of its bits that belong to the range.
template <class Change>
void for_each_word(int start, int end, Change change) {
    if (start >= end) return;
    const std::size_t last = word_of(end - 1);
    std::uint64_t mask = ~std::uint64_t{0} << (start & 63);
    for (std::size_t i = word_of(start); i != last; ++i, mask = ~std::uint64_t{0}) change(i, mask);
    change(last, mask & ~std::uint64_t{0} >> (-end & 63));
}

/// Searches a bitmap, given a function that tells its words.
template <class Words>
class BitSearch {
public:
    explicit BitSearch(Words words) : words_{words} {}

    /// The first set (clear) bit of the range; its end if there is none.
    [[nodiscard]] int next_set(int start, int end) const { return search(start, end, 0); }
    [[nodiscard]] int next_clear(int start, int end) const {
        return search(start, end, ~std::uint64_t{0});
    }
    /// The first bit of the run of clear bits that ends before `end`, and is not below `start`.
    [[nodiscard]] int clear_run_before(int end, int start) const {
        if (start >= end) return start;
        const int last = end - 1;
        int base = last & ~63;
        std::uint64_t set = words_(word_of(last)) << (~last & 63);
        if (set != 0) return std::max(end - std::countl_zero(set), start);
        while (base > start) {
            base -= 64;
            set = words_(word_of(base));
            if (set != 0) return std::max(base + 64 - std::countl_zero(set), start);
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
    [[nodiscard]] int search(int start, int end, std::uint64_t invert) const {
        if (start >= end) return end;
        int base = start & ~63;
        std::uint64_t hits = (words_(word_of(start)) ^ invert) & ~std::uint64_t{0} << (start & 63);
        while (hits == 0) {
            base += 64;
            if (base >= end) return end;
            hits = words_(word_of(base)) ^ invert;
        }
        return std::min(base + std::countr_zero(hits), end);
    }

    template <class Visit>
    void visit_runs(int start, int end, std::uint64_t invert, Visit visit) const {
        constexpr int none = -1;
        int run = none;  // up to the end of the word before
        std::uint64_t mask = ~std::uint64_t{0} << (start & 63);
        for (int base = start & ~63; base < end; base += 64, mask = ~std::uint64_t{0}) {
            if (base + 64 > end) mask &= ~std::uint64_t{0} >> (base + 64 - end);
            std::uint64_t hits = (words_(word_of(base)) ^ invert) & mask;
            if (run != none) {
                const int ones = std::countr_one(hits);
                if (ones == 64) continue;
                if (!visit(run, base + ones)) return;
                run = none;
                hits &= hits + 1;
            }
            while (hits != 0) {
                const int from = base + std::countr_zero(hits);
                const std::uint64_t beyond = hits + (hits & -hits);  // the run gives way to one bit
                if (beyond == 0) {
                    run = from;
                    break;
                }
                if (!visit(from, base + std::countr_zero(beyond))) return;
                hits &= beyond;
            }
        }
        if (run != none) visit(run, end);
    }

    Words words_;
};

class Bitmap {
public:
    explicit Bitmap(int bits) : words_((static_cast<std::size_t>(bits) + 63) / 64) {}

    [[nodiscard]] bool test(int bit) const {
        return (words_[word_of(bit)] & bit_in_word(bit)) != 0;
    }
    void set(int start, int end) {
        for_each_word(start, end, [&](std::size_t i, std::uint64_t mask) { words_[i] |= mask; });
    }
    void clear(int start, int end) {
        for_each_word(start, end, [&](std::size_t i, std::uint64_t mask) { words_[i] &= ~mask; });
    }
    /// Valid as long as the bitmap.
    [[nodiscard]] auto search() const {
        return BitSearch{[words = words_.data()](std::size_t i) { return words[i]; }};
    }

private:
    std::vector<std::uint64_t> words_;
};

}  // namespace pcpsim
