// Goal: no ring is lost and no wait outlasts its timeout. Method: one waiter, rings at known times.
#include "sim/doorbell.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_world.hpp"

using namespace pcpsim;

namespace {
Task<> answer(Context& self, SmallWorld& world, Doorbell& bell, int times) {
    for (int i = 0; i < times; ++i) {
        co_await bell.wait_for(self, 10_ns);
        world.say("came");
        co_await self.run(5_ns);
    }
}
Task<> ring_after(Context& self, Doorbell& bell, Duration work) {
    co_await self.run(work);
    bell.ring();
}
}  // namespace

TEST_SUITE("sim/doorbell") {
    TEST_CASE(
        "a ring ends the wait, one that comes early is remembered, and none means the timeout") {
        SmallWorld world{3};
        Doorbell bell{"bell"};
        world.thread(0, "waiter", answer, world, bell, 3);
        world.thread(1, "first", ring_after, bell, 2_ns);
        world.thread(2, "second", ring_after, bell, 4_ns);
        world.engine.run();
        CHECK(world.log == Log{"t=2ns came", "t=7ns came", "t=22ns came"});
    }
}
