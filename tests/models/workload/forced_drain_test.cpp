// Goal: drains come when they are due, and what is reported of them is what happened.
// Method: few drains on the tiny machine, against the drain statistics and the clock.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

constexpr const char* workqueue = R"({"model": "workqueue"})";
constexpr const char* rcu_swap = R"({"model": "rcu-swap"})";
constexpr const char* remote_spinlock = R"({"model": "remote-spinlock"})";

std::string forced_drain(const std::string& params) {
    return R"({"model": "forced-drain", "params": {)" + params + "}}";
}

/// One run of forced-drain to its end, called from CPU 0.
struct ForcedRun : TinyRun {
    ForcedRun(const std::string& strategy_entry, const std::string& params)
        : TinyRun{strategy_entry}, workload{choose<Workload>(forced_drain(params)).make(kernel)} {
        workload->start({machine.topology.online()});
    }
    ForcedRun& finish() {
        kernel.engine.run();
        return *this;
    }
    [[nodiscard]] std::int64_t measured(const std::string& metric) const {
        return value_of(*workload, "forced-drain/" + metric);
    }
    [[nodiscard]] Duration latency(const std::string& which) const {
        return Duration{measured("latency-" + which)};
    }
    [[nodiscard]] Duration duration() const { return kernel.engine.now().since_start(); }
    std::unique_ptr<Workload> workload;
};

}  // namespace

