// Goal: every way of a page in and out of the allocator costs what its steps cost, and no page is
// lost. Method: a few pages on known CPUs; the memory is counted after every test.
#include "models/kernel/page_allocator.hpp"

#include <doctest/doctest.h>

#include "models/kernel/masks.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

constexpr auto movable = MigrateType::movable;
constexpr Order single{0};
constexpr std::int64_t batch = 8;
constexpr std::int64_t high = 32;

/// A tiny kernel that knows the blocks it has handed out.
struct Allocation : TinyKernel {
    explicit Allocation(HotPath path = local_lock_path(tiny_costs())) {
        kernel.pages.set_hot_path(std::move(path));
    }
    ~Allocation() {
        CHECK_NOTHROW(kernel.memory.check_conservation(in_use));
        for (const Zone& zone : kernel.memory.zones()) CHECK_NOTHROW(zone.validate());
    }
    /// How long it took; the block is kept at the back of `blocks`.
    Task<Duration> alloc(Context& self, NodeId node, Order order = single) {
        const Time before = now();
        const auto block = co_await kernel.pages.alloc_pages(self, node, order, movable);
        if (block) {
            blocks.push_back(*block);
            in_use += order.pages();
        }
        co_return now() - before;
    }
    /// Frees the block at the back.
    Task<Duration> free(Context& self, Order order = single) {
        const Time before = now();
        const Pfn block = blocks.back();
        blocks.pop_back();
        in_use -= order.pages();
        co_await kernel.pages.free_pages(self, block, order, movable);
        co_return now() - before;
    }
    Zone& zone(int number) { return kernel.memory.zone(ZoneId{number}); }
    [[nodiscard]] const AllocatorStatistics& counted() const { return kernel.pages.statistics(); }
    [[nodiscard]] Duration hold(std::int64_t moved) const {
        return costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * moved;
    }
    [[nodiscard]] Duration line(int from, int to) const {
        return machine.interconnect.transfer(CpuId{from}, CpuId{to});
    }
    [[nodiscard]] Duration pop() const { return kernel.pages.hot_path().alloc.front().work; }
    [[nodiscard]] Duration push() const { return kernel.pages.hot_path().free.front().work; }

    std::vector<Pfn> blocks;
    Pages in_use;
};

Task<> hold_pcp_lock(Context& self, Allocation& a, int owner, Duration work) {
    const InterruptsOff irqs{self};
    const auto held = co_await a.kernel.pages.pcp_lock(a.zone(0), CpuId{owner}).acquire(self);
    co_await self.run(work);
}

}  // namespace

