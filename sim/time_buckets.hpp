#pragma once
// Event keys that are not due soon, in buckets that need no tuning.
//
// Times are read as numbers of eleven 6-bit digits and compared with an origin that no kept time is
// before. A key lies at the level of the highest digit in which its time differs from the origin,
// in the bucket of that digit:
//
//   level 2   |      |      |  k   |   k  |      |  ...   64 buckets of 64^2
//   ticks level 1   |      | k  k |      |  k   |           64 buckets of 64
//   ticks level 0   | k |   |   | k |                 64 buckets of one tick
//          origin                                        time ->
//
// Everything at a level comes before everything at the levels above, so the first bucket of the
// lowest occupied level holds what is due first. When the origin moves into that bucket, its keys
// move to lower levels and all others stay. A key thus moves eleven times at the very most,
// whatever the distribution of times; and about log64(n) times before it is among a few.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/event_key.hpp"

namespace pcpsim {

class TimeBuckets {
public:
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }

    /// Keeps a key whose time is not before `origin`.
    void add(EventKey key, std::uint64_t origin) {
        const std::uint64_t time = time_of(key);
        const std::uint32_t level = level_of(time, origin);
        const std::size_t index = level * digits + (time >> digit_bits * level) % digits;
        Bucket& bucket = buckets_[index];
        if (bucket.count % block_keys == 0) open_block(index);
        blocks_[bucket.block].keys[bucket.count++ % block_keys] = key;
        ++size_;
    }

    /// The number of the first bucket that holds keys. Not empty.
    [[nodiscard]] std::size_t first() const {
        const auto level = static_cast<std::size_t>(std::countr_zero(levels_));
        return level * digits + static_cast<std::size_t>(std::countr_zero(occupied_[level]));
    }
    [[nodiscard]] std::size_t count(std::size_t bucket) const { return buckets_[bucket].count; }
    /// Whether all keys of the bucket have the same time.
    [[nodiscard]] static bool is_one_instant(std::size_t bucket) { return bucket < digits; }
    /// The time at which the bucket begins. It holds a key.
    [[nodiscard]] std::uint64_t start(std::size_t bucket) const {
        const auto shift = digit_bits * (bucket / digits);
        return time_of(blocks_[buckets_[bucket].block].keys[0]) >> shift << shift;
    }

    /// Takes every key out of the bucket and calls `visit(key)`, which may add keys again.
    template <class Visit>
    void take(std::size_t bucket, Visit visit) {
        const std::size_t level = bucket / digits;
        occupied_[level] &= ~(std::uint64_t{1} << bucket % digits);
        if (occupied_[level] == 0) levels_ &= ~(std::uint32_t{1} << level);
        Bucket taken = std::exchange(buckets_[bucket], Bucket{});
        size_ -= taken.count;
        while (taken.count > 0) {
            const std::uint32_t block = taken.block;
            for (std::size_t i = (taken.count - 1) % block_keys + 1; i-- > 0; --taken.count)
                visit(EventKey{blocks_[block].keys[i]});
            taken.block = std::exchange(next_block_[block], std::exchange(free_block_, block));
        }
    }
    /// The same for every bucket of the levels below that of `time` as seen from `origin`.
    template <class Visit>
    void take_below(std::uint64_t time, std::uint64_t origin, Visit visit) {
        const std::uint32_t below = (std::uint32_t{1} << level_of(time, origin)) - 1;
        while ((levels_ & below) != 0) take(first(), visit);
    }
    /// Forgets every key for which `dead(key)`; `origin` is the present one.
    template <class Predicate>
    void remove_if(std::uint64_t origin, Predicate dead) {
        for (std::size_t level = 0; level < levels; ++level)
            for (std::uint64_t left = occupied_[level]; left != 0; left &= left - 1)
                take(level * digits + static_cast<std::size_t>(std::countr_zero(left)),
                     [&](EventKey key) {
                         if (!dead(key)) add(key, origin);
                     });
    }

private:
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    static constexpr std::uint32_t digit_bits = 6;
    static constexpr std::size_t digits = std::size_t{1} << digit_bits;
    static constexpr std::size_t levels = 11;
    static constexpr std::size_t block_keys = 8;

    /// Keys of one bucket, two cache lines; the first block of a bucket may be partly filled.
    struct alignas(64) Block {
        std::array<EventKey, block_keys> keys;
    };
    struct Bucket {
        std::uint32_t block = 0;  ///< the newest, when count is not 0
        std::uint32_t count = 0;
    };

    static std::uint32_t level_of(std::uint64_t time, std::uint64_t origin) {
        return (63 - static_cast<std::uint32_t>(std::countl_zero((time ^ origin) | 1))) /
               digit_bits;
    }
    /// Gives the bucket room for another block of keys.
    void open_block(std::size_t index) {
        occupied_[index / digits] |= std::uint64_t{1} << index % digits;
        levels_ |= std::uint32_t{1} << index / digits;
        if (free_block_ == none) add_block();
        const std::uint32_t block = free_block_;
        free_block_ = next_block_[block];
        next_block_[block] = buckets_[index].block;
        buckets_[index].block = block;
    }
    void add_block() {
        free_block_ = static_cast<std::uint32_t>(blocks_.size());
        blocks_.emplace_back();
        next_block_.push_back(none);
    }

    std::uint32_t levels_ = 0;  ///< a bit for every level with an occupied bucket
    std::array<std::uint64_t, levels> occupied_{};
    std::array<Bucket, levels * digits> buckets_{};
    std::vector<Block> blocks_;
    std::vector<std::uint32_t> next_block_;  ///< within a bucket, or among the free ones
    std::uint32_t free_block_ = none;
    std::size_t size_ = 0;
};

}  // namespace pcpsim