TEST_SUITE("models/workload/forced_drain") {
    TEST_CASE("a closed loop pauses after each return") {
        ForcedRun run{rcu_swap, R"("drains": 4, "period": "3ms")"};
        run.finish();
        Duration draining;
        for (const Duration latency : run.kernel.drains.statistics().latencies) draining += latency;
        CHECK(run.kernel.drains.statistics().latencies.size() == 4);
        const Duration rest = run.duration() - draining - 4 * 3_ms;
        CHECK(rest > Duration{});
        CHECK(rest < 30_us);  // starting and waking up
    }

    TEST_CASE("giving up is never better") {
        const auto run = ForcedRun{remote_spinlock, ""};
        for (const Measurement& metric : run.workload->measure()) {
            if (metric.name.ends_with("/executed")) CHECK(metric.direction == Direction::higher);
            if (metric.name.ends_with("/given-up")) CHECK(metric.direction == Direction::lower);
        }
    }

    TEST_CASE("an open loop calls at fixed times") {
        ForcedRun run{remote_spinlock, R"("drains": 5, "period": "3ms", "loop": "open")"};
        run.finish();
        CHECK(run.duration() > 15_ms);
        CHECK(run.duration() < 15_ms + 20_us);
    }

    TEST_CASE("an open loop that finds itself still draining calls late, and drops no call") {
        ForcedRun run{rcu_swap, R"("drains": 5, "period": "1ms", "loop": "open")"};
        run.finish();
        Duration draining;
        for (const Duration latency : run.kernel.drains.statistics().latencies) draining += latency;
        CHECK(run.measured("executed") == 5);
        CHECK(draining > 5 * 4_ms);  // a grace period each
        CHECK(run.duration() > draining + 1_ms);
        CHECK(run.duration() < draining + 1_ms + 20_us);
    }

    TEST_CASE("filling puts the CPUs' own lists just below high, and takes no other pages") {
        ForcedRun run{workqueue, R"("fill": "high")"};
        for (const CpuId cpu : run.machine.topology.possible()) {
            const std::uint32_t own = run.machine.topology.node_of(cpu).number();
            CHECK(run.listed(cpu, ZoneId{own}) == 1999_pages);
            CHECK(run.listed(cpu, ZoneId{1 - own}) == Pages{});
        }
        run.check_every_page();
        run.finish();
        CHECK(run.measured("pages") == 8 * 1999);
        CHECK(run.measured("cpus-visited") == 8);
        run.check_every_page();
    }

    TEST_CASE("without filling there is nothing to drain") {
        ForcedRun run{workqueue, R"("drains": 3)"};
        run.finish();
        CHECK(run.measured("requested") == 3);
        CHECK(run.measured("executed") == 3);
        CHECK(run.measured("pages") == 0);
        CHECK(run.measured("cpus-visited") == 0);
        CHECK(run.measured("work-items") == 0);
        CHECK(run.measured("cpus-disturbed") == 0);
    }

    TEST_CASE("interrupts are counted, and drains that sent them to over half of the CPUs") {
        ForcedRun all{R"({"model": "ipi-all"})", R"("drains": 3, "fill": "high")"};
        all.finish();
        CHECK(all.measured("ipis") == 3 * 7);
        CHECK(all.measured("global-ipis") == 3);
        ForcedRun masked{R"({"model": "ipi-mask"})", R"("drains": 3, "fill": "high")"};
        masked.finish();
        CHECK(masked.measured("ipis") == 7);  // only the first drain finds pages
        CHECK(masked.measured("global-ipis") == 1);
    }

    TEST_CASE("of four latencies the p50 is the second and the p99 the third, as mmtests counts") {
        ForcedRun run{remote_spinlock, R"("drains": 4, "period": "1ms", "fill": "high")"};
        const auto refill = [](Context& self, TinyRun& world) -> Task<> {
            // Full lists at first, then 300, 200 and 100 pages, each between two drains.
            const DrainStatistics& drains = world.kernel.drains.statistics();
            for (std::size_t drained = 0; drained < 4; co_await self.sleep(10_us)) {
                if (drains.latencies.size() == drained) continue;
                drained = drains.latencies.size();
                const Pages pages = 100_pages * (4 - static_cast<std::int64_t>(drained));
                world.list(CpuId{6u}, ZoneId{0u}, pages);
            }
        };
        run.thread(CpuId{7u}, refill, static_cast<TinyRun&>(run));
        run.finish();
        const std::vector<Duration>& in_order = run.kernel.drains.statistics().latencies;
        REQUIRE(in_order.size() == 4);
        for (std::size_t i = 1; i < 4; ++i) CHECK(in_order[i] < in_order[i - 1]);
        CHECK(run.latency("p50") == in_order[2]);
        CHECK(run.latency("p99") == in_order[1]);
        CHECK(run.latency("max") == in_order[0]);
        CHECK(run.latency("mean") == (in_order[0] + in_order[1] + in_order[2] + in_order[3]) / 4);
    }

    TEST_CASE("of a hundred latencies the p99 is the last but one") {
        ForcedRun run{remote_spinlock, R"("drains": 100, "period": "1ms", "fill": "high")"};
        run.finish();
        CHECK(run.latency("max") > 1_ms);   // the first one, with full lists
        CHECK(run.latency("p99") < 10_us);  // all others find nothing
        CHECK(run.latency("p50") <= run.latency("p99"));
    }

    TEST_CASE("a call that finds another drain running is counted, but has no latency") {
        ForcedRun run{rcu_swap, R"("drains": 2, "period": "1ms")"};
        const auto other = choose<Workload>(forced_drain(R"("period": "1.5ms")")).make(run.kernel);
        other->start({CpuSet{CpuId{5u}}, true});
        run.finish();
        CHECK(run.measured("requested") == 3);
        CHECK(run.measured("executed") == 2);
        CHECK(run.measured("given-up") == 1);
        CHECK(run.kernel.drains.statistics().latencies.size() == 2);
    }

    TEST_CASE("in an open loop several callers give up where one would be late") {
        const char* const every_ms = R"("drains": 30, "period": "1ms", "loop": "open")";
        ForcedRun one{rcu_swap, every_ms};
        one.finish();
        CHECK(one.measured("given-up") == 0);
        CHECK(one.duration() > 100_ms);  // each waits for a grace period
        ForcedRun many{rcu_swap, every_ms + std::string{R"(, "callers": 8)"}};
        many.finish();
        CHECK(many.measured("requested") == 30);
        CHECK(many.measured("executed") + many.measured("given-up") == 30);
        CHECK(many.measured("given-up") > 20);
        CHECK(many.duration() < 50_ms);
    }

    TEST_CASE("a caller without a number of drains goes on until it is told to stop") {
        ForcedRun run{workqueue, R"("drains": 0, "period": "1ms", "loop": "open")"};
        CHECK(run.workload->endless());
        const auto stop = [](Context& self, Workload& workload) -> Task<> {
            co_await self.sleep(5500_us);
            workload.stop();
            co_await self.sleep(5_ms);
        };
        run.thread(CpuId{7u}, stop, *run.workload);
        run.finish();
        CHECK(run.measured("requested") == 5);
    }

    TEST_CASE("pages off the lists but not free are held hostage, the others left on them") {
        ForcedRun run{rcu_swap, R"("drains": 2, "period": "1ms")"};
        run.list(CpuId{3u}, ZoneId{0u}, 70_pages);
        const auto free_more = [](Context& self, TinyRun& world) -> Task<> {
            co_await self.sleep(3_ms);  // in the grace period
            world.list(CpuId{3u}, ZoneId{0u}, 40_pages);
        };
        run.thread(CpuId{7u}, free_more, static_cast<TinyRun&>(run));
        run.finish();
        CHECK(run.measured("pages-hostage") == 70);
        CHECK(Duration{run.measured("hostage-longest")} > 3_ms);
        CHECK(run.measured("pages-left") == 40 / 2);  // at the end of the first of two calls
        ForcedRun locked{remote_spinlock, R"("drains": 1, "fill": "high")"};
        locked.finish();
        CHECK(locked.measured("pages-hostage") == 0);
        CHECK(locked.measured("pages-left") == 0);
    }

    TEST_CASE("predictability is the p99 in percent of the p50") {
        ForcedRun run{remote_spinlock, R"("drains": 100, "period": "1ms", "fill": "high")"};
        run.finish();
        CHECK(run.measured("latency-p99-of-p50") ==
              run.latency("p99").count() * 100 / run.latency("p50").count());
    }

    TEST_CASE("disturbed are the CPUs interrupted or switched, but not the caller's") {
        const auto disturbed_by = [](const char* strategy) {
            return ForcedRun{strategy, R"("fill": "high")"}.finish().measured("cpus-disturbed");
        };
        CHECK(disturbed_by(workqueue) == 7);
        CHECK(disturbed_by(rcu_swap) == 1);
        CHECK(disturbed_by(remote_spinlock) == 0);
    }

    TEST_CASE("parameters out of range are refused with the range") {
        const auto read = [](const Node& node, Errors& errors) {
            static_cast<void>(read_choice<Workload>(node, errors));
        };
        CHECK(complaints(forced_drain(R"("drains": -1)"), read) ==
              "t.json:1:48: /params/drains: expected a whole number in 0..1000000000, got -1");
        CHECK(complaints(forced_drain(R"("period": "0ns")"), read) ==
              "t.json:1:48: /params/period: expected a duration in 1ns..1000s, got \"0ns\"");
        CHECK(
            complaints(forced_drain(R"("loop": "opened")"), read) ==
            "t.json:1:46: /params/loop: expected one of closed, open, got \"opened\" (did you mean "
            "\"open\"?)");
        CHECK(complaints(forced_drain(R"("fill": true)"), read) ==
              "t.json:1:46: /params/fill: expected one of none, high, got true");
    }
}