TEST_SUITE("models/kernel/page_allocator") {
    TEST_CASE(
        "an empty list is refilled with one batch under zone->lock, then pages cost the pop") {
        Allocation a;
        const auto body = [](Context& self, Allocation& t) -> Task<> {
            for (int refill = 1; refill <= 3; ++refill) {
                const Duration first = co_await t.alloc(self, NodeId{0});
                CHECK(first == t.hold(batch) + t.pop());
                for (std::int64_t page = 1; page < batch; ++page) {
                    const Duration next = co_await t.alloc(self, NodeId{0});
                    CHECK(next == t.pop());
                }
                CHECK(t.counted().refills == static_cast<std::uint64_t>(refill));
            }
        };
        const Pages free = a.zone(0).free_pages();
        a.thread(1, "task", body, a);
        a.run();
        CHECK(a.zone(0).free_pages() == free - Pages{3 * batch});
        CHECK(a.zone(0).pcp_pages() == Pages{});
    }
    TEST_CASE("two CPUs that refill at once: the second waits for the hold and fetches the lock") {
        Allocation a;
        const auto body = [](Context& self, Allocation& t, Duration expected) -> Task<> {
            const Duration took = co_await t.alloc(self, NodeId{0});
            CHECK(took == expected);
        };
        a.thread(1, "first", body, a, a.hold(batch) + a.pop());
        a.thread(2, "second", body, a, a.hold(batch) + a.line(1, 2) + a.hold(batch) + a.pop());
        a.run();
        const LockStatistics& lock = a.kernel.pages.zone_lock(a.zone(0)).statistics();
        CHECK(lock.contentions == 1);
        CHECK(lock.waited == a.hold(batch));
    }
    TEST_CASE("two CPUs that refill from different nodes do not meet") {
        Allocation a;
        const auto body = [](Context& self, Allocation& t, NodeId node) -> Task<> {
            const Duration took = co_await t.alloc(self, node);
            CHECK(took == t.hold(batch) + t.pop());
        };
        a.thread(1, "first", body, a, NodeId{0});
        a.thread(5, "second", body, a, NodeId{1});
        a.run();
    }
    TEST_CASE("a free costs the push; the one that reaches high spills, twice as much next time") {
        Allocation a;
        const auto body = [](Context& self, Allocation& t) -> Task<> {
            for (std::int64_t i = 0; i < high + batch; ++i) co_await t.alloc(self, NodeId{0});
            std::int64_t count = 0;
            std::int64_t spill = batch;
            while (!t.blocks.empty()) {
                const Duration took = co_await t.free(self);
                if (++count < high) {
                    CHECK(took == t.push());
                } else {
                    CHECK(took == t.push() + t.hold(spill));
                    count -= spill;
                    spill *= 2;
                }
                CHECK(t.zone(0).pcplist(CpuId{1}).count() == Pages{count});
            }
        };
        a.thread(1, "task", body, a);
        a.run();
        CHECK(a.counted().spills == 2);
    }
    TEST_CASE("large blocks come in as many pages as a batch, and huge ones pass the lists by") {
        Allocation a;
        const auto body = [](Context& self, Allocation& t) -> Task<> {
            const Order pair{1};
            const Duration refilled = co_await t.alloc(self, NodeId{0}, pair);
            CHECK(refilled == t.hold(batch / 2) + t.pop());
            const Duration listed = co_await t.alloc(self, NodeId{0}, pair);
            CHECK(listed == t.pop());
            const Order unlisted{5};
            const Duration taken = co_await t.alloc(self, NodeId{0}, unlisted);
            CHECK(taken == t.costs.buddy_single);
            const Duration freed = co_await t.free(self, unlisted);
            CHECK(freed == t.costs.buddy_single);
        };
        a.thread(1, "task", body, a);
        a.run();
        CHECK(a.counted().buddy_allocs == 1);
        CHECK(a.counted().buddy_frees == 1);
    }
    TEST_CASE("while pcp->lock is taken, pages come from and go to the buddy lists one by one") {
        Allocation a{pcp_lock_path(tiny_costs())};
        const auto body = [](Context& self, Allocation& t) -> Task<> {
            co_await self.run(1_us);
            const Duration taken = co_await t.alloc(self, NodeId{0});
            CHECK(taken == t.costs.buddy_single);
            const Duration freed = co_await t.free(self);
            CHECK(freed == t.costs.buddy_single);
        };
        a.thread(2, "holder", hold_pcp_lock, a, 1, 50_us);
        a.thread(1, "task", body, a);
        a.run();
        CHECK(a.counted().buddy_allocs == 1);
        CHECK(a.counted().buddy_frees == 1);
        CHECK(a.counted().refills == 0);
    }
    TEST_CASE("pcp->lock that another CPU had is fetched by the owner's next page, once") {
        Allocation a{pcp_lock_path(tiny_costs())};
        const auto body = [](Context& self, Allocation& t) -> Task<> {
            co_await self.run(50_us);
            const Duration first = co_await t.alloc(self, NodeId{0});
            CHECK(first == t.line(4, 1) + t.hold(batch) + t.pop());
            const Duration next = co_await t.alloc(self, NodeId{0});
            CHECK(next == t.pop());
        };
        a.thread(4, "holder", hold_pcp_lock, a, 1, 1_us);
        a.thread(1, "task", body, a);
        a.run();
    }
    TEST_CASE("below the low watermark the next zone of the zonelist serves, then none") {
        Allocation a;
        const auto take_down_to_low = [&](Zone& zone) {
            while (zone.free_pages() > zone.watermarks().low) {
                a.blocks.push_back(*zone.alloc_block(single, movable));
                a.in_use += 1_pages;
            }
        };
        const auto body = [](Context& self, Allocation& t, int expected_zone) -> Task<> {
            PageAllocator& pages = t.kernel.pages;
            const auto block = co_await pages.get_page_from_freelist(self, NodeId{0}, single,
                                                                     movable, Watermark::low);
            CHECK(block.has_value() == (expected_zone >= 0));
            if (block) CHECK(t.zone(expected_zone).spans(*block));
            if (block) co_await pages.free_pages(self, *block, single, movable);
        };
        const auto serves = [&](int expected_zone) {
            a.thread(1, "task", body, a, expected_zone);
            a.run();
            const Zone* const zone = expected_zone < 0 ? nullptr : &a.zone(expected_zone);
            CHECK(a.kernel.pages.preferred_zone(NodeId{0}) == zone);
        };
        serves(0);
        take_down_to_low(a.zone(0));
        serves(1);
        take_down_to_low(a.zone(1));
        serves(-1);
    }
    TEST_CASE(
        "pages emptied by a remote CPU cost it their fetch, and the next owner as much again") {
        Allocation a{pcp_lock_path(tiny_costs())};
        const auto owner = [](Context& self, Allocation& t) -> Task<> {
            co_await t.alloc(self, NodeId{0});
            const Pfn before = t.blocks.back();
            co_await t.free(self);
            CHECK(t.zone(0).pcplist(CpuId{1}).count() == Pages{batch});
            co_await self.run(100_us);
            CHECK(t.zone(0).pcplist(CpuId{1}).count() == Pages{});
            const Duration took = co_await t.alloc(self, NodeId{0});
            CHECK(t.blocks.back() == before);  // so the same pages were refilled
            // pcp->lock, zone->lock, and the struct of each page.
            CHECK(took ==
                  t.line(4, 1) + t.line(4, 1) + t.hold(batch) + t.line(4, 1) * batch + t.pop());
            co_await t.free(self);
        };
        const auto drainer = [](Context& self, Allocation& t) -> Task<> {
            co_await self.run(10_us);
            const InterruptsOff irqs{self};
            const auto lists = co_await t.kernel.pages.pcp_lock(t.zone(0), CpuId{1}).acquire(self);
            const Time before = t.now();
            const Pages left = co_await t.kernel.pages.drain_pcplist(self, t.zone(0), CpuId{1});
            CHECK(left == Pages{});
            CHECK(t.now() - before == t.line(1, 4) + t.hold(batch) + t.line(1, 4) * batch);
        };
        a.thread(1, "owner", owner, a);
        a.thread(4, "drainer", drainer, a);
        a.run();
        CHECK(a.counted().drained == Pages{batch});
    }
    TEST_CASE("a block freed past the lists is fetched by who takes it past the lists") {
        Allocation a;
        const Order unlisted{5};
        const auto body = [](Context& self, Allocation& t, Duration pause, Duration expected,
                             Order order) -> Task<> {
            co_await self.run(pause);
            const Duration took = co_await t.alloc(self, NodeId{0}, order);
            CHECK(took == expected);
            co_await t.free(self, order);
        };
        a.thread(1, "first", body, a, 1_us, a.costs.buddy_single, unlisted);
        // zone->lock, and the struct of the block.
        a.thread(4, "second", body, a, 10_us, 2 * a.line(1, 4) + a.costs.buddy_single, unlisted);
        a.run();
    }
    TEST_CASE("an exchange of the lists during a refill does not take the page it is for") {
        Allocation a;
        PcpLists spare = a.zone(0).empty_lists();
        const auto task = [](Context& self, Allocation& t) -> Task<> {
            const Duration took = co_await t.alloc(self, NodeId{0});
            CHECK(took == t.hold(batch) + t.pop());
            REQUIRE(t.blocks.size() == 1);
            CHECK(t.zone(0).spans(t.blocks.back()));
        };
        const auto swap = [](Context& self, Allocation& t, PcpLists& lists) -> Task<> {
            co_await self.run(t.hold(batch) / 2);
            t.zone(0).swap_lists(CpuId{1}, lists);
        };
        a.thread(1, "task", task, a);
        a.thread(2, "swap", swap, a, spare);
        a.run();
        CHECK(spare.count() == Pages{batch - 1});
        a.zone(0).drain(spare);
    }
}
