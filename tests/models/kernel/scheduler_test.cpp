// Goal: who runs, from when on, and what that costs. Method: a few threads on a tiny machine, and
// instants derived from its costs.
#include "models/kernel/scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "sim/completion.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

/// Says so when it gets the CPU after somebody has completed what it waits for.
Task<> sleeper(Context& self, TinyKernel& tiny, Completion& completion) {
    co_await completion.wait(self);
    tiny.say(self.name());
}
Task<> waker(Context& self, Duration work, Completion& completion) {
    co_await self.run(work);
    completion.complete();
}
Task<> work_in_kernel(Context& self, TinyKernel& tiny, Duration work) {
    co_await self.run(work);
    tiny.say(self.name());
}
Task<> work_in_user(Context& self, TinyKernel& tiny, Duration work) {
    const Phase user{work, Activity::user, false, true};
    co_await self.run(Operation{&user, 1});
    tiny.say(self.name());
}
Task<> kernel_then_user(Context& self, Duration in_kernel, Duration in_user) {
    co_await self.run(in_kernel);
    const Phase user{in_user, Activity::user, false, true};
    co_await self.run(Operation{&user, 1});
}
/// Starts another thread on `cpu` after a while.
Task<> start_later(Context& self, TinyKernel& tiny, Duration when, int cpu, Duration work) {
    co_await self.sleep(when);
    tiny.thread(cpu, "late", work_in_user, tiny, work);
}
Thread& fifo(TinyKernel& tiny, int cpu, const std::string& name, int priority) {
    Thread& thread = tiny.create(cpu, name, Context::Role::foreground);
    thread.policy = SchedPolicy::fifo;
    thread.rt_priority = priority;
    return thread;
}

/// So many fair threads on one CPU: each turn ends with the tick after `slice`.
void check_turns(const Machine& machine, std::size_t count, Duration slice) {
    TinyKernel tiny{machine};
    std::vector<const Thread*> threads;
    for (std::size_t i = 0; i < count; ++i)
        threads.push_back(&tiny.thread(1, std::to_string(i), work_in_user, tiny, 1_s));
    std::vector<Duration> had(count);
    Time begins;
    for (int turn = 1; turn <= 24; ++turn) {
        const Time ends{slice * turn + tiny.costs.tick};
        const auto next = std::min_element(had.begin(), had.end());
        const Thread* const expected = threads[static_cast<std::size_t>(next - had.begin())];
        tiny.run(begins + 1_ps);
        CHECK(tiny.cpu(1).thread() == expected);
        tiny.run(ends - 1_ps);
        CHECK(tiny.cpu(1).thread() == expected);
        *next += ends - begins;
        begins = ends;
    }
}

/// Two threads per core: CPUs 0 to 7 are the first ones, 8 to 15 their siblings.
Machine smt_machine(std::uint32_t threads_per_core) {
    RegularShape shape = tiny_shape;
    shape.threads_per_core = threads_per_core;
    return tiny_machine(shape);
}

}  // namespace

