// Goal: places, hints, slots and counters are those of a percpu allocator without hints. Method:
// random operations on random geometries, each held against a reference that reads bitmaps.
#include <doctest/doctest.h>

#include <cstdlib>
#include <deque>

#include "tests/models/mm/mirrored_percpu.hpp"
#include "tests/models/mm/random.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

PercpuGeometry random_geometry(Random& random) {
    PercpuLayout layout;
    layout.page_size = Bytes{4096 << 2 * random.below(3)};
    layout.atom_size = layout.page_size * (1 << random.below(4));
    layout.static_size = Bytes{random.below(20'000)};
    layout.reserved_size = Bytes{4 * random.below(3'000)};
    layout.dynamic_size = Bytes{20'480 + random.below(8'000)};
    layout.groups = group_by_distance(static_cast<int>(1 + random.below(9)), [](CpuId a, CpuId b) {
        return a.index() / 4 == b.index() / 4;
    });
    return make_percpu_geometry(layout);
}

PercpuRequest random_request(Random& random, const PercpuAllocator& allocator, bool mutex_is_held) {
    PercpuRequest request;
    const std::int64_t most = std::int64_t{8} << random.below(13);
    request.size = Bytes{1 + random.below(std::min(most, percpu_min_unit_size.count()))};
    request.align = Bytes{1 << random.below(random.below(4) == 0 ? 13 : 4)};
    request.type = random.below(2) == 0 ? PercpuType::root : PercpuType::memcg;
    request.reserved = allocator.reserved_chunk() && random.below(50) == 0;
    request.atomic = mutex_is_held || random.below(5) == 0;
    return request;
}

void random_life(std::uint64_t seed, int operations) {
    Random random{seed};
    const PercpuGeometry geometry = random_geometry(random);
    MirroredPercpu percpu{geometry, random.below(2) == 0 ? "5.10" : "6.1",
                          random.below(2) == 0 ? "none" : "sideline"};
    CAPTURE(seed);
    std::vector<PercpuArea> live;
    Generator<BalanceStep> worker;
    bool is_working = false, is_wanted = false;
    std::int64_t wanted = 0;  // how many areas should be live; moves up and down
    for (int i = 0; i < operations; ++i) {
        CAPTURE(i);
        if (i % 500 == 0) wanted = random.below(3) == 0 ? 0 : random.below(300);
        const bool grows = static_cast<std::int64_t>(live.size()) < wanted;
        if (live.empty() || random.below(10) < (grows ? 8 : 2)) {
            const auto area = percpu.allocate(random_request(random, percpu.allocator, is_working));
            if (area) live.push_back(*area);
        } else {
            std::swap(live[static_cast<std::size_t>(
                          random.below(static_cast<std::int64_t>(live.size())))],
                      live.back());
            is_wanted |= percpu.free(live.back());
            live.pop_back();
        }
        is_wanted |= random.below(200) == 0;
        if (is_wanted && !is_working) {
            worker = percpu.strategy->balance();
            is_working = true;
            is_wanted = false;
        }
        if (is_working && random.below(3) > 0) is_working = percpu.balance_step(worker);
        if (i % 64 == 0) percpu.check();
    }
    percpu.check();
}

}  // namespace

TEST_SUITE("models/mm/percpu_allocator") {
    TEST_CASE("places, hints, slots and counters are those of the reference, whatever happens") {
        for (std::uint64_t seed = 1; seed <= 12; ++seed) random_life(seed, 2500);
    }
    TEST_CASE("the same over ten million operations" * doctest::skip()) {
        for (std::uint64_t seed = 1000; seed < 5000; ++seed) random_life(seed, 2500);
    }
}
