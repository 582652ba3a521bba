// Goal: who may drain, and what looking for pages costs. Method: a drainer that only takes its
// time.
#include "models/kernel/drain_control.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

class SlowDrainer final : public Drainer {
public:
    SlowDrainer(TinyKernel& tiny, Duration duration) : tiny_{tiny}, duration_{duration} {
        tiny.kernel.use(*this);
    }
    Task<> drain(Context& self, std::optional<ZoneId> zone, DrainReason) override {
        const auto only_drain = co_await tiny_.kernel.drains.begin(self, zone);
        if (!only_drain) co_return;
        co_await self.run(duration_);
    }
    [[nodiscard]] HotPath hot_path() const override { return pcp_lock_path(tiny_.costs); }

private:
    TinyKernel& tiny_;
    Duration duration_;
};

Task<> drain_after(Context& self, TinyKernel& tiny, Duration pause, std::optional<ZoneId> zone) {
    co_await self.run(pause);
    co_await tiny.kernel.drains.drain_all(self, zone, DrainReason::forced);
    tiny.say(self.name());
}

/// Puts a page on the CPU's list of the zone.
void put_page(TinyKernel& tiny, ZoneId id, int cpu) {
    Zone& zone = tiny.kernel.memory.zone(id);
    zone.free(CpuId{cpu}, *zone.alloc_block(Order{0}, MigrateType::movable), Order{0},
              MigrateType::movable);
}
Task<> look(Context& self, TinyKernel& tiny, std::optional<ZoneId> zone, CpuSet& found,
            Duration& took) {
    const Time before = tiny.now();
    found = co_await tiny.kernel.drains.cpus_to_drain(self, zone, DrainReason::forced);
    took = tiny.now() - before;
}

}  // namespace

