// Goal: waiters sleep until the last part is done. Method: one waiter, two finishers.
#include "sim/completion.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_world.hpp"

using namespace pcpsim;

TEST_SUITE("sim/completion") {
    TEST_CASE("a completion wakes its waiters when the last part is done") {
        SmallWorld world{2};
        Completion both{"both", 2};
        const auto wait = [](Context& self, SmallWorld& w, Completion& c) -> Task<> {
            co_await c.wait(self);
            w.say(self.name());
        };
        const auto finish = [](Context& self, Completion& c, Duration work) -> Task<> {
            co_await self.run(work);
            c.complete();
        };
        world.thread(0, "waiter", wait, world, both);
        world.thread(1, "first", finish, both, 5_ns);
        world.thread(1, "second", finish, both, 6_ns);
        world.engine.run();
        CHECK(world.log == Log{"t=11ns waiter"});
    }
    TEST_CASE("waiting for what is complete takes no time") {
        SmallWorld world{1};
        Completion none{"none", 0};
        const auto wait = [](Context& self, SmallWorld& w, Completion& c) -> Task<> {
            co_await c.wait(self);
            w.say("went on");
        };
        world.thread(0, "waiter", wait, world, none);
        world.engine.run();
        CHECK(world.log == Log{"t=0ps went on"});
    }
}
