// Goal: the first bucket always holds what is due first, and nothing is lost on the way there.
// Method: add keys around origins near the ends of the range of time, and take them bucket by
// bucket.
#include "sim/time_buckets.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "sim/draws.hpp"

using namespace pcpsim;

namespace {

constexpr std::uint64_t end_of_time = ~std::uint64_t{0} >> 1;

/// A time of any magnitude, not before `origin`.
std::uint64_t draw_time(const Draws& draws, std::uint64_t origin, std::uint64_t i) {
    const auto shift = draws.below(64, 0, Purpose{"magnitude"}, i);
    return std::min(end_of_time, origin + (draws.bits(0, Purpose{"distance"}, i) >> 1 >> shift));
}

}  // namespace

TEST_SUITE("sim/time_buckets") {
    TEST_CASE("buckets come in the order of time, whatever the magnitudes") {
        const Draws draws{7};
        for (const std::uint64_t start : {std::uint64_t{0}, end_of_time / 2, end_of_time - 5}) {
            TimeBuckets buckets;
            std::uint64_t origin = start;
            for (std::uint64_t i = 0; i < 3000; ++i)
                buckets.add(make_event_key(draw_time(draws, origin, i), i, 0), origin);
            std::size_t taken = 0;
            while (!buckets.empty()) {
                const std::size_t bucket = buckets.first();
                CHECK(buckets.start(bucket) >= origin);
                origin = buckets.start(bucket);
                if (TimeBuckets::is_one_instant(bucket)) {
                    taken += buckets.count(bucket);
                    buckets.take(bucket, [&](EventKey key) { CHECK(time_of(key) == origin); });
                } else {
                    buckets.take(bucket, [&](EventKey key) { buckets.add(key, origin); });
                }
            }
            CHECK(taken == 3000);
        }
    }

    TEST_CASE("the origin may move back when the buckets in between are added again") {
        TimeBuckets buckets;
        const std::uint64_t late = 0x10000;
        const std::uint64_t early = 0x0ff00;
        const std::vector<std::uint64_t> times{late, late + 1, late + 64, 0x20000, 1U << 30};
        for (const std::uint64_t time : times) buckets.add(make_event_key(time, 1, 0), late);
        buckets.take_below(late, early, [&](EventKey key) { buckets.add(key, early); });
        buckets.add(make_event_key(early + 1, 1, 0), early);
        CHECK(buckets.start(buckets.first()) == early + 1);
        CHECK(buckets.size() == times.size() + 1);
        buckets.take(buckets.first(), [](EventKey) {});
        // late and its neighbours, in a bucket of 64^2 ticks
        CHECK(buckets.count(buckets.first()) == 3);
        CHECK(buckets.start(buckets.first()) == late);
    }

    TEST_CASE("forgets what is dead and keeps the rest in place") {
        TimeBuckets buckets;
        for (std::uint32_t i = 0; i < 100; ++i)
            buckets.add(make_event_key(std::uint64_t{i} * i * i, 1, i), 0);
        buckets.remove_if(0, [](EventKey key) { return slot_of(key) % 3 != 0; });
        CHECK(buckets.size() == 34);
        CHECK(buckets.count(buckets.first()) == 1);
        buckets.take(buckets.first(), [](EventKey key) { CHECK(slot_of(key) == 0); });
        buckets.take(buckets.first(), [](EventKey key) { CHECK(slot_of(key) == 3); });
    }
}