TEST_SUITE("models/kernel/drain_control") {
    TEST_CASE("a drain of all zones gives up at once while another one runs") {
        TinyKernel tiny;
        SlowDrainer drainer{tiny, 100_us};
        tiny.thread(1, "first", drain_after, tiny, 10_us, std::nullopt);
        tiny.thread(2, "second", drain_after, tiny, 20_us, std::nullopt);
        tiny.run();
        const Duration start = start_cost(tiny.costs);
        CHECK(tiny.log == Log{TinyKernel::said(start + 20_us, "second"),
                              TinyKernel::said(start + 110_us, "first")});
        const DrainStatistics& counted = tiny.kernel.drains.statistics();
        CHECK(counted.requested == 2);
        CHECK(counted.executed == 1);
        CHECK(counted.given_up == 1);
        CHECK(counted.latencies == std::vector<Duration>{100_us});
    }
    TEST_CASE("a drain of one zone waits for the mutex, and its caller pays for waiting") {
        TinyKernel tiny;
        SlowDrainer drainer{tiny, 100_us};
        tiny.thread(1, "first", drain_after, tiny, 10_us, std::nullopt);
        tiny.thread(2, "second", drain_after, tiny, 20_us, ZoneId{1});
        tiny.run();
        const CostTable& costs = tiny.costs;
        const Duration first = start_cost(costs) + 110_us;
        const Duration woken = first + costs.ipi_deliver + costs.interrupt + start_cost(costs);
        CHECK(tiny.log ==
              Log{TinyKernel::said(first, "first"), TinyKernel::said(woken + 100_us, "second")});
        CHECK(spent(tiny.cpu(2).ledger(), Activity::kernel) ==
              start_cost(costs) + 20_us + costs.mutex_slowpath + start_cost(costs) + 100_us);
        const DrainStatistics& counted = tiny.kernel.drains.statistics();
        CHECK(counted.executed == 2);
        CHECK(counted.given_up == 0);
        CHECK(counted.latencies.back() == woken + 100_us - (start_cost(costs) + 20_us));
    }
    TEST_CASE("drains one after the other all execute") {
        TinyKernel tiny;
        SlowDrainer drainer{tiny, 100_us};
        tiny.thread(1, "first", drain_after, tiny, 10_us, std::nullopt);
        tiny.thread(2, "second", drain_after, tiny, 200_us, std::nullopt);
        tiny.run();
        CHECK(tiny.kernel.drains.statistics().executed == 2);
    }
    TEST_CASE("each CPU's counts are read up to its first list with pages") {
        TinyKernel tiny;
        put_page(tiny, ZoneId{0}, 1);
        put_page(tiny, ZoneId{1}, 4);
        put_page(tiny, ZoneId{0}, 6);
        put_page(tiny, ZoneId{1}, 6);
        CpuSet found;
        Duration took;
        tiny.thread(2, "looker", look, tiny, std::nullopt, found, took);
        tiny.run();
        CHECK(found == CpuSet{CpuId{1}, CpuId{4}, CpuId{6}});
        Duration expected;
        for (int cpu = 0; cpu < 8; ++cpu) {
            const int reads = cpu == 1 || cpu == 6 ? 1 : 2;
            expected += tiny.machine.interconnect.transfer(CpuId{cpu}, CpuId{2}) * reads;
        }
        CHECK(took == expected);
        CHECK(tiny.kernel.drains.statistics().cpus_visited == 3);
        CHECK(tiny.kernel.drains.statistics().cpus_skipped == 5);
    }
    TEST_CASE("for one zone each CPU has one count to read") {
        TinyKernel tiny;
        put_page(tiny, ZoneId{0}, 1);
        put_page(tiny, ZoneId{1}, 4);
        CpuSet found;
        Duration took;
        tiny.thread(2, "looker", look, tiny, ZoneId{1}, found, took);
        tiny.run();
        CHECK(found == CpuSet{CpuId{4}});
        Duration expected;
        for (int cpu = 0; cpu < 8; ++cpu)
            expected += tiny.machine.interconnect.transfer(CpuId{cpu}, CpuId{2});
        CHECK(took == expected);
    }
    TEST_CASE("disabled lists have high 0 and batch 1 on every CPU until they are enabled") {
        TinyKernel tiny;
        SlowDrainer drainer{tiny, 10_us};
        const auto disable = [](Context& self, TinyKernel& t, ZoneId id) -> Task<> {
            const Zone& zone = t.kernel.memory.zone(id);
            const PcpTuning before = zone.pcplist(CpuId{5}).tuning();
            {
                const auto disabled = co_await t.kernel.drains.disable_lists(self, id);
                for (const CpuId cpu : t.machine.topology.possible()) {
                    CHECK(zone.pcplist(cpu).tuning().batch == 1_pages);
                    CHECK(zone.pcplist(cpu).tuning().high == 0_pages);
                }
                t.say(self.name() + " has disabled");
                co_await self.run(100_us);
                co_await t.kernel.drains.enable_lists(self, id);
            }
            CHECK(zone.pcplist(CpuId{5}).tuning().batch == before.batch);
            CHECK(zone.pcplist(CpuId{5}).tuning().high == before.high);
        };
        tiny.thread(1, "first", disable, tiny, ZoneId{0});
        tiny.thread(2, "second", disable, tiny, ZoneId{1});
        tiny.run();
        CHECK(tiny.kernel.drains.statistics().executed == 2);
        REQUIRE(tiny.log.size() == 2);
        Duration lines;  // one from each CPU, to be written
        for (const CpuId cpu : tiny.machine.topology.possible())
            lines += tiny.machine.interconnect.transfer(cpu, CpuId{1});
        CHECK(tiny.log.front() ==
              TinyKernel::said(start_cost(tiny.costs) + lines + 10_us, "first has disabled"));
        CHECK(tiny.kernel.memory.zone(ZoneId{1}).pcplist(CpuId{0}).tuning().batch > 1_pages);
    }
    TEST_CASE("a drain covers the zone asked for, or every zone") {
        TinyKernel tiny;
        const auto covered = [&](std::optional<ZoneId> zone) {
            const std::span<const ZoneId> zones = tiny.kernel.drains.zones(zone);
            return std::vector(zones.begin(), zones.end());
        };
        CHECK(covered(ZoneId{1}) == std::vector{ZoneId{1}});
        CHECK(covered(std::nullopt) == std::vector{ZoneId{0}, ZoneId{1}});
    }
}
