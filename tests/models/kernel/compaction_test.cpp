// Goal: kcompactd drains when there is memory, but no block, and then less and less often. Method:
// a zone of single pages, and a drainer that counts.
#include "models/kernel/compaction.hpp"

#include <doctest/doctest.h>

#include "tests/support/fragmented.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

constexpr Order four_pages{2};
constexpr NodeId node0{0u};

struct Compacted : TinyKernel {
    struct CountedDrains final : Drainer {
        explicit CountedDrains(TinyKernel& t) : tiny{t} {}
        Task<> drain(Context& self, std::optional<ZoneId> which, DrainReason) override {
            CHECK(which == ZoneId{0u});
            ++drains;
            Zone& drained = tiny.kernel.memory.zone(ZoneId{0u});
            for (const CpuId cpu : tiny.machine.topology.online())
                co_await tiny.kernel.pages.drain_pcplist(self, drained, cpu);
        }
        HotPath hot_path() const override { return local_lock_path(tiny.costs); }
        TinyKernel& tiny;
        int drains = 0;
    };
    Compacted() { kernel.use(drainer); }

    /// Whether kcompactd drained.
    bool asked_for(Order order) {
        const int before = drainer.drains;
        const auto ask = [](Context& self, Compacted& c, Order wanted) -> Task<> {
            c.kernel.compaction.wake_kcompactd(node0, wanted);
            co_await self.sleep(1_ms);
        };
        thread(5, "asks", ask, *this, order);
        run();
        return drainer.drains > before;
    }
    [[nodiscard]] const CompactionStatistics& statistics() const {
        return kernel.compaction.statistics();
    }
    CountedDrains drainer{*this};
    Zone& zone = kernel.memory.zone(ZoneId{0u});
};

}  // namespace

TEST_SUITE("models/kernel/compaction") {
    TEST_CASE("memory in pieces is drained, and each failure doubles the time to the next") {
        Compacted world;
        const Fragmented pieces{world.zone};
        std::vector<int> drained;
        for (int time = 1; time <= 40; ++time)
            if (world.asked_for(four_pages)) drained.push_back(time);
        CHECK(drained == std::vector{1, 3, 7, 15, 31});
        CHECK(world.statistics().wakeups == 40);
        CHECK(world.statistics().deferred == 35);
        CHECK(world.statistics().latencies.size() == 5);
    }
    TEST_CASE("a smaller order than the one that failed is not deferred") {
        Compacted world;
        const Fragmented pieces{world.zone};
        CHECK(world.asked_for(four_pages));
        CHECK(!world.asked_for(Order{3}));
        CHECK(world.asked_for(Order{1}));
    }
    TEST_CASE("nobody drains for single pages, for a block that is there, or without memory") {
        Compacted world;
        CHECK(!world.asked_for(four_pages));
        {
            const Fragmented pieces{world.zone};
            CHECK(!world.asked_for(Order{0}));
        }
        std::vector<Pfn> taken;
        while (const auto block = world.zone.alloc_block(Order{0}, MigrateType::movable))
            taken.push_back(*block);
        CHECK(!world.asked_for(four_pages));
        CHECK(world.statistics().wakeups == 0);
    }
    TEST_CASE("pages that a list kept make the block, so that nobody compacts for the next") {
        Compacted world;
        Fragmented pieces{world.zone};
        const auto keep = [](Context& self, Compacted& c, Fragmented& f) -> Task<> {
            for (int i = 0; i < 16; ++i)
                co_await c.kernel.pages.free_pages(self, f.take(), Order{0}, MigrateType::movable);
        };
        world.thread(3, "keeps", keep, world, pieces);
        world.run();
        CHECK(world.zone.pcplist(CpuId{3}).count() == 16_pages);
        CHECK(world.asked_for(four_pages));
        CHECK(world.zone.watermark_ok(four_pages, world.zone.watermarks().min, highest_zone));
        CHECK(!world.asked_for(four_pages));
        CHECK(world.statistics().wakeups == 1);
    }
    TEST_CASE("kswapd that reclaimed twice the block leaves the rest to kcompactd") {
        Compacted world;
        Fragmented pieces{world.zone};
        std::vector<Pfn> held;
        for (int i = 0; i < 200; ++i) {  // without these, page cache does not make the block
            world.kernel.reclaim.add_to_lru(pieces.take());
            held.push_back(pieces.take());
        }
        const auto ask = [](Context& self, Compacted& c) -> Task<> {
            c.kernel.reclaim.wake_all_kswapds(node0, Order{6}, Reclaim::Direct::yes);
            co_await self.sleep(10_ms);
        };
        world.thread(5, "asks", ask, world);
        world.run();
        const Pages reclaimed = world.kernel.reclaim.statistics().by_kswapd;
        CHECK(reclaimed >= compact_gap(Order{6}));
        CHECK(reclaimed < compact_gap(Order{6}) + 32_pages);
        CHECK(world.statistics().wakeups == 1);
        CHECK(world.drainer.drains == 1);
    }
}
