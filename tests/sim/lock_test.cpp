// Goal: order, hand-over cost and who burns time. Method: two or three processes, known holds.
#include "sim/lock.hpp"

#include <doctest/doctest.h>

#include "sim/check.hpp"
#include "tests/support/small_world.hpp"

using namespace pcpsim;

namespace {

Task<> hold(Context& self, SmallWorld& world, SpinLock& lock, Duration before, Duration work) {
    co_await self.run(before);
    const auto held = co_await lock.acquire(self);
    world.say(self.name() + " owns");
    co_await self.run(work);
}
Task<> hold_mutex(Context& self, SmallWorld& world, Mutex& mutex, Duration work) {
    const auto held = co_await mutex.acquire(self);
    world.say(self.name() + " owns");
    co_await self.run(work);
}
Task<> hold_unless_killed(Context& self, SmallWorld& world, Mutex& mutex, Duration work) {
    const auto held = co_await mutex.acquire_killable(self);
    world.say(self.name() + (held ? " owns" : " gives up"));
    if (held) co_await self.run(work);
}
Task<> stop_at(Context& self, Context& victim, Duration when) {
    co_await self.run(when);
    victim.request_stop();
}
Task<> hold_in_phase(Context& self, SpinLock& lock, Operation operation) {
    PCPSIM_CHECK(lock.try_hold(self), "the lock is free");
    co_await self.run(operation);
}
Task<> try_at(Context& self, SmallWorld& world, SpinLock& lock, Duration when) {
    co_await self.run(when);
    const bool held = lock.try_hold(self);
    world.say(held ? "held" : "failed");
    if (held) lock.release(self);
}
Task<> sleep_locked(Context& self, SpinLock& lock) {
    const auto held = co_await lock.acquire(self);
    co_await self.sleep(1_ns);
}
struct Bell final : Interrupt {
    Bell(SmallWorld& w, Duration d) : Interrupt{Level::hardirq}, world{w}, work{d} {}
    Task<> handle(Context& self) override { co_await self.run(work); }
    SmallWorld& world;
    Duration work;
};

}  // namespace

TEST_SUITE("sim/lock") {
    TEST_CASE("waiters own a spinlock in the order they came, one line transfer apart") {
        SmallWorld world{3, 2_ns};
        SpinLock lock{world.engine, "lock", world.lines};
        world.thread(0, "a", hold, world, lock, 1_ns, 10_ns);
        world.thread(2, "c", hold, world, lock, 2_ns, 10_ns);
        world.thread(1, "b", hold, world, lock, 3_ns, 10_ns);
        world.engine.run();
        // The line is nobody's at first; each hand-over costs 2 ns.
        CHECK(world.log == Log{"t=1ns a owns", "t=13ns c owns", "t=25ns b owns"});
        CHECK(lock.statistics().acquisitions == 3);
        CHECK(lock.statistics().contentions == 2);
        CHECK(lock.statistics().waited == 9_ns + 20_ns);  // until granted: 11 - 2 and 23 - 3
    }
    TEST_CASE("spinning burns the waiter's CPU, sleeping does not") {
        SmallWorld world{2};
        SUBCASE("spinlock") {
            SpinLock lock{world.engine, "lock", world.lines};
            world.thread(0, "a", hold, world, lock, 1_ns, 10_ns);
            world.thread(1, "b", hold, world, lock, 1_ns, 10_ns);
            world.engine.run();
            CHECK(world.cpu(1).ledger()[static_cast<std::size_t>(Activity::spin)] == 10_ns);
            CHECK(world.cpu(1).ledger()[static_cast<std::size_t>(Activity::idle)] == 0_ns);
        }
        SUBCASE("mutex") {
            Mutex mutex{world.engine, "mutex"};
            world.thread(0, "a", hold_mutex, world, mutex, 10_ns);
            world.thread(1, "b", hold_mutex, world, mutex, 10_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=0ps a owns", "t=10ns b owns"});
            CHECK(world.cpu(1).ledger()[static_cast<std::size_t>(Activity::idle)] == 10_ns);
            CHECK(mutex.statistics().waited == 10_ns);
        }
    }
    TEST_CASE("a killable wait for a mutex ends when its process is asked to, and only that one") {
        SmallWorld world{4};
        Mutex mutex{world.engine, "mutex"};
        world.thread(0, "a", hold_mutex, world, mutex, 10_ns);
        Context& killed = world.thread(1, "b", hold_unless_killed, world, mutex, 10_ns);
        world.thread(2, "c", hold_unless_killed, world, mutex, 10_ns);
        SUBCASE("while another one holds it") {
            world.thread(3, "killer", stop_at, killed, 4_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=0ps a owns", "t=4ns b gives up", "t=10ns c owns"});
        }
        SUBCASE("once it is its own, no longer") {
            world.thread(3, "killer", stop_at, killed, 14_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=0ps a owns", "t=10ns b owns", "t=20ns c owns"});
        }
        CHECK(mutex.holder() == nullptr);
    }
    TEST_CASE("a killable wait does not begin for who is asked already") {
        SmallWorld world{2};
        Mutex mutex{world.engine, "mutex"};
        world.thread(0, "a", hold_mutex, world, mutex, 10_ns);
        world.thread(1, "b", hold_unless_killed, world, mutex, 10_ns).request_stop();
        world.engine.run();
        CHECK(world.log == Log{"t=0ps a owns", "t=0ps b gives up"});
    }
    TEST_CASE(
        "an interrupted spinner keeps its place, and its hold begins when the handler returns") {
        SmallWorld world{3};
        SpinLock lock{world.engine, "lock", world.lines};
        Bell bell{world, 20_ns};
        world.thread(0, "a", hold, world, lock, 1_ns, 10_ns);
        world.thread(1, "b", hold, world, lock, 2_ns, 10_ns);
        world.thread(2, "c", hold, world, lock, 3_ns, 10_ns);
        world.engine.run(Time{5_ns});
        world.cpu(1).raise(bell);
        world.engine.run();
        CHECK(world.log == Log{"t=1ns a owns", "t=25ns b owns", "t=35ns c owns"});
        CHECK(lock.statistics().granted_not_running == 14_ns);  // granted at 11, running at 25
    }
    TEST_CASE(
        "a lock held by a phase is free after it, busy within it, and handed over at its end") {
        SmallWorld world{2};
        SpinLock lock{world.engine, "lock", world.lines};
        const std::array phases{Phase{10_ns, Activity::kernel, true, false, &lock}, Phase{30_ns}};
        world.thread(0, "owner", hold_in_phase, lock, Operation{phases});
        SUBCASE("try within the phase") {
            world.thread(1, "other", try_at, world, lock, 9_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=9ns failed"});
        }
        SUBCASE("try after the phase") {
            world.thread(1, "other", try_at, world, lock, 11_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=11ns held"});
        }
        SUBCASE("wait for its end") {
            world.thread(1, "other", hold, world, lock, 4_ns, 1_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=10ns other owns"});
        }
        CHECK(world.engine.now() == Time{40_ns});
        CHECK(lock.holder() == nullptr);
    }
    TEST_CASE("sleeping under a spinlock breaks a law") {
        SmallWorld world{1};
        SpinLock lock{world.engine, "lock", world.lines};
        world.thread(0, "a", sleep_locked, lock);
        CHECK_THROWS_WITH_AS(world.engine.run(), "t=0ps cpu0 a: a sleeps in atomic context",
                             BrokenLaw);
    }
}
