// Goal: a burst of allocations ends where the next page depends on somebody else, and not before.
// Method: one CPU takes pages one after the other; others look, drain, or use up the zone.
#include "models/kernel/page_burst.hpp"

#include <doctest/doctest.h>

#include <array>

#include "models/kernel/masks.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

constexpr auto movable = MigrateType::movable;
constexpr std::int64_t batch = 8;
constexpr Duration after = 1_us;

/// A task on CPU 1 that wants so many pages, and how many each burst gave it.
struct Taker : TinyKernel {
    explicit Taker(HotPath path = local_lock_path(tiny_costs())) {
        kernel.pages.set_hot_path(std::move(path));
    }
    ~Taker() {
        CHECK_NOTHROW(kernel.memory.check_conservation(pages.size() * Order{0} + elsewhere));
    }
    static Task<> take(Context& self, Taker& t, Pages want) {
        const std::array phases{Phase{after, Activity::user}};
        PageBurst burst{t.kernel.pages, movable, phases, t.pages};
        while (want > Pages{}) {
            const Pages got = co_await burst.run(self, NodeId{0}, want);
            if (got == Pages{}) co_return;
            t.bursts.push_back(got.count());
            want -= got;
        }
    }
    [[nodiscard]] Duration hold(std::int64_t moved) const {
        return costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * moved;
    }
    [[nodiscard]] Duration pop() const { return kernel.pages.hot_path().alloc.front().work; }
    /// When the first operation after the first refill begins.
    [[nodiscard]] Time first_alloc() const { return Time{start_cost(costs) + hold(batch)}; }
    Zone& zone() { return kernel.memory.zone(ZoneId{0}); }

    PageRuns pages;
    Pages elsewhere;
    std::vector<std::int64_t> bursts;
};

}  // namespace

TEST_SUITE("models/kernel/page_burst") {
    TEST_CASE("without disturbance a burst reaches from refill to refill") {
        Taker t;
        t.thread(1, "taker", Taker::take, t, Pages{2 * batch + 3});
        t.run();
        CHECK(t.bursts == std::vector{batch, batch, std::int64_t{3}});
        CHECK(t.now() ==
              Time{start_cost(t.costs) + t.hold(batch) * 3 + (t.pop() + after) * (2 * batch + 3)});
    }
    TEST_CASE("the list shows how many pages are left at every instant") {
        Taker t;
        t.thread(1, "taker", Taker::take, t, Pages{batch});
        std::vector<std::int64_t> left;
        const auto look = [](Context& self, Taker& k, std::vector<std::int64_t>& l) -> Task<> {
            co_await self.run(k.first_alloc() - k.now() + 1_ns);
            for (int i = 0; i < batch; ++i) {
                l.push_back(k.zone().pcplist(CpuId{1}).count().count());
                co_await self.run(k.pop() + after);
            }
        };
        t.thread(2, "looks", look, t, left);
        t.run();
        CHECK(left == std::vector<std::int64_t>{7, 6, 5, 4, 3, 2, 1, 0});
        CHECK(t.bursts == std::vector{batch});
    }
    TEST_CASE("when the lists are exchanged, the next page needs a refill") {
        Taker t;
        t.thread(1, "taker", Taker::take, t, Pages{batch});
        PcpLists lists = t.zone().empty_lists();
        const auto swap = [](Context& self, Taker& k, PcpLists& l) -> Task<> {
            co_await self.run(k.first_alloc() - k.now() + (k.pop() + after) * 2 + 1_ns);
            k.zone().swap_lists(CpuId{1}, l);
        };
        t.thread(2, "swaps", swap, t, lists);
        t.run();
        CHECK(t.bursts == std::vector<std::int64_t>{3, 5});
        CHECK(lists.count() == 5_pages);
        t.zone().drain(lists);
    }
    TEST_CASE("pcp->lock is held for the allocation only, and who asks for it ends the burst") {
        Taker t{pcp_lock_path(tiny_costs())};
        t.thread(1, "taker", Taker::take, t, Pages{batch});
        const auto ask = [](Context& self, Taker& k) -> Task<> {
            co_await self.run(k.first_alloc() - k.now() + (k.pop() + after) * 3 + 1_ns);
            const InterruptsOff irqs{self};
            const auto held = co_await k.kernel.pages.pcp_lock(k.zone(), CpuId{1}).acquire(self);
            k.say("locked");
        };
        t.thread(2, "drainer", ask, t);
        const Duration line = t.machine.interconnect.transfer(CpuId{1}, CpuId{2});
        const Duration released = t.first_alloc() - Time{} + (t.pop() + after) * 3 + t.pop();
        t.run();
        CHECK(t.log == Log{TinyKernel::said(released + line, "locked")});
        CHECK(t.bursts == std::vector<std::int64_t>{4, 4});
    }
    TEST_CASE("below the low watermark the next page comes from the next zone") {
        Taker t;
        const auto use_up = [](Context& self, Taker& k) -> Task<> {
            co_await self.run(k.first_alloc() - k.now() + k.pop() + after + 1_ns);
            while (k.zone().free_pages() > k.zone().watermarks().low) {
                REQUIRE(k.zone().alloc_block(Order{0}, movable));
                k.elsewhere += 1_pages;
            }
        };
        t.thread(1, "taker", Taker::take, t, Pages{batch});
        t.thread(2, "uses up", use_up, t);
        t.run();
        CHECK(t.bursts == std::vector<std::int64_t>{2, 6});
        CHECK_FALSE(t.zone().spans(t.pages.take_tail(Blocks{1}).first));
        t.elsewhere += 1_pages;
    }
    TEST_CASE("a task that is killed in a burst has the pages whose operations have begun") {
        Taker t;
        Thread& taker = t.thread(1, "taker", Taker::take, t, Pages{batch});
        const auto kill = [](Context& self, Taker& k, Thread& victim) -> Task<> {
            co_await self.run(k.first_alloc() - k.now() + (k.pop() + after) * 4 + 1_ns);
            victim.kill();
        };
        t.thread(2, "kills", kill, t, taker);
        t.run();
        CHECK(t.pages.size() == Blocks{5});
        CHECK(t.zone().pcplist(CpuId{1}).count() == 3_pages);
    }
}
