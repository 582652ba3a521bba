// Goal: levels, masks, remaining time and rates. Method: one interruption at a known instant.
#include "sim/processor.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_world.hpp"

using namespace pcpsim;

namespace {

struct Bell final : Interrupt {
    Bell(SmallWorld& w, Level level, Duration d) : Interrupt{level}, world{w}, work{d} {}
    Task<> handle(Context& self) override {
        co_await self.run(work);
        world.say(self.name());
    }
    SmallWorld& world;
    Duration work;
};

void ring_at(SmallWorld& world, Time when, Bell& bell, int cpu) {
    struct Ring {
        static void fire(void* object, std::uint64_t number) {
            Bell& rung = *static_cast<Bell*>(object);
            rung.world.cpu(static_cast<int>(number)).raise(rung);
        }
    };
    world.engine.schedule(when, Ring::fire, &bell, static_cast<std::uint64_t>(cpu));
}

Task<> run_operation(Context& self, SmallWorld& world, Operation operation) {
    co_await self.run(operation);
    world.say(self.name());
}
Task<> run_twice(Context& self, Duration work) {
    co_await self.run(work);
    co_await self.run(work);
}
Duration total(const Ledger& ledger) {
    Duration sum;
    for (const Duration part : ledger) sum += part;
    return sum;
}
Duration spent(const Ledger& ledger, Activity activity) {
    return ledger[static_cast<std::size_t>(activity)];
}

}  // namespace

