// Goal: drains happen when and only when reclaim made progress and the page is still missing.
// Method: tasks of the tiny machine write to memory that page cache fills.
#include "models/kernel/reclaim.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

constexpr MigrateType movable = MigrateType::movable;

struct CountedDrains final : Drainer {
    explicit CountedDrains(TinyKernel& t) : tiny{t} {}
    Task<> drain(Context& self, std::optional<ZoneId>, DrainReason reason) override {
        CHECK(reason == DrainReason::direct_reclaim);
        tiny.kernel.drains.begin_beside_others();
        for (Zone& zone : tiny.kernel.memory.zones())
            for (const CpuId cpu : tiny.machine.topology.online()) {
                largest = std::max(largest, zone.pcplist(cpu).count());
                co_await tiny.kernel.pages.drain_pcplist(self, zone, cpu);
            }
    }
    HotPath hot_path() const override { return local_lock_path(tiny.costs); }
    TinyKernel& tiny;
    Pages largest;  ///< of the lists it found
};

/// Tasks that each have memory of their own, and may be killed.
struct Pressure : TinyKernel {
    Pressure() { kernel.use(drainer); }
    struct Hog final : OomCandidate {
        explicit Hog(Thread& t) : owner{t} {}
        Thread& thread() override { return owner; }
        Pages pages() const override { return held.size() * Order{0}; }
        Thread& owner;
        PageRuns held;
    };
    /// A task that allocates as fast as it can, keeps the pages, and frees them if it is killed.
    Hog& hog(int cpu, Pages pages) {
        const auto body = [](Context& self, Pressure& p, Hog& hog, Pages most) -> Task<> {
            PageAllocator& allocator = p.kernel.pages;
            const NodeId node = p.machine.topology.node_of(self.processor().id());
            while (hog.pages() < most && !self.stop_requested()) {
                const auto page = co_await allocator.alloc_pages(self, node, Order{0}, movable);
                if (page) hog.held.push_tail(*page);
            }
            while (self.stop_requested() && !hog.held.empty())
                co_await allocator.free_pages(self, hog.held.pop_head(), Order{0}, movable);
        };
        Thread& created =
            create(cpu, "hog " + std::to_string(hogs.size()), Context::Role::foreground);
        Hog& hog = hogs.emplace_back(created);
        kernel.reclaim.oom().add(hog);
        created.start(body(created, *this, hog, pages));
        return hog;
    }
    [[nodiscard]] Pages managed() const { return kernel.memory.managed(); }
    [[nodiscard]] const ReclaimStatistics& reclaim() const { return kernel.reclaim.statistics(); }
    void count_every_page() const {
        Census census{kernel.memory};
        kernel.pages.in_hand().count_pages(census);
        kernel.reclaim.count_pages(census);
        for (const Hog& hog : hogs)
            for (const PageRun& run : hog.held) census.count(run, Order{0});
        census.finish();
    }
    CountedDrains drainer{*this};
    std::deque<Hog> hogs;
};

}  // namespace

