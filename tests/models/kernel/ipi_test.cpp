// Goal: what a call on other CPUs costs whom, and that its caller waits for the last of them.
// Method: functions of known length on the tiny machine, so that each time is a sum of its costs.
#include "models/kernel/ipi.hpp"

#include <doctest/doctest.h>

#include "models/kernel/masks.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

/// Takes its time, and writes down where it ran.
class TimedFunction final : public CpuFunction {
public:
    TimedFunction(TinyKernel& tiny, Duration duration) : tiny_{tiny}, duration_{duration} {}
    Task<> execute(Context& self) override {
        co_await self.run(duration_);
        tiny_.say(to_string(self.cpu()));
        ran.push_back(self.cpu());
    }
    std::vector<CpuId> ran;

private:
    TinyKernel& tiny_;
    Duration duration_;
};

struct Called {
    Duration took;
    std::uint64_t sent = 0;
};
Task<> call(Context& self, TinyKernel& tiny, CpuSet cpus, CpuFunction& function, Duration when,
            Called& called) {
    co_await self.run(when);
    const Time before = tiny.now();
    called.sent = co_await tiny.kernel.ipis.on_each_cpu_mask(self, cpus, function);
    called.took = tiny.now() - before;
}
Task<> in_user_mode(Context& self, Duration work) {
    const Phase user{work, Activity::user, false, true};
    co_await self.run(Operation{&user, 1});
}
Task<> interrupts_off(Context& self, Duration work) {
    {
        const InterruptsOff irqs{self};
        co_await self.run(work);
    }
    co_await self.run(1_us);
}

Duration line(const TinyKernel& tiny, int from, int to) {
    return tiny.machine.interconnect.transfer(CpuId{from}, CpuId{to});
}
/// What the handler takes until the function begins, on a CPU that is not idle.
Duration entry(const TinyKernel& tiny, int caller, int cpu) {
    return tiny.costs.interrupt + line(tiny, caller, cpu);
}

}  // namespace