TEST_SUITE("models/kernel/scheduler") {
    TEST_CASE("a wake-up on an idle remote CPU costs IPI, interrupt, leaving idle and a switch") {
        TinyKernel tiny;
        Completion completion{"signal"};
        tiny.thread(1, "sleeper", sleeper, tiny, completion);
        tiny.thread(2, "waker", waker, 10_us, completion);
        tiny.run();
        const Duration woken = start_cost(tiny.costs) + 10_us;
        CHECK(tiny.log == Log{TinyKernel::said(woken + tiny.costs.ipi_deliver +
                                                   tiny.costs.interrupt + start_cost(tiny.costs),
                                               "sleeper")});
        CHECK(tiny.kernel.scheduler.resched_ipis(CpuId{1}) == 1);
    }
    TEST_CASE("who wakes another CPU pays for the IPI at once, even if it has nothing else to do") {
        TinyKernel tiny;
        Completion completion{"signal"};
        tiny.thread(1, "sleeper", sleeper, tiny, completion);
        tiny.thread(2, "waker", waker, 10_us, completion);
        tiny.run();
        CHECK(spent(tiny.cpu(2).ledger(), Activity::kernel) ==
              start_cost(tiny.costs) + 10_us + tiny.costs.ipi_send);
    }
    TEST_CASE("two wake-ups while an IPI is on its way share it") {
        TinyKernel tiny;
        Completion completion{"signal"};
        tiny.thread(1, "first", sleeper, tiny, completion);
        tiny.thread(1, "second", sleeper, tiny, completion);
        tiny.thread(2, "waker", waker, 10_us, completion);
        tiny.run();
        CHECK(tiny.log.size() == 2);
        CHECK(tiny.kernel.scheduler.resched_ipis(CpuId{1}) == 1);
    }
    TEST_CASE("a CPU whose sibling wakes up does not look at its queue before the IPI comes") {
        TinyKernel tiny{smt_machine(2)};
        Completion completion{"signal"};
        tiny.thread(1, "sleeper", sleeper, tiny, completion);
        tiny.thread(2, "waker", waker, 10_us, completion);
        // CPU 9 is the sibling of CPU 1 and leaves idle while the IPI is on its way.
        const Duration sent = start_cost(tiny.costs) + 10_us;
        const auto sleep = [](Context& self, Duration d) -> Task<> { co_await self.sleep(d); };
        const Ratio slowdown{tiny.costs.smt_slowdown_permille, 1000};
        const Duration sibling_sleeps = scale_up(start_cost(tiny.costs), slowdown);
        tiny.thread(9, "sibling", sleep, sent + tiny.costs.ipi_deliver / 2 - sibling_sleeps);
        tiny.run(Time{sent + tiny.costs.ipi_deliver - 1_ps});
        CHECK_FALSE(tiny.cpu(9).idle());
        CHECK(tiny.cpu(1).idle());
    }
    TEST_CASE("a thread that left its CPU idle pays for a switch when it comes back") {
        TinyKernel tiny;
        const auto nap = [](Context& self, TinyKernel& t) -> Task<> {
            co_await self.sleep(100_us);
            t.say(self.name());
        };
        tiny.thread(1, "napper", nap, tiny);
        tiny.run();
        const Duration awake = start_cost(tiny.costs) + 100_us + start_cost(tiny.costs);
        CHECK(tiny.log == Log{TinyKernel::said(awake, "napper")});
    }
    TEST_CASE("a woken thread preempts in user mode, and in the kernel if that is preemptible") {
        Machine machine = tiny_machine();
        const auto runs_at = [&](Preemption preemption) {
            machine.kernel.preemption = preemption;
            TinyKernel tiny{machine};
            Completion completion{"signal"};
            tiny.thread(1, "sleeper", sleeper, tiny, completion);
            tiny.thread(1, "current", kernel_then_user, 5_ms, 5_ms);
            tiny.thread(2, "waker", waker, 4500_us, completion);
            tiny.run();
            return tiny.log;
        };
        const CostTable costs = tiny_costs();
        // Each CPU has one tick at 4 ms; the sleeper was first on its CPU, to begin to wait.
        const Duration started = start_cost(costs) + costs.context_switch;
        const Duration user_mode = started + 5_ms + costs.tick + costs.interrupt;
        const Duration interrupted = start_cost(costs) + 4500_us + costs.tick + costs.ipi_deliver;
        const Log late{TinyKernel::said(user_mode + costs.context_switch, "sleeper")};
        const Log soon{
            TinyKernel::said(interrupted + costs.interrupt + costs.context_switch, "sleeper")};
        CHECK(runs_at(Preemption::none) == late);
        CHECK(runs_at(Preemption::voluntary) == late);
        CHECK(runs_at(Preemption::full) == soon);
        CHECK(runs_at(Preemption::rt) == soon);
    }
    TEST_CASE("a woken thread does not preempt one that is less than a granularity ahead of it") {
        TinyKernel tiny;
        Completion completion{"signal"};
        tiny.thread(1, "sleeper", sleeper, tiny, completion);
        tiny.thread(1, "current", work_in_user, tiny, 1_ms);
        tiny.thread(2, "waker", waker, 500_us, completion);
        tiny.run();
        CHECK(tiny.log.front().find("current") != std::string::npos);
    }
    TEST_CASE("a kernel thread's first work preempts a task that has just begun, a task does not") {
        for (const Context::Role role : {Context::Role::foreground, Context::Role::daemon}) {
            TinyKernel tiny;
            tiny.thread(1, "current", work_in_user, tiny, 1_ms);
            const auto start = [](Context& self, TinyKernel& t, Context::Role r) -> Task<> {
                co_await self.run(100_us);
                Thread& thread = t.create(1, "new", r);
                thread.start(work_in_user(thread, t, 1_us));
            };
            tiny.thread(2, "starter", start, tiny, role);
            tiny.run();
            const bool new_first = tiny.log.front().find("new") != std::string::npos;
            CHECK(new_first == (role == Context::Role::daemon));
        }
    }
    TEST_CASE(
        "a fair thread waits behind a fixed-priority one of its CPU until that is throttled") {
        TinyKernel tiny;
        Thread& hog = fifo(tiny, 1, "hog", 1);
        hog.start(work_in_user(hog, tiny, 10_s));
        tiny.thread(1, "fair", work_in_kernel, tiny, 1_us);
        tiny.run(Time{950_ms});
        CHECK(tiny.log.empty());
        CHECK(tiny.cpu(1).thread() == &hog);
    }
    TEST_CASE("a higher fixed priority preempts, and the preempted one stays before its equals") {
        TinyKernel tiny;
        Completion completion{"signal"};
        Thread& high = fifo(tiny, 1, "high", 2);
        high.start(sleeper(high, tiny, completion));
        for (const char* name : {"first", "second"}) {
            Thread& low = fifo(tiny, 1, name, 1);
            low.start(work_in_user(low, tiny, 50_us));
        }
        tiny.thread(2, "waker", waker, 20_us, completion);
        tiny.run();
        const CostTable& costs = tiny.costs;
        const Duration high_runs =
            start_cost(costs) + 20_us + costs.ipi_deliver + costs.interrupt + costs.context_switch;
        const Duration first_ends =
            start_cost(costs) + 3 * costs.context_switch + costs.interrupt + 50_us;
        CHECK(tiny.log ==
              Log{TinyKernel::said(high_runs, "high"), TinyKernel::said(first_ends, "first"),
                  TinyKernel::said(first_ends + costs.context_switch + 50_us, "second")});
    }
    TEST_CASE("two fair threads take turns of half the latency, who has had least comes next") {
        REQUIRE(CfsTunables{}.latency / 2 == 3 * tiny_machine().jiffy());
        check_turns(tiny_machine(), 2, CfsTunables{}.latency / 2);
    }
    TEST_CASE("among many fair threads a turn lasts the minimal granularity") {
        Machine machine = tiny_machine();
        machine.kernel.hz = 1000;
        REQUIRE(CfsTunables{}.latency / 10 < CfsTunables{}.min_granularity);
        check_turns(machine, 10, CfsTunables{}.min_granularity);
    }
    TEST_CASE("time of fixed-priority threads is not held against fair ones") {
        TinyKernel tiny;
        Thread& hog = fifo(tiny, 1, "hog", 1);
        hog.start(work_in_user(hog, tiny, 100_ms));
        tiny.thread(1, "waiting", work_in_user, tiny, 1_s);
        tiny.thread(2, "starter", start_later, tiny, 110_ms, 1, 1_ms);
        tiny.run(Time{110_ms + CfsTunables{}.latency});
        REQUIRE(tiny.log.size() == 2);
        CHECK(tiny.log.back().find("late") != std::string::npos);
    }
    TEST_CASE(
        "fixed-priority threads have 950 ms of each second, whatever waits, then the others") {
        TinyKernel tiny;
        Thread& hog = fifo(tiny, 1, "hog", 1);
        hog.start(work_in_user(hog, tiny, 2_s));
        tiny.thread(1, "fair", work_in_user, tiny, 40_ms);
        tiny.run();
        // What is used up shows at the next tick; what was too much is missing in the next second.
        REQUIRE(tiny_machine().jiffy() == 4_ms);
        const Duration throttled = 952_ms + tiny.costs.tick;
        REQUIRE(tiny.log.size() == 2);
        const Duration ticks = tiny.costs.tick * 10;  // in 40 ms
        CHECK(tiny.log[0] ==
              TinyKernel::said(throttled + tiny.costs.context_switch + 40_ms + ticks, "fair"));
        const Time end = tiny.now();
        CHECK(end > Time{2_s + 2 * (1_s - throttled)});
        // A jiffy until it shows again, and 500 ticks.
        CHECK(end < Time{2_s + 2 * (1_s - throttled) + 4_ms + 500 * tiny.costs.tick + 1_ms});
    }
    TEST_CASE("virtual time is of one CPU: who moves to another is not behind its threads") {
        TinyKernel tiny;
        const auto move = [](Context& self, TinyKernel& t) -> Task<> {
            const Phase user{200_ms, Activity::user, false, true};
            co_await self.run(Operation{&user, 1});
            co_await self.sleep(10_ms);
            t.say("on " + to_string(self.processor().id()));
            const Phase rest{20_ms, Activity::user, false, true};
            co_await self.run(Operation{&rest, 1});
            t.say("moved");
        };
        Thread& mover = tiny.kernel.scheduler.create("mover", CpuId{2}, Context::Role::foreground);
        mover.start(move(mover, tiny));
        tiny.thread(0, "starter", start_later, tiny, 205_ms, 2, 1_s);  // takes its CPU meanwhile
        tiny.thread(1, "starter", start_later, tiny, 212_ms, 3, 1_s);  // shares its new CPU
        // 20 ms of two threads that take turns are over within 20 + 20 ms and a turn.
        tiny.run(Time{212_ms + 40_ms + CfsTunables{}.latency / 2});
        REQUIRE(tiny.log.size() == 2);
        CHECK(tiny.log.front().find("on cpu3") != std::string::npos);
        CHECK(tiny.log.back().find("moved") != std::string::npos);
    }
    TEST_CASE("a bound thread stays, another goes to an idle CPU behind the same cache") {
        TinyKernel tiny;
        const auto where = [](Context& self, TinyKernel& t) -> Task<> {
            co_await self.run(1_us);
            t.say(self.name() + " on " + to_string(self.processor().id()));
        };
        tiny.thread(2, "busy", work_in_kernel, tiny, 100_us);
        tiny.thread(2, "bound", where, tiny);
        Thread& free = tiny.kernel.scheduler.create("free", CpuId{2}, Context::Role::foreground);
        free.start(where(free, tiny));
        tiny.run();
        const Duration busy_ends = start_cost(tiny.costs) + 100_us;
        CHECK(tiny.log ==
              Log{TinyKernel::said(start_cost(tiny.costs) + 1_us, "free on cpu3"),
                  TinyKernel::said(busy_ends, "busy"),
                  TinyKernel::said(busy_ends + tiny.costs.context_switch + 1_us, "bound on cpu2")});
    }
    TEST_CASE(
        "a busy sibling slows a thread by smt_slowdown, and no longer when it is idle again") {
        TinyKernel tiny{smt_machine(2)};
        tiny.thread(1, "long", work_in_kernel, tiny, 30_us);
        tiny.thread(9, "short", work_in_kernel, tiny, 10_us);
        tiny.run();
        // Both begin at once, so the short one is slowed throughout, the long one until then.
        const Ratio slowdown{tiny.costs.smt_slowdown_permille, 1000};
        const Duration alone = start_cost(tiny.costs) + 10_us;
        const Duration together = scale_up(alone, slowdown);
        CHECK(tiny.log ==
              Log{TinyKernel::said(together, "short"), TinyKernel::said(together + 20_us, "long")});
    }
    TEST_CASE("of three siblings one that ends does not give its rate to the last but one") {
        TinyKernel tiny{smt_machine(3)};
        tiny.thread(1, "a", work_in_kernel, tiny, 30_us);
        tiny.thread(9, "b", work_in_kernel, tiny, 30_us);
        tiny.thread(17, "c", work_in_kernel, tiny, 10_us);
        tiny.run();
        const Ratio slowdown{tiny.costs.smt_slowdown_permille, 1000};
        const Duration end = scale_up(start_cost(tiny.costs) + 30_us, slowdown);
        CHECK(tiny.log.back() == TinyKernel::said(end, "b"));
    }
    TEST_CASE("every processor's ledger adds up to the clock") {
        TinyKernel tiny{smt_machine(2)};
        Completion completion{"signal"};
        for (int cpu = 0; cpu < 16; ++cpu) {
            tiny.thread(cpu, "user", work_in_user, tiny, 3_ms + 7_us * cpu);
            tiny.thread(cpu, "kernel", work_in_kernel, tiny, 1_ms + 1_us * cpu);
            tiny.thread(cpu, "sleeper", sleeper, tiny, completion);
        }
        tiny.thread(5, "waker", waker, 2_ms, completion);
        for (int i = 1; i <= 100; ++i) {
            tiny.run(Time{97_us * i});
            for (int cpu = 0; cpu < 16; ++cpu)
                REQUIRE(total(tiny.cpu(cpu).ledger()) == tiny.now().since_start());
        }
        CHECK(tiny.log.size() == 48);
    }
}