TEST_SUITE("models/kernel/reclaim") {
    TEST_CASE("page cache fills a share of each zone, but not below its high watermark") {
        Pressure world;
        world.kernel.reclaim.fill_page_cache(250);
        for (const Zone& zone : world.kernel.memory.zones())
            CHECK(world.kernel.reclaim.page_cache(zone.node()) == zone.managed() * 250 / 1000);
        world.kernel.reclaim.fill_page_cache(1000);
        for (const Zone& zone : world.kernel.memory.zones()) {
            CHECK(zone.free_pages() > zone.watermarks().high);
            CHECK(zone.free_pages() <= zone.watermarks().high + 2_pages);
        }
        world.count_every_page();
    }
    TEST_CASE("memory above the low watermark is had without reclaim") {
        Pressure world;
        world.kernel.reclaim.fill_page_cache(500);
        world.hog(1, world.managed() * 4 / 10);
        world.run();
        CHECK(world.reclaim().kswapd_wakeups == 0);
        CHECK(world.reclaim().direct == 0);
    }
    TEST_CASE("kswapd reclaims up to the high watermark for one that takes its time") {
        Pressure world;
        world.kernel.reclaim.fill_page_cache(1000);
        const auto sip = [](Context& self, Pressure& w) -> Task<> {
            PageRuns held;
            for (int i = 0; i < 500; ++i) {
                const auto page =
                    co_await w.kernel.pages.alloc_pages(self, NodeId{0}, Order{0}, movable);
                held.push_tail(*page);
                co_await self.sleep(100_us);
            }
            while (!held.empty())
                co_await w.kernel.pages.free_pages(self, held.pop_head(), Order{0}, movable);
        };
        world.thread(1, "sips", sip, world);
        world.run();
        CHECK(world.reclaim().kswapd_wakeups > 0);
        CHECK(world.reclaim().by_kswapd > 0_pages);
        CHECK(world.reclaim().direct == 0);
        for (const Zone& zone : world.kernel.memory.zones())
            CHECK(zone.free_pages() > zone.watermarks().high);
        world.count_every_page();
    }
    TEST_CASE("who outruns kswapd reclaims for itself, and gets every page that is left") {
        Pressure world;
        world.kernel.reclaim.fill_page_cache(800);
        for (int cpu = 0; cpu < 4; ++cpu) world.hog(cpu, world.managed() * 9 / 40);
        world.run();
        for (const Pressure::Hog& hog : world.hogs) CHECK(hog.pages() == world.managed() * 9 / 40);
        CHECK(world.reclaim().direct > 0);
        CHECK(world.reclaim().latencies.size() == world.reclaim().direct);
        CHECK(world.kernel.reclaim.oom().kills() == 0);
        world.count_every_page();
    }
    TEST_CASE("no progress, no drain; after 16 more rounds the OOM killer is asked") {
        Pressure world;
        world.hog(1, world.managed());
        CHECK_NOTHROW(world.run());
        CHECK(world.reclaim().direct == 17);
        CHECK(world.kernel.drains.statistics().requested == 0);
        CHECK(world.kernel.reclaim.oom().kills() == 1);
    }
    TEST_CASE("nobody to kill: the kernel is out of memory") {
        Pressure world;
        const auto hold = [](Context& self, Pressure& w) -> Task<> {
            for (;;) co_await w.kernel.pages.alloc_pages(self, NodeId{0}, Order{0}, movable);
        };
        world.thread(1, "hog", hold, world);
        CHECK_THROWS_WITH_AS(world.run(), "hog: out of memory", OutOfMemory);
    }
    TEST_CASE("a drain follows progress that is not enough, and finds what was reclaimed") {
        Pressure world;
        world.kernel.reclaim.fill_page_cache(1000);
        for (int cpu = 0; cpu < 8; ++cpu) world.hog(cpu, world.managed() / 10);
        world.run();
        const DrainStatistics& drains = world.kernel.drains.statistics();
        CHECK(drains.requested > 0);
        CHECK(drains.requested <= world.reclaim().direct);
        CHECK(world.drainer.largest > 0_pages);
        world.count_every_page();
    }
    TEST_CASE("the killed process frees its memory, and the others get what they wanted") {
        Pressure world;
        const Pressure::Hog& large = world.hog(1, world.managed() * 7 / 10);
        const Pressure::Hog& small = world.hog(5, world.managed() * 4 / 10);
        world.run();
        CHECK(world.kernel.reclaim.oom().kills() == 1);
        CHECK(large.pages() == 0_pages);
        CHECK(small.pages() == world.managed() * 4 / 10);
        world.count_every_page();
    }
    TEST_CASE("every page has an owner at every instant") {
        for (int stop = 1; stop < 60; ++stop) {
            Pressure world;
            world.kernel.reclaim.fill_page_cache(700);
            for (const int cpu : {0, 1, 5}) world.hog(cpu, world.managed() * 4 / 10);
            world.run(Time{stop * 777_us + Duration{stop * 1'003'001}});
            CHECK_NOTHROW(world.count_every_page());
        }
    }
}