TEST_SUITE("sim/processor") {
    TEST_CASE("what is interrupted keeps its remaining time, and the ledger adds up to the clock") {
        SmallWorld world{1};
        Bell bell{world, Level::hardirq, 3_ns};
        const Phase phase{10_ns, Activity::user};
        world.thread(0, "worker", run_operation, world, Operation{&phase, 1});
        ring_at(world, Time{4_ns}, bell, 0);
        world.engine.run();
        CHECK(world.log == Log{"t=7ns cpu0/hardirq", "t=13ns worker"});
        const Ledger ledger = world.cpu(0).ledger();
        CHECK(spent(ledger, Activity::user) == 10_ns);
        CHECK(spent(ledger, Activity::hardirq) == 3_ns);
        CHECK(total(ledger) == world.engine.now().since_start());
    }
    TEST_CASE(
        "an interrupt waits for the end of a phase with interrupts off, not of the operation") {
        SmallWorld world{1};
        Bell bell{world, Level::hardirq, 3_ns};
        const std::array phases{Phase{10_ns, Activity::kernel, true},
                                Phase{10_ns, Activity::kernel}};
        world.thread(0, "worker", run_operation, world, Operation{phases});
        ring_at(world, Time{4_ns}, bell, 0);
        world.engine.run();
        CHECK(world.log == Log{"t=13ns cpu0/hardirq", "t=23ns worker"});
    }
    TEST_CASE("levels nest: a hard interrupt preempts a soft one, an equal one queues") {
        SmallWorld world{1};
        Bell soft{world, Level::softirq, 10_ns};
        Bell hard{world, Level::hardirq, 4_ns};
        const Phase phase{20_ns};
        world.thread(0, "worker", run_operation, world, Operation{&phase, 1});
        ring_at(world, Time{1_ns}, soft, 0);
        ring_at(world, Time{2_ns}, hard, 0);
        ring_at(world, Time{3_ns}, hard, 0);
        world.engine.run();
        CHECK(world.log == Log{"t=6ns cpu0/hardirq", "t=10ns cpu0/hardirq", "t=19ns cpu0/softirq",
                               "t=38ns worker"});
        CHECK(world.cpu(0).interrupts(Level::hardirq) == 2);
    }
    TEST_CASE("an interrupt at the instant an operation ends comes before the end") {
        SmallWorld world{1};
        Bell bell{world, Level::hardirq, 3_ns};
        const Phase phase{4_ns};
        world.thread(0, "worker", run_operation, world, Operation{&phase, 1});
        ring_at(world, Time{4_ns}, bell, 0);
        world.engine.run();
        CHECK(world.log == Log{"t=7ns cpu0/hardirq", "t=7ns worker"});
    }
    TEST_CASE("an idle processor takes interrupts") {
        SmallWorld world{2};
        Bell bell{world, Level::hardirq, 3_ns};
        const Phase phase{20_ns};
        world.thread(0, "worker", run_operation, world, Operation{&phase, 1});
        ring_at(world, Time{4_ns}, bell, 1);
        world.engine.run();
        CHECK(world.log == Log{"t=7ns cpu1/hardirq", "t=20ns worker"});
        CHECK(spent(world.cpu(1).ledger(), Activity::idle) == 17_ns);
    }
    TEST_CASE(
        "a phase lasts ceil(work x den / num), and a rate change keeps floor(elapsed x num / "
        "den)") {
        SmallWorld world{1};
        world.cpu(0).set_rate({5, 8});
        const Phase phase{10_ps};
        SUBCASE("one rate") {
            world.thread(0, "worker", run_operation, world, Operation{&phase, 1});
            world.engine.run();
            CHECK(world.engine.now() == Time{16_ps});
        }
        SUBCASE("rounded per phase") {
            world.thread(0, "worker", run_twice, 1_ps);
            world.engine.run();
            CHECK(world.engine.now() == Time{4_ps});  // 2 x ceil(8 / 5)
        }
        SUBCASE("full rate after 4 ps: floor(4 x 5 / 8) = 2 are done, 8 are left") {
            world.thread(0, "worker", run_operation, world, Operation{&phase, 1});
            world.engine.run(Time{4_ps});
            world.cpu(0).set_rate({1, 1});
            world.engine.run();
            CHECK(world.engine.now() == Time{12_ps});
        }
    }
    TEST_CASE("a stall ends at its time whatever the rate, and an interrupt may outlast it") {
        const auto stall_then_run = [](Context& self, SmallWorld& world) -> Task<> {
            co_await self.stall(Time{10_ns});
            world.say("stalled");
            co_await self.run(1_ns);
            world.say("ran");
        };
        SmallWorld world{1};
        world.cpu(0).set_rate({1, 2});
        world.thread(0, "worker", stall_then_run, world);
        SUBCASE("undisturbed") {
            world.engine.run();
            CHECK(world.log == Log{"t=10ns stalled", "t=12ns ran"});
            CHECK(spent(world.cpu(0).ledger(), Activity::stall) == 10_ns);
        }
        SUBCASE("interrupted from 8 ns to 14 ns") {
            Bell bell{world, Level::hardirq, 3_ns};
            ring_at(world, Time{8_ns}, bell, 0);
            world.engine.run();
            CHECK(world.log == Log{"t=14ns cpu0/hardirq", "t=14ns stalled", "t=16ns ran"});
        }
    }
    TEST_CASE("who stalls may be preempted, and the stall ends no later for it") {
        const auto stall = [](Context& self, SmallWorld& world) -> Task<> {
            co_await self.stall(Time{10_ns});
            world.say("stalled");
        };
        SmallWorld world{1};
        const Phase brief{2_ns};
        world.thread(0, "staller", stall, world);
        world.thread(0, "second", run_operation, world, Operation{&brief, 1});
        world.engine.run(Time{3_ns});
        world.cpu(0).reschedule();
        world.engine.run();
        CHECK(world.log == Log{"t=5ns second", "t=10ns stalled"});
    }
    TEST_CASE("what is owed ends in the processor's own turn, although others look at it before") {
        const auto say_now = [](Context& self, SmallWorld& world) -> Task<> {
            world.say(self.name());
            co_return;
        };
        const auto say_at_ten = [](Context& self, SmallWorld& world) -> Task<> {
            co_await self.run(10_ns);
            world.say(self.name());
        };
        SmallWorld world{2};
        world.thread(0, "first", say_at_ten, world);
        world.thread(1, "second", say_now, world).charge_before_running(10_ns);
        struct Look {
            static void at(void* processor, std::uint64_t) {
                static_cast<Processor*>(processor)->settle();
                static_cast<Processor*>(processor)->post();
            }
        };
        world.engine.schedule(Time{10_ns}, Look::at, &world.cpu(1));
        world.engine.run();
        CHECK(world.log == Log{"t=10ns first", "t=10ns second"});
    }
    TEST_CASE("looking changes nothing") {
        for (const bool look : {false, true}) {
            SmallWorld world{1};
            world.cpu(0).set_rate({5, 8});
            world.thread(0, "worker", run_twice, 7_ps);
            for (int t = 1; look && t < 20; ++t) {
                world.engine.run(Time{Duration{t}});
                CHECK(total(world.cpu(0).ledger()) == Duration{t});
            }
            world.engine.run();
            CHECK(world.engine.now() == Time{24_ps});  // 2 x ceil(7 x 8 / 5)
        }
    }
    TEST_CASE("reschedule() waits for a preemptible phase") {
        SmallWorld world{1};
        const std::array phases{Phase{10_ns, Activity::kernel},
                                Phase{10_ns, Activity::user, false, true}};
        const Phase brief{1_ns};
        world.thread(0, "first", run_operation, world, Operation{phases});
        world.thread(0, "second", run_operation, world, Operation{&brief, 1});
        world.engine.run(Time{3_ns});
        world.cpu(0).reschedule();
        world.engine.run();
        CHECK(world.log == Log{"t=11ns second", "t=21ns first"});
    }
    TEST_CASE("who sleeps or ends stays on its processor until it has paid for what it did") {
        SmallWorld world{1};
        const auto send_and_sleep = [](Context& self, SmallWorld& w, Duration sleep) -> Task<> {
            self.charge_before_running(5_ns);
            co_await self.sleep(sleep);
            w.say(self.name());
            self.charge_before_running(3_ns);
        };
        SUBCASE("it has left when it is woken") {
            world.thread(0, "sender", send_and_sleep, world, 100_ns);
            world.engine.run(Time{5_ns} - 1_ps);
            CHECK(world.cpu(0).activity() == Activity::kernel);
            world.engine.run(Time{6_ns});
            CHECK(world.cpu(0).idle());
            world.engine.run();
            CHECK(world.log == Log{"t=100ns sender"});
            CHECK(spent(world.cpu(0).ledger(), Activity::kernel) == 5_ns);
        }
        SUBCASE("it is woken before it has left") {
            world.thread(0, "sender", send_and_sleep, world, 2_ns);
            world.thread(0, "other", run_twice, 10_ns);
            world.engine.run();
            CHECK(world.log == Log{"t=5ns sender"});
            CHECK(world.engine.now() == Time{28_ns});
        }
    }
}
