// Goal: a burst of frees ends where the next free needs zone->lock or somebody else has a say.
// Method: one CPU frees pages one after the other; others look, drain, or lock its list.
#include "models/kernel/free_burst.hpp"

#include <doctest/doctest.h>

#include <array>

#include "models/kernel/masks.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

constexpr auto movable = MigrateType::movable;
constexpr std::int64_t batch = 8, high = 32;
constexpr Duration after = 1_us;

/// A task on CPU 1 that frees so many pages of node 0.
struct Freer : TinyKernel {
    explicit Freer(std::int64_t n, HotPath path = local_lock_path(tiny_costs())) {
        kernel.pages.set_hot_path(std::move(path));
        for (std::int64_t i = 0; i < n; ++i)
            pages.push_tail(*zone().alloc_block(Order{0}, movable));
        thread(1, "freer", free, *this);
    }
    ~Freer() { CHECK_NOTHROW(kernel.memory.check_conservation(pages.size() * Order{0})); }
    static Task<> free(Context& self, Freer& t) {
        const std::array phases{Phase{after, Activity::user}};
        FreeBurst burst{t.kernel.pages, movable, phases, t.pages};
        co_await burst.run(self);
    }
    [[nodiscard]] Duration push() const { return kernel.pages.hot_path().free.front().work; }
    [[nodiscard]] Time first_free() const { return Time{start_cost(costs)}; }
    [[nodiscard]] Duration hold(std::int64_t moved) const {
        return costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * moved;
    }
    [[nodiscard]] Pages listed() { return zone().pcplist(CpuId{1}).count(); }
    Zone& zone() { return kernel.memory.zone(ZoneId{0}); }

    PageRuns pages;
};

}  // namespace

TEST_SUITE("models/kernel/free_burst") {
    TEST_CASE("below high, any number of frees takes the sum of their times, and few events") {
        std::uint64_t events_of_two = 0;
        for (const std::int64_t n : {std::int64_t{2}, high - 1}) {
            Freer t{n};
            t.run();
            CHECK(t.now() == t.first_free() + (t.push() + after) * n);
            CHECK(t.listed() == Pages{n});
            CHECK(t.pages.empty());
            if (n == 2) events_of_two = t.kernel.engine.events();
            CHECK(t.kernel.engine.events() == events_of_two);
        }
    }
    TEST_CASE("the page freed last is the first to be had") {
        Freer t{high - 1};
        const Pfn last = (*t.pages.begin()).last();
        t.run();
        CHECK(t.zone().pop(CpuId{1}, Order{0}, movable) == last);
        t.pages.push_tail(last);
    }
    TEST_CASE("the free that reaches high spills, under zone->lock") {
        Freer t{high + 3};
        t.run();
        CHECK(t.now() == t.first_free() + (t.push() + after) * (high + 3) + t.hold(batch));
        CHECK(t.listed() == Pages{high + 3 - batch});
        CHECK(t.kernel.pages.statistics().spills == 1);
    }
    TEST_CASE("the list shows what has been freed at every instant") {
        Freer t{batch};
        std::vector<std::int64_t> listed;
        const auto look = [](Context& self, Freer& k, std::vector<std::int64_t>& l) -> Task<> {
            co_await self.run(k.first_free() - k.now() + 1_ns);
            for (int i = 0; i < batch; ++i) {
                l.push_back(k.listed().count());
                co_await self.run(k.push() + after);
            }
        };
        t.thread(2, "looks", look, t, listed);
        t.run();
        CHECK(listed == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8});
    }
    TEST_CASE("pages drained in between leave room for as many frees more") {
        Freer t{high + 3};
        const auto drain = [](Context& self, Freer& k) -> Task<> {
            co_await self.run(k.first_free() - k.now() + (k.push() + after) * 4 + 1_ns);
            k.zone().drain(CpuId{1});
        };
        t.thread(2, "drains", drain, t);
        t.run();
        CHECK(t.kernel.pages.statistics().spills == 0);
        CHECK(t.listed() == Pages{high + 3 - 5});
    }
    TEST_CASE("limits lowered in between make the next frees spill one page each") {
        Freer t{5};
        const auto disable = [](Context& self, Freer& k) -> Task<> {
            co_await self.run(k.first_free() - k.now() + (k.push() + after) * 2 + 1_ns);
            k.zone().set_limits(CpuId{1}, {1_pages, 0_pages, 0_pages});
        };
        t.thread(2, "disables", disable, t);
        t.run();
        CHECK(t.kernel.pages.statistics().spills == 2);
        CHECK(t.listed() == 3_pages);
    }
    TEST_CASE("a free that finds its list locked goes to the buddy lists") {
        Freer t{4, pcp_lock_path(tiny_costs())};
        const auto lock = [](Context& self, Freer& k) -> Task<> {
            co_await self.run(k.first_free() - k.now() + k.push() + 1_ns);
            const InterruptsOff irqs{self};
            const auto held = co_await k.kernel.pages.pcp_lock(k.zone(), CpuId{1}).acquire(self);
            co_await self.run(after * 3 / 2);
        };
        t.thread(2, "drainer", lock, t);
        t.run();
        CHECK(t.kernel.pages.statistics().buddy_frees == 1);
        CHECK(t.listed() == 3_pages);
    }
    TEST_CASE("a zone's pages join the zone's own list, whatever came before") {
        Freer t{3};
        const Zone& other = t.kernel.memory.zone(ZoneId{1});
        for (int i = 0; i < 2; ++i)
            t.pages.push_tail(*t.kernel.memory.zone(ZoneId{1}).alloc_block(Order{0}, movable));
        t.run();
        CHECK(t.listed() == 3_pages);
        CHECK(other.pcplist(CpuId{1}).count() == 2_pages);
    }
}
