#pragma once
// Which granules of a percpu chunk are allocated, and where its areas begin.
#include <vector>

#include "models/mm/bitmap.hpp"

namespace pcpsim {

/// alloc_map and bound_map, word beside word: who looks at one looks at the other, and in a chunk
/// not seen for long that is what takes time. Positions are as in a Bitmap.
class AreaMap {
public:
    explicit AreaMap(int granules)
        : size_{granules}, words_(static_cast<std::size_t>(granules) / 64 + 1) {}

    /// [start, end) was free and is an area now.
    void add(int start, int end) {
        for_each_word(start, end, [&](std::size_t i, std::uint64_t mask) {
            words_[i].allocated |= mask;
            words_[i].bounds &= ~mask;
        });
        words_[word_of(start)].bounds |= bit_in_word(start);
        words_[word_of(end)].bounds |= bit_in_word(end);
    }
    void remove(int start, int end) {
        for_each_word(start, end,
                      [&](std::size_t i, std::uint64_t mask) { words_[i].allocated &= ~mask; });
    }
    [[nodiscard]] bool begins(int at) const {
        const Word& word = words_[word_of(at)];
        return (word.allocated & word.bounds & bit_in_word(at)) != 0;
    }
    /// Of the area that begins there.
    [[nodiscard]] int end_of(int start) const {
        return BitSearch{[words = words_.data()](std::size_t i) { return words[i].bounds; }}
            .next_set(start + 1, size_);
    }
    /// Searches for granules that are allocated, or free. Valid as long as this.
    [[nodiscard]] auto search() const {
        return BitSearch{[words = words_.data()](std::size_t i) { return words[i].allocated; }};
    }

private:
    struct Word {
        std::uint64_t allocated = 0;
        std::uint64_t bounds = 0;  ///< first granule of each area, and the one after each
    };
    int size_;
    std::vector<Word> words_;
};

}  // namespace pcpsim