TEST_SUITE("models/kernel/ipi") {
    TEST_CASE("a call of one CPU takes its send, its delivery, the function and the flag's line") {
        TinyKernel tiny;
        TimedFunction function{tiny, 3_us};
        Called called;
        tiny.thread(0, "caller", call, tiny, CpuSet{CpuId{5}}, function, 1_us, called);
        tiny.run();
        const CostTable& costs = tiny.costs;
        CHECK(called.took == line(tiny, 5, 0) + costs.atomic + costs.ipi_deliver + costs.idle_exit +
                                 entry(tiny, 0, 5) + 3_us + line(tiny, 5, 0));
        CHECK(called.sent == 1);
        CHECK(function.ran == std::vector{CpuId{5}});
        CHECK(spent(tiny.cpu(5).ledger(), Activity::hardirq) ==
              costs.idle_exit + entry(tiny, 0, 5) + 3_us);
        CHECK(tiny.cpu(5).switches() == 0);
    }
    TEST_CASE("what a CPU was doing is delayed by the handler, and by nothing else") {
        TinyKernel tiny;
        TimedFunction function{tiny, 3_us};
        Called called;
        tiny.thread(0, "caller", call, tiny, CpuSet{CpuId{5}}, function, 10_us, called);
        const Thread& user = tiny.thread(5, "user", in_user_mode, 100_us);
        tiny.run();
        CHECK(tiny.now() == Time{start_cost(tiny.costs) + 100_us + entry(tiny, 0, 5) + 3_us});
        CHECK(spent(user.spent(), Activity::user) == 100_us);
    }
    TEST_CASE("a broadcast queues at every CPU, then sends to one after the other") {
        TinyKernel tiny;
        TimedFunction function{tiny, 3_us};
        Called called;
        tiny.thread(2, "caller", call, tiny, tiny.machine.topology.online(), function, 1_us,
                    called);
        tiny.run();
        const CostTable& costs = tiny.costs;
        Duration expected = 7 * costs.atomic + 6 * costs.ipi_send;
        for (int cpu = 0; cpu < 8; ++cpu) expected += line(tiny, cpu, 2);
        expected += costs.ipi_deliver + costs.idle_exit + entry(tiny, 2, 7) + 3_us;
        expected += line(tiny, 7, 2) + 3_us;  // the caller's own turn comes last
        CHECK(called.took == expected);
        CHECK(called.sent == 7);
        CHECK(function.ran.size() == 8);
        CHECK(function.ran.back() == CpuId{2});
        for (int cpu = 0; cpu < 8; ++cpu)
            CHECK(tiny.kernel.ipis.sent_to(CpuId{cpu}) == (cpu == 2 ? 0 : 1));
    }
    TEST_CASE("one write interrupts the CPUs of a cluster, or all but the caller's own") {
        struct Case {
            IpiReach reach;
            CpuSet cpus;
            std::int64_t writes;  ///< by CPU 2 of 8, of which each socket has four
        };
        const CpuSet all = CpuSet::range(CpuId{0}, CpuId{7});
        const CpuSet some{CpuId{0}, CpuId{1}, CpuId{5}, CpuId{7}};
        for (const Case& a :
             {Case{{1, false}, all, 7}, Case{{2, false}, all, 4}, Case{{16, false}, all, 2},
              Case{{16, true}, all, 1}, Case{{1, true}, all, 1}, Case{{1, true}, some, 4},
              Case{{2, true}, some, 3}, Case{{16, true}, some, 2}}) {
            CAPTURE(a.reach.cluster);
            CAPTURE(a.writes);
            Machine machine = tiny_machine();
            machine.ipi_reach = a.reach;
            TinyKernel tiny{std::move(machine)};
            TimedFunction function{tiny, 3_us};
            Called called;
            const CpuSet others = a.cpus - CpuSet{CpuId{2}};
            tiny.thread(2, "caller", call, tiny, others, function, 1_us, called);
            tiny.run();
            const CostTable& costs = tiny.costs;
            Duration expected = costs.ipi_send * (a.writes - 1) + costs.ipi_deliver +
                                costs.idle_exit + entry(tiny, 2, 7) + 3_us + line(tiny, 7, 2);
            for (const CpuId cpu : others)
                expected += costs.atomic + tiny.machine.interconnect.transfer(cpu, CpuId{2});
            CHECK(called.took == expected);
            CHECK(called.sent == others.size());
            for (const CpuId cpu : others) CHECK(tiny.kernel.ipis.sent_to(cpu) == 1);
        }
    }
    TEST_CASE("a CPU with interrupts off answers when it lets them in, and its caller spins") {
        TinyKernel tiny;
        TimedFunction function{tiny, 3_us};
        Called called;
        const Thread& caller = tiny.thread(1, "caller", call, tiny, CpuSet{CpuId{2}, CpuId{5}},
                                           function, 10_us, called);
        tiny.thread(5, "busy", interrupts_off, 500_us);
        tiny.run();
        const CostTable& costs = tiny.costs;
        const Duration answered = 500_us - 10_us + entry(tiny, 1, 5) + 3_us + line(tiny, 5, 1);
        CHECK(called.took == answered);
        const Duration sending =
            line(tiny, 2, 1) + line(tiny, 5, 1) + 2 * (costs.atomic + costs.ipi_send);
        CHECK(spent(caller.spent(), Activity::spin) == answered - sending);
    }
    TEST_CASE("calls that find a queue filled share its interrupt") {
        TinyKernel tiny;
        TimedFunction first{tiny, 3_us}, second{tiny, 4_us};
        Called by_first, by_second;
        const CpuSet target{CpuId{5}};
        tiny.thread(1, "first", call, tiny, target, first, 10_us, by_first);
        tiny.thread(3, "second", call, tiny, target, second, 20_us, by_second);
        tiny.thread(5, "busy", interrupts_off, 500_us);
        tiny.run();
        CHECK(by_first.sent == 1);
        CHECK(by_second.sent == 0);
        CHECK(tiny.cpu(5).interrupts(Level::hardirq) == 1);
        // The queue's line comes from who touched it last; each caller goes on after its own call.
        CHECK(by_first.took == 490_us + entry(tiny, 3, 5) + 3_us + line(tiny, 5, 1));
        CHECK(by_second.took == 480_us + entry(tiny, 3, 5) + 7_us + line(tiny, 5, 3));
    }
    TEST_CASE("a call that comes while the handler works takes an interrupt of its own") {
        TinyKernel tiny;
        TimedFunction first{tiny, 100_us}, second{tiny, 4_us};
        Called by_first, by_second;
        const CpuSet target{CpuId{5}};
        tiny.thread(0, "first", call, tiny, target, first, 10_us, by_first);
        tiny.thread(3, "second", call, tiny, target, second, 50_us, by_second);
        tiny.run();
        CHECK(by_first.sent + by_second.sent == 2);
        CHECK(tiny.cpu(5).interrupts(Level::hardirq) == 2);
        CHECK(first.ran == second.ran);
    }
    TEST_CASE("callers that wait for each other answer each other") {
        TinyKernel tiny;
        TimedFunction function{tiny, 3_us};
        std::vector<Called> called(8);
        for (int cpu = 0; cpu < 8; ++cpu)
            tiny.thread(cpu, "caller", call, tiny, tiny.machine.topology.online(), function, 1_us,
                        called[static_cast<std::size_t>(cpu)]);
        tiny.run();
        CHECK(function.ran.size() == 64);
    }
    TEST_CASE("a caller stays on its CPU, and nobody else runs there") {
        TinyKernel tiny;
        TimedFunction function{tiny, 3_us};
        Called called;
        tiny.thread(0, "caller", call, tiny, CpuSet{CpuId{5}}, function, 10_us, called);
        tiny.thread(5, "busy", interrupts_off, 20_ms);
        Thread& urgent = tiny.create(0, "urgent", Context::Role::foreground);
        urgent.policy = SchedPolicy::fifo;
        const auto wake_later = [](Context& self, TinyKernel& world) -> Task<> {
            co_await self.sleep(1_ms);
            world.say("urgent");
        };
        urgent.start(wake_later(urgent, tiny));
        tiny.run();
        REQUIRE(tiny.log.size() == 2);
        CHECK(tiny.log.front().find("cpu5") != std::string::npos);
        CHECK(tiny.log.back().find("urgent") != std::string::npos);
        CHECK(tiny.cpu(0).interrupts(Level::hardirq) > 3);  // but its ticks are taken
    }
    TEST_CASE("calling nobody costs nothing, and calling oneself sends nothing") {
        TinyKernel tiny;
        TimedFunction function{tiny, 3_us};
        Called nobody, oneself;
        tiny.thread(0, "nobody", call, tiny, CpuSet{}, function, 1_us, nobody);
        tiny.thread(1, "oneself", call, tiny, CpuSet{CpuId{1}}, function, 1_us, oneself);
        tiny.run();
        CHECK(nobody.took == Duration{});
        CHECK(oneself.took == 3_us);
        CHECK(oneself.sent == 0);
        CHECK(function.ran == std::vector{CpuId{1}});
    }
    TEST_CASE(
        "who is waited for with interrupts off may not wait for the caller: that is a stall") {
        TinyKernel tiny;
        tiny.kernel.engine.set_stall_after(50_ms);
        SpinLock lock{tiny.kernel.engine, "a lock", tiny.machine.interconnect};
        TimedFunction function{tiny, 3_us};
        const auto call_with_lock = [](Context& self, TinyKernel& world, SpinLock& held_lock,
                                       CpuSet cpus, CpuFunction& called) -> Task<> {
            const auto held = co_await held_lock.acquire(self);
            co_await self.run(10_us);
            co_await world.kernel.ipis.on_each_cpu_mask(self, cpus, called);
        };
        const auto spin_masked = [](Context& self, SpinLock& wanted) -> Task<> {
            co_await self.run(5_us);
            const InterruptsOff irqs{self};
            const auto held = co_await wanted.acquire(self);
        };
        tiny.thread(0, "caller", call_with_lock, tiny, lock, CpuSet{CpuId{5}}, function);
        tiny.thread(5, "masked", spin_masked, lock);
        CHECK_THROWS_AS(tiny.run(), Stall);
        tiny.kernel.engine.shut_down();
    }
}
