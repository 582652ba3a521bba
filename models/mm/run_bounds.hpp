#pragma once
// How long a free run may be that a search meets in a block of a chunk, so that it can leave out
// the blocks which have nothing for it.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pcpsim {

/// One bound for each block, four in a word; a search compares these at once.
class RunBounds {
public:
    static constexpr int whole = 0x7fff;    ///< nothing in the block is allocated
    static constexpr int most = whole - 1;  ///< stands for all that is longer, too

    /// All of them are `whole`.
    explicit RunBounds(std::size_t blocks) : size_{blocks}, words_((blocks + 3) / 4) {
        for (std::size_t block = 0; block < blocks; ++block) set(block, whole);
    }

    void set(std::size_t block, int bound) {
        std::uint64_t& word = words_[block / 4];
        word &= ~(lane << shift(block));
        word |= static_cast<std::uint64_t>(bound) << shift(block);
    }
    /// Only if it is below.
    void raise(std::size_t block, int bound) {
        if (bound > static_cast<int>(words_[block / 4] >> shift(block) & lane)) set(block, bound);
    }
    /// The first block from there on that may have so long a run, of at least 1; the number of
    /// blocks if there is none.
    [[nodiscard]] std::size_t next(std::size_t from, int run) const {
        const std::uint64_t wanted = ones * static_cast<std::uint64_t>(std::min(run, most));
        // The top bit of each lane outlives the subtraction if the lane is not below.
        return first(from, [=](std::uint64_t word) { return ((word | tops) - wanted) & tops; });
    }
    /// The first block from there on that is not whole; the number of blocks if there is none.
    [[nodiscard]] std::size_t next_not_whole(std::size_t from) const {
        return std::min(first(from, [](std::uint64_t word) { return word ^ ones * whole; }), size_);
    }

private:
    static constexpr std::uint64_t lane = 0xffff, ones = 0x0001'0001'0001'0001, tops = ones << 15;
    static constexpr std::size_t shift(std::size_t block) { return block % 4 * 16; }

    /// The first block from there on in whose lane the test leaves a bit.
    template <class Test>
    [[nodiscard]] std::size_t first(std::size_t from, Test test) const {
        std::uint64_t asked = ~std::uint64_t{0} << shift(from);
        for (std::size_t i = from / 4; i < words_.size(); ++i, asked = ~std::uint64_t{0})
            if (const std::uint64_t hits = test(words_[i]) & asked; hits != 0)
                return 4 * i + static_cast<std::size_t>(std::countr_zero(hits)) / 16;
        return size_;
    }

    std::size_t size_;
    std::vector<std::uint64_t> words_;
};

}  // namespace pcpsim
