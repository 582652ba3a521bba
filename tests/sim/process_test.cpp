// Goal: a process without a processor keeps the order of events, waits as a thread does, and costs
// no CPU time. Method: a few processes and a log of what they did when.
#include "sim/process.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/lock.hpp"
#include "sim/task.hpp"
#include "tests/support/small_world.hpp"

using namespace pcpsim;

namespace {

/// Processes with a log, on an engine of their own.
struct Stage {
    template <class Body, class... Arguments>
    Process& start(std::uint32_t number, Body body, Arguments&&... arguments) {
        Process& process = engine.adopt(
            std::make_unique<Process>(engine, "actor", number, Process::Role::foreground));
        process.start(body(process, std::forward<Arguments>(arguments)...));
        return process;
    }
    void say(const std::string& text) { log.push_back(to_string(engine.now()) + " " + text); }

    Engine engine;
    std::vector<std::string> log;
};

Task<> say_after(Process& self, Stage& stage, Duration delay) {
    co_await self.sleep(delay);
    stage.say(self.name());
}

Task<> hold_for(Process& self, Stage& stage, Mutex& mutex, Duration duration) {
    const Guard<Mutex> held = co_await mutex.acquire(self);
    stage.say(self.name() + " holds");
    co_await self.sleep(duration);
}

}  // namespace

TEST_SUITE("sim/process") {
    TEST_CASE("processes that sleep to the same instant go on in the order they fell asleep") {
        Stage stage;
        stage.start(1, say_after, stage, 20_ns);
        stage.start(2, say_after, stage, 10_ns);
        stage.start(3, say_after, stage, 20_ns);
        stage.engine.run();
        CHECK(stage.log == Log{"t=10ns actor 2", "t=20ns actor 1", "t=20ns actor 3"});
    }

    TEST_CASE("a mutex is handed over in the order of coming, in the instant it is released") {
        Stage stage;
        Mutex mutex{stage.engine, "lock"};
        for (const std::uint32_t number : {1U, 2U, 3U})
            stage.start(number, hold_for, stage, mutex, 5_ns);
        stage.engine.run();
        CHECK(stage.log ==
              Log{"t=0ps actor 1 holds", "t=5ns actor 2 holds", "t=10ns actor 3 holds"});
    }

    TEST_CASE("a thread and a process share a mutex, and only the thread has used a CPU") {
        SmallWorld world{1};
        Mutex mutex{world.engine, "lock"};
        world.thread(
            0, "thread",
            [](Context& self, Mutex& m) -> Task<> {
                const Guard<Mutex> held = co_await m.acquire(self);
                co_await self.run(7_ns);
            },
            mutex);
        Process& process = world.engine.adopt(
            std::make_unique<Process>(world.engine, "actor", 1, Process::Role::foreground));
        process.start([](Process& self, SmallWorld& w, Mutex& m) -> Task<> {
            co_await self.sleep(1_ns);
            const Guard<Mutex> held = co_await m.acquire(self);
            w.say(self.name() + " holds");
        }(process, world, mutex));
        world.engine.run();
        CHECK(world.log == Log{"t=7ns actor 1 holds"});
        CHECK(world.cpu(0).ledger()[static_cast<std::size_t>(Activity::kernel)] == 7_ns);
    }

    TEST_CASE("a killed process passes on the mutex that it was just given") {
        Stage stage;
        Mutex mutex{stage.engine, "lock"};
        stage.start(1, hold_for, stage, mutex, 5_ns);
        Process& victim = stage.start(2, hold_for, stage, mutex, 5_ns);
        stage.start(3, hold_for, stage, mutex, 5_ns);
        // Its second sleep begins after the first holder's, so it ends right after it.
        stage.start(
            4,
            [](Process& self, Process& other) -> Task<> {
                co_await self.sleep(1_ns);
                co_await self.sleep(4_ns);
                other.kill();
            },
            victim);
        stage.engine.run();
        CHECK(stage.log == Log{"t=0ps actor 1 holds", "t=5ns actor 3 holds"});
        CHECK(victim.state() == Process::State::finished);
    }

    TEST_CASE("who is asked to stop wakes from a sleep, but not from waiting for somebody else") {
        Stage stage;
        Mutex mutex{stage.engine, "mutex"};
        const auto until_told = [](Process& self, Stage& s) -> Task<> {
            while (!self.stop_requested()) co_await self.sleep(10_ns);
            s.say(self.name() + " stops");
        };
        const auto hold_then_look = [](Process& self, Mutex& m, Stage& s) -> Task<> {
            const Guard<Mutex> guard = co_await m.acquire(self);
            s.say(self.name() + (self.stop_requested() ? " was told" : " was not told"));
        };
        Process& sleeper = stage.start(1, until_told, stage);
        stage.start(2, hold_for, stage, mutex, 20_ns);
        Process& waiter = stage.start(3, hold_then_look, mutex, stage);
        stage.start(
            4,
            [](Process& self, Process& a, Process& b) -> Task<> {
                co_await self.sleep(5_ns);
                a.request_stop();
                b.request_stop();
            },
            sleeper, waiter);
        stage.engine.run();
        CHECK(stage.log == std::vector<std::string>{"t=0ps actor 2 holds", "t=5ns actor 1 stops",
                                                    "t=20ns actor 3 was told"});
    }

    TEST_CASE("an error of a process ends the run and names it") {
        Stage stage;
        stage.start(4, [](Process& self) -> Task<> {
            co_await self.sleep(3_ns);
            throw BrokenLaw{"water runs uphill"};
        });
        CHECK_THROWS_WITH_AS(stage.engine.run(), "t=3ns actor 4: water runs uphill", BrokenLaw);
    }

    TEST_CASE("processes that wait for each other are a deadlock, and each is named") {
        Stage stage;
        Mutex first{stage.engine, "first"};
        Mutex second{stage.engine, "second"};
        const auto take_both = [](Process& self, Mutex& a, Mutex& b) -> Task<> {
            const Guard<Mutex> one = co_await a.acquire(self);
            co_await self.sleep(1_ns);
            const Guard<Mutex> other = co_await b.acquire(self);
        };
        stage.start(1, take_both, first, second);
        stage.start(2, take_both, second, first);
        CHECK_THROWS_WITH_AS(stage.engine.run(),
                             "deadlock at t=1ns: actor 2 waits for first held by actor 1; actor 1 "
                             "waits for second held by actor 2",
                             Stall);
        stage.engine.shut_down();  // while the locks exist
    }
}
