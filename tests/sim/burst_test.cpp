// Goal: a burst is its operations, one after the other; nobody can tell from outside.
// Method: ten operations of 10 ns, the first 4 ns of each under a lock, disturbed at known
// instants.
#include <doctest/doctest.h>

#include <array>

#include "tests/support/small_world.hpp"

using namespace pcpsim;

namespace {

struct Counter final : Burst {
    void begin(std::uint32_t operations) override { begun += static_cast<int>(operations); }
    int begun = 0;
};

struct Operations {
    explicit Operations(SmallWorld& w) : world{w} {}
    /// Ten in all, planned again whenever a burst is cut short.
    static Task<> run(Context& self, Operations& o) {
        o.self = &self;
        while (o.counter.begun < 10) {
            REQUIRE(o.lock.try_hold(self));
            ++o.bursts;
            const auto left = static_cast<std::uint32_t>(10 - o.counter.begun);
            co_await self.run(BurstPlan{.phases = o.phases, .times = left, .burst = o.counter});
        }
        o.world.say("done");
    }

    SmallWorld& world;
    Context* self = nullptr;
    SpinLock lock{world.engine, "lock", world.lines};
    std::array<Phase, 2> phases{Phase{4_ns, Activity::kernel, true, false, &lock},
                                Phase{6_ns, Activity::user}};
    Counter counter;
    int bursts = 0;
};

template <class Do>
void at(SmallWorld& world, Time when, const Do& what) {
    world.engine.schedule(
        when, [](void* object, std::uint64_t) { (*static_cast<const Do*>(object))(); },
        const_cast<Do*>(&what));
}

struct Bell final : Interrupt {
    explicit Bell(SmallWorld& w) : Interrupt{Level::hardirq}, world{w} {}
    Task<> handle(Context& self) override {
        world.say(self.name());
        co_await self.run(3_ns);
    }
    SmallWorld& world;
};

}  // namespace

TEST_SUITE("sim/burst") {
    TEST_CASE("ten operations take one event more than none") {
        SmallWorld world{1};
        Operations ten{world};
        world.thread(0, "ten", Operations::run, ten);
        world.engine.run();
        CHECK(world.log == Log{"t=100ns done"});
        CHECK(ten.bursts == 1);
        CHECK(ten.counter.begun == 10);
        CHECK(world.engine.events() == 2);  // The start, and the end of the burst.
        CHECK(ten.lock.statistics().acquisitions == 10);
    }
    TEST_CASE("who looks sees what has begun by then, and changes nothing") {
        SmallWorld world{1};
        Operations ten{world};
        world.thread(0, "ten", Operations::run, ten);
        const auto look = [&] {
            ten.self->catch_up();
            CHECK(ten.counter.begun == 4);
            CHECK(world.cpu(0).activity() == Activity::kernel);
            CHECK(world.cpu(0).ledger()[static_cast<std::size_t>(Activity::user)] == 18_ns);
        };
        at(world, Time{32_ns}, look);
        world.engine.run();
        CHECK(world.log == Log{"t=100ns done"});
        CHECK(ten.bursts == 1);
    }
    TEST_CASE("an operation that ends now is in hand until its processor's turn") {
        SmallWorld world{2};
        Operations ten{world};
        world.thread(0, "ten", Operations::run, ten);
        const auto look = [&] {
            ten.self->catch_up();
            return ten.counter.begun;
        };
        const auto before_the_turn = [&] { CHECK(look() == 3); };
        at(world, Time{30_ns}, before_the_turn);
        const auto after_the_turn = [](Context& self, const auto& look_again) -> Task<> {
            co_await self.run(30_ns);
            CHECK(look_again() == 4);
        };
        world.thread(1, "later CPU", after_the_turn, look);
        world.engine.run();
    }
    TEST_CASE(
        "an interrupt in a phase with interrupts off waits for its end, and a new burst follows") {
        SmallWorld world{1};
        Operations ten{world};
        Bell bell{world};
        world.thread(0, "ten", Operations::run, ten);
        const auto ring = [&] { world.cpu(0).raise(bell); };
        at(world, Time{42_ns}, ring);
        world.engine.run();
        CHECK(world.log == Log{"t=44ns cpu0/hardirq", "t=103ns done"});
        CHECK(ten.bursts == 2);
        CHECK(ten.counter.begun == 10);
    }
    TEST_CASE("who wants the lock waits for the operation in hand to release it, and no longer") {
        SmallWorld world{2, 1_ns};
        Operations ten{world};
        world.thread(0, "ten", Operations::run, ten);
        const auto ask = [](Context& self, SmallWorld& w, SpinLock& lock, Duration when) -> Task<> {
            co_await self.run(when);
            const auto held = co_await lock.acquire(self);
            w.say("locked");
            co_await self.run(1_ns);
        };
        SUBCASE("while it holds it") {
            world.thread(1, "asks", ask, world, ten.lock, 52_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=55ns locked", "t=100ns done"});
        }
        SUBCASE("after it has released it") {
            world.thread(1, "asks", ask, world, ten.lock, 56_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=57ns locked", "t=100ns done"});
        }
    }
    TEST_CASE("a rate change counts from the instant it happens") {
        SmallWorld world{1};
        Operations ten{world};
        world.thread(0, "ten", Operations::run, ten);
        const auto halve = [&] { world.cpu(0).set_rate({1, 2}); };
        at(world, Time{45_ns}, halve);
        world.engine.run();
        CHECK(world.log == Log{"t=155ns done"});
    }
    TEST_CASE("a burst that is ended goes on with the operation in hand as if it were alone") {
        SmallWorld world{1};
        Operations ten{world};
        world.thread(0, "ten", Operations::run, ten);
        const auto end = [&] {
            ten.self->end_burst();
            CHECK(ten.counter.begun == 4);
        };
        at(world, Time{37_ns}, end);
        world.engine.run();
        CHECK(world.log == Log{"t=100ns done"});
        CHECK(ten.bursts == 2);
    }
}
