// Goal: what is recorded of interruptions is what a thread could have noticed. Method: a record
// told by hand, and a thread under interrupts of known length.
#include "sim/interruptions.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_world.hpp"

using namespace pcpsim;

namespace {

constexpr Time at(Duration since_start) { return Time{since_start}; }

struct Bell final : Interrupt {
    Bell(Level level, Duration l) : Interrupt{level}, lasts{l} {}
    Task<> handle(Context& self) override { co_await self.run(lasts); }
    Duration lasts;
};

struct Bells {
    Processor& processor;
    std::vector<Bell*> all;
    static void ring(void* object, std::uint64_t which) {
        Bells& self = *static_cast<Bells*>(object);
        self.processor.raise(*self.all[which]);
    }
};

}  // namespace

TEST_SUITE("sim/interruptions") {
    TEST_CASE("a record counts, adds up and keeps the longest") {
        Interruptions record;
        for (const Duration lasted : {3_ns, 7_ns, 5_ns}) {
            record.begin(at(100_ns * lasted.count()));
            record.end(at(100_ns * lasted.count() + lasted));
        }
        CHECK(record.all().count == 3);
        CHECK(record.all().total == 15_ns);
        CHECK(record.all().longest == 7_ns);
        CHECK(record.by(0).count == 3);
        CHECK(record.by(1).count == 0);
    }
    TEST_CASE("an interruption counts once for each cause that was told of it") {
        Interruptions record;
        record.begin(at(10_ns));
        record.blame(2);
        record.blame(5);
        record.blame(2);
        record.end(at(14_ns));
        record.begin(at(20_ns));
        record.blame(5);
        record.end(at(21_ns));
        CHECK(record.all().count == 2);
        CHECK(record.by(0).count == 0);
        CHECK(record.by(2).count == 1);
        CHECK(record.by(5).count == 2);
        CHECK(record.by(5).total == 5_ns);
    }
    TEST_CASE("what begins where another ends goes on with it") {
        Interruptions record;
        record.begin(at(10_ns));
        record.blame(1);
        record.end(at(12_ns));
        CHECK(record.all().longest == 2_ns);
        record.begin(at(12_ns));
        CHECK(record.all().count == 0);
        record.blame(3);
        record.end(at(15_ns));
        record.begin(at(16_ns));
        record.end(at(17_ns));
        CHECK(record.all().count == 2);
        CHECK(record.by(1).longest == 5_ns);
        CHECK(record.by(3).longest == 5_ns);
        CHECK(record.by(0).longest == 1_ns);
    }
    TEST_CASE("what takes no time is no interruption, nor is one in progress yet") {
        Interruptions record;
        record.begin(at(10_ns));
        record.end(at(10_ns));
        record.begin(at(20_ns));
        CHECK(record.in_progress());
        CHECK(record.all().count == 0);
    }
    TEST_CASE("a thread is interrupted while handlers run, nested ones and all") {
        SmallWorld world{1};
        Bell soft{Level::softirq, 10_ns}, hard{Level::hardirq, 4_ns};
        Bells bells{world.cpu(0), {&soft, &hard}};
        Interruptions record;
        Context& thread =
            world.thread(0, "thread", [](Context& self) -> Task<> { co_await self.run(100_ns); });
        thread.record_interruptions(record);
        world.engine.schedule(at(20_ns), Bells::ring, &bells, 0);
        world.engine.schedule(at(23_ns), Bells::ring, &bells, 1);  // within the first
        world.engine.schedule(at(60_ns), Bells::ring, &bells, 1);
        world.engine.run();
        CHECK(world.engine.now() == at(118_ns));
        CHECK(record.all().count == 2);
        CHECK(record.all().total == 18_ns);
        CHECK(record.all().longest == 14_ns);
    }
    TEST_CASE("nobody is interrupted while the thread sleeps") {
        SmallWorld world{1};
        Bell hard{Level::hardirq, 4_ns};
        Bells bells{world.cpu(0), {&hard}};
        Interruptions record;
        Context& thread =
            world.thread(0, "thread", [](Context& self) -> Task<> { co_await self.sleep(100_ns); });
        thread.record_interruptions(record);
        world.engine.schedule(at(20_ns), Bells::ring, &bells, 0);
        world.engine.run();
        CHECK(record.all().count == 0);
    }
}
