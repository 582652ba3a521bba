// Goal: the order of an instant, the life of processes, and stalls that name who waits for what.
// Method: tiny processes that write a log, compared with a literal list.
#include "sim/engine.hpp"

#include <doctest/doctest.h>

#include "sim/check.hpp"
#include "sim/completion.hpp"
#include "tests/support/small_world.hpp"

using namespace pcpsim;

namespace {

Task<> run_and_say(Context& self, SmallWorld& world, Duration work) {
    co_await self.run(work);
    world.say(self.name());
}
Task<int> answer(Context&, int value) { co_return value; }
Task<int> answer_later(Context& self, int value) {
    co_await self.sleep(1_ns);
    co_return value;
}
Task<> await_many(Context& self, int count, long& sum) {
    for (int i = 0; i < count; ++i) sum += co_await answer(self, 1);
    for (int i = 0; i < 3; ++i) sum += co_await answer_later(self, 1);
}
Task<int> nested(Context& self, int depth) {
    if (depth == 0) co_return 0;
    const int below = co_await nested(self, depth - 1);
    co_return below + 1;
}
Task<> nest(Context& self, int depth, int& result) { result = co_await nested(self, depth); }
Task<> throw_after(Context& self, Duration when) {
    co_await self.sleep(when);
    throw std::runtime_error{"thrown in a process"};
}
Task<> catch_child(Context& self, std::string& caught) {
    try {
        co_await throw_after(self, 1_ns);
    } catch (const std::runtime_error& error) {
        caught = error.what();
    }
}
Task<> break_law(Context& self) {
    co_await self.run(5_ns);
    PCPSIM_CHECK(1 + 1 == 3, "arithmetic: 1 + 1 != 3");
}
Task<> take_two(Context& self, SpinLock& first, SpinLock& second) {
    const auto outer = co_await first.acquire(self);
    co_await self.run(10_ns);
    const auto inner = co_await second.acquire(self);
}
Task<> wait_for(Context& self, Completion& completion) { co_await completion.wait(self); }
Task<> tick_forever(Context& self) {
    for (;;) co_await self.sleep(1_ms);
}
Task<> sleep_long(Context& self) { co_await self.sleep(30_s); }

}  // namespace

TEST_SUITE("sim/engine") {
    TEST_CASE("boundaries of one instant come in processor order, whoever was spawned first") {
        SmallWorld world{3};
        for (const int cpu : {2, 0, 1})
            world.thread(cpu, "on" + std::to_string(cpu), run_and_say, world, 5_ns);
        world.engine.run();
        CHECK(world.log == Log{"t=5ns on0", "t=5ns on1", "t=5ns on2"});
    }
    TEST_CASE("a million children that finish at once use no stack and no time") {
        SmallWorld world{1};
        long sum = 0;
        world.thread(0, "parent", await_many, 1'000'000, sum);
        world.engine.run();
        CHECK(sum == 1'000'003);
        CHECK(world.engine.now() == Time{3_ns});
    }
    TEST_CASE("nested children return their values") {
        SmallWorld world{1};
        int result = 0;
        world.thread(0, "parent", nest, 100, result);
        world.engine.run();
        CHECK(result == 100);
    }
    TEST_CASE("an error thrown in a process reaches run()") {
        SmallWorld world{2};
        world.thread(0, "victim", throw_after, 3_ns);
        world.thread(1, "other", sleep_long);
        CHECK_THROWS_WITH_AS(world.engine.run(), "thrown in a process", std::runtime_error);
        CHECK(world.engine.now() == Time{3_ns});
    }
    TEST_CASE("an error in a child reaches its awaiter first") {
        SmallWorld world{1};
        std::string caught;
        world.thread(0, "parent", catch_child, caught);
        world.engine.run();
        CHECK(caught == "thrown in a process");
    }
    TEST_CASE("a broken law names time, CPU and process") {
        SmallWorld world{2};
        world.thread(1, "worker", break_law);
        CHECK_THROWS_WITH_AS(world.engine.run(), "t=5ns cpu1 worker: arithmetic: 1 + 1 != 3",
                             BrokenLaw);
    }
    TEST_CASE("two locks taken in opposite order are reported when the circle closes") {
        SmallWorld world{2};
        SpinLock a{world.engine, "a", world.lines};
        SpinLock b{world.engine, "b", world.lines};
        world.thread(0, "left", take_two, a, b);
        world.thread(1, "right", take_two, b, a);
        CHECK_THROWS_WITH_AS(
            world.engine.run(),
            "deadlock at t=10ns: right waits for a held by left; left waits for b held by right",
            Stall);
        world.engine.shut_down();
    }
    TEST_CASE("a run that ends with a blocked process says so") {
        SmallWorld world{1};
        Completion never{"a reply"};
        world.thread(0, "waiter", wait_for, never);
        CHECK_THROWS_WITH_AS(world.engine.run(), "stall at t=0ps: waiter waits for a reply", Stall);
        world.engine.shut_down();
    }
    TEST_CASE("daemons do not keep a run alive, and do not hide starvation") {
        SmallWorld world{2};
        Completion never{"a reply"};
        world.spawn(Context::Role::daemon, 1, "daemon", tick_forever);
        SUBCASE("nothing in the foreground") {
            world.engine.run();
            CHECK(world.engine.now() == Time{});
        }
        SUBCASE("the foreground starves") {
            world.thread(0, "waiter", wait_for, never);
            CHECK_THROWS_WITH_AS(world.engine.run(),
                                 "starvation: no foreground process ran for 10s at t=10.001s: "
                                 "waiter waits for a reply",
                                 Stall);
        }
        SUBCASE("a long sleep is not starvation") {
            world.thread(0, "sleeper", sleep_long);
            world.engine.run();
            CHECK(world.engine.now() == Time{30_s});
        }
        world.engine.shut_down();
    }
    TEST_CASE("run(until) stops the clock there and can go on") {
        SmallWorld world{1};
        world.thread(0, "worker", run_and_say, world, 5_ns);
        world.engine.run(Time{2_ns});
        CHECK(world.engine.now() == Time{2_ns});
        CHECK(world.log.empty());
        world.engine.run();
        CHECK(world.log == Log{"t=5ns worker"});
    }
}
