// Goal: busy CPUs are interrupted at every jiffy, idle ones are left alone. Method: threads of
// known length, looked at before, in and after a tick.
#include "models/kernel/ticks.hpp"

#include <doctest/doctest.h>

#include "sim/interruptions.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

Task<> work_at(Context& self, Duration when, Duration work) {
    if (when > Duration{}) co_await self.sleep(when);
    const Phase user{work, Activity::user, false, true};
    co_await self.run(Operation{&user, 1});
}
std::uint64_t ticks(TinyKernel& tiny, int cpu) { return tiny.cpu(cpu).interrupts(Level::hardirq); }

}  // namespace

TEST_SUITE("models/kernel/ticks") {
    TEST_CASE("a busy CPU is interrupted at multiples of a jiffy, for the cost of a tick") {
        TinyKernel tiny;
        const Duration jiffy = tiny.machine.jiffy();
        tiny.thread(1, "busy", work_at, 0_ns, 5 * jiffy);
        for (int tick = 1; tick <= 5; ++tick) {
            tiny.run(Time{jiffy * tick - 1_ps});
            CHECK(tiny.cpu(1).activity() == Activity::user);
            tiny.run(Time{jiffy * tick});
            CHECK(tiny.cpu(1).activity() == Activity::hardirq);
            tiny.run(Time{jiffy * tick} + tiny.costs.tick + 1_ps);
            CHECK(tiny.cpu(1).activity() == Activity::user);
        }
        tiny.run();
        CHECK(tiny.now() == Time{start_cost(tiny.costs) + 5 * jiffy + 5 * tiny.costs.tick});
    }
    TEST_CASE(
        "a CPU that becomes busy within a jiffy ticks at its end; an idle one does not tick") {
        TinyKernel tiny;
        const Duration jiffy = tiny.machine.jiffy();
        tiny.thread(1, "busy", work_at, jiffy * 3 / 2, jiffy);
        tiny.thread(2, "late", work_at, 10 * jiffy, 1_us);
        tiny.run(Time{2 * jiffy - 1_ps});
        CHECK(ticks(tiny, 1) == 0);
        tiny.run(Time{2 * jiffy});
        CHECK(ticks(tiny, 1) == 1);
        tiny.run();
        CHECK(ticks(tiny, 1) == 1);
        CHECK(ticks(tiny, 2) == 0);
        CHECK(ticks(tiny, 3) == 0);
    }
    TEST_CASE("a tick waits for the end of a section with interrupts off, the next one does not") {
        TinyKernel tiny;
        const Duration jiffy = tiny.machine.jiffy();
        const auto body = [](Context& self, Duration masked) -> Task<> {
            const std::array phases{Phase{masked, Activity::kernel, true},
                                    Phase{masked, Activity::user, false, true}};
            co_await self.run(Operation{phases});
        };
        tiny.thread(1, "masked", body, jiffy * 3 / 2);
        const Duration unmasked = start_cost(tiny.costs) + jiffy * 3 / 2;
        tiny.run(Time{unmasked - 1_ps});
        CHECK(ticks(tiny, 1) == 0);
        tiny.run(Time{unmasked});
        CHECK(ticks(tiny, 1) == 1);
        tiny.run(Time{2 * jiffy - 1_ps});
        CHECK(ticks(tiny, 1) == 1);
        tiny.run(Time{2 * jiffy});
        CHECK(ticks(tiny, 1) == 2);
    }
    TEST_CASE("ticks follow HZ") {
        for (const std::uint32_t hz : {100U, 250U, 300U, 1000U}) {
            Machine machine = tiny_machine();
            machine.kernel.hz = hz;
            TinyKernel tiny{machine};
            tiny.thread(1, "busy", work_at, 0_ns, 2_s);
            tiny.run(Time{1_s + 1_us});
            CHECK(ticks(tiny, 1) == hz);
        }
    }
    TEST_CASE("a NOHZ_FULL CPU with one thread has no tick, an isolated one alone has") {
        Machine machine = tiny_machine();
        machine.kernel.nohz_full = CpuSet{CpuId{1}};
        machine.kernel.isolated = CpuSet{CpuId{2}};
        TinyKernel tiny{machine};
        const Duration jiffy = tiny.machine.jiffy();
        tiny.thread(1, "alone", work_at, 0_ns, 10 * jiffy);
        tiny.thread(2, "isolated", work_at, 0_ns, 10 * jiffy);
        tiny.run();
        CHECK(ticks(tiny, 1) == 0);
        CHECK(ticks(tiny, 2) == 10);
    }
    TEST_CASE("a second thread restarts the tick, and the first tick without it is the last") {
        Machine machine = tiny_machine();
        machine.kernel.nohz_full = CpuSet{CpuId{1}};
        TinyKernel tiny{machine};
        const CostTable& costs = tiny.costs;
        const Duration jiffy = tiny.machine.jiffy();
        Interruptions record;
        tiny.thread(1, "alone", work_at, 0_ns, 10 * jiffy).record_interruptions(record);
        const auto start = [](void* object, std::uint64_t) {
            TinyKernel& of = *static_cast<TinyKernel*>(object);
            of.daemon(1, "second", work_at, 0_ns, 1_us);
        };
        tiny.kernel.engine.schedule(Time{jiffy * 5 / 2}, start, &tiny);
        tiny.run(Time{jiffy * 5 / 2});
        CHECK(tiny.kernel.ticks.stopped().empty());
        tiny.run(Time{jiffy * 4});
        CHECK(tiny.kernel.ticks.stopped() == CpuSet{CpuId{1}});
        tiny.run();
        const auto by = [&](InterruptionCause cause) {
            return record.by(static_cast<std::size_t>(cause));
        };
        // Switched in with a restart, and back; then the tick, which is stopped.
        const Duration displaced = 2 * costs.context_switch + costs.tick_toggle + 1_us;
        CHECK(by(InterruptionCause::thread).count == 1);
        CHECK(by(InterruptionCause::thread).longest == displaced);
        CHECK(by(InterruptionCause::tick).count == 1);
        CHECK(by(InterruptionCause::tick).longest == costs.tick + costs.tick_toggle);
        CHECK(record.all().count == 2);
    }
}
