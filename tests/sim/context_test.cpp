// Goal: the life of a context: what it may await, where it is, how it ends early.
// Method: one process and a disturbance at a known time.
#include "sim/context.hpp"

#include <doctest/doctest.h>

#include "sim/check.hpp"
#include "tests/support/small_world.hpp"

using namespace pcpsim;

namespace {
Task<> run_for_no_time(Context& self) { co_await self.run(Duration{}); }
Task<> wake_twice(Context& self, Context& sleeper) {
    co_await self.run(4_ns);
    sleeper.wake_early();
    sleeper.wake_early();
}
}  // namespace

TEST_SUITE("sim/context") {
    TEST_CASE("a killed process leaves the queues it stood in") {
        SmallWorld world{2};
        Mutex mutex{world.engine, "mutex"};
        const auto hold = [](Context& self, Mutex& lock, Duration work) -> Task<> {
            const auto held = co_await lock.acquire(self);
            co_await self.run(work);
        };
        world.thread(0, "owner", hold, mutex, 10_ns);
        Context& victim = world.thread(1, "victim", hold, mutex, 10_ns);
        Context& heir = world.thread(1, "heir", hold, mutex, 10_ns);
        world.engine.run(Time{5_ns});
        victim.kill();
        world.engine.run();
        CHECK(world.engine.now() == Time{20_ns});
        CHECK(heir.state() == Context::State::finished);
        CHECK(mutex.holder() == nullptr);
    }
    TEST_CASE("work of no time does not wait") {
        SmallWorld world{1};
        world.thread(0, "worker", run_for_no_time);
        world.engine.run();
        CHECK(world.engine.now() == Time{});
    }
    TEST_CASE("a sleep can be ended early") {
        SmallWorld world{2};
        const auto sleep = [](Context& self, SmallWorld& w) -> Task<> {
            co_await self.sleep(10_ns);
            w.say("woke");
        };
        Context& sleeper = world.thread(0, "sleeper", sleep, world);
        world.thread(1, "waker", wake_twice, sleeper);
        world.engine.run();
        CHECK(world.log == Log{"t=4ns woke"});
    }
    TEST_CASE("only a pinned context may ask where it is") {
        SmallWorld world{1};
        const auto body = [](Context& self, bool pin) -> Task<> {
            if (pin) self.preempt_disable();
            const CpuId here = self.cpu();
            CHECK(here == CpuId{0});
            if (pin) self.preempt_enable();
            co_return;
        };
        SUBCASE("pinned") {
            world.thread(0, "worker", body, true);
            world.engine.run();
        }
        SUBCASE("not pinned") {
            world.thread(0, "worker", body, false);
            CHECK_THROWS_WITH_AS(world.engine.run(),
                                 "t=0ps cpu0 worker: cpu() of worker, which is not pinned to a CPU",
                                 BrokenLaw);
        }
    }
}
