#include "analysis/replay/in_flight.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("analysis/replay/in_flight") {
    TEST_CASE("the next mention of a page is the first that names it, whatever it says") {
        Script script{free("0/7", 100) + alloc("1/8", 200) + alloc("0/7", 100)};
        Window window{script};
        REQUIRE(window.advance());
        const auto allocated = next_mention(window, 1, Pfn{200});
        REQUIRE(allocated);
        CHECK(allocated->allocated);
        CHECK(allocated->position == 2);
        CHECK(allocated->actor.pid == 8);
        CHECK(!next_mention(window, 1, Pfn{100})->allocated);
        CHECK(next_mention(window, 2, Pfn{100})->allocated);
        CHECK(!next_mention(window, 0, Pfn{300}));
    }
    TEST_CASE("an actor is a thread on a CPU, or an interrupt on top of it") {
        Script script{alloc("0/7", 1) + alloc("0/7s", 2) + alloc("1/7", 3) + alloc("0/7", 4)};
        Window window{script};
        REQUIRE(window.advance());
        const trace::Actor actor = window.current().actor;
        CHECK(next_of(window, 0, actor) == 3);
        CHECK(previous_of(window, 3, actor) == 0);
        CHECK(!previous_of(window, 0, actor));
        CHECK(!next_of(window, 3, actor));
        // The thread itself goes on wherever it is moved to.
        CHECK(next_of_thread(window, 0, actor) == 2);
        CHECK(previous_of_thread(window, 3, actor) == 2);
    }
    TEST_CASE("a page lands once, with the cause for which it was taken off") {
        InFlight pages;
        CHECK(pages.empty());
        pages.add(Pfn{1}, InFlight::Cause::remote_drain);
        pages.add(Pfn{2}, InFlight::Cause::other_order);
        CHECK(pages.land(Pfn{1}) == InFlight::Cause::remote_drain);
        CHECK(!pages.land(Pfn{1}));
        CHECK(pages.size() == 1);
    }
}
