// Goal: an expedited period interrupts those who may be readers and nobody else, and waits for real
// ones. Method: one period on the tiny machine, with CPUs idle, in user mode, in the kernel and
// reading.
#include "models/kernel/expedited_rcu.hpp"

#include <doctest/doctest.h>

#include "models/kernel/masks.hpp"
#include "sim/interruptions.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

Task<> caller(Context& self, TinyKernel& tiny, Duration when) {
    if (when > Duration{}) co_await self.sleep(when);
    const std::uint64_t sent = co_await tiny.kernel.expedited_rcu.synchronize(self);
    tiny.say(self.name() + " sent " + std::to_string(sent));
}
Task<> in_user_mode(Context& self) {
    const Phase user{10_s, Activity::user, false, true};
    co_await self.run(Operation{&user, 1});
}
Task<> in_the_kernel(Context& self) { co_await self.run(10_s); }
Task<> reader(Context& self, Duration work) {
    {
        const Pinned pinned{self};
        co_await self.run(work);
    }
    co_await in_user_mode(self);
}
CpuSet interrupted(TinyKernel& tiny) {
    CpuSet cpus;
    for (int cpu = 0; cpu < 8; ++cpu)
        if (tiny.kernel.ipis.sent_to(CpuId{cpu}) > 0) cpus.insert(CpuId{cpu});
    return cpus;
}

}  // namespace

TEST_SUITE("models/kernel/expedited_rcu") {
    TEST_CASE("on an idle machine nobody is interrupted, and it lasts as long as looking") {
        TinyKernel tiny;
        const CostTable& costs = tiny.costs;
        tiny.thread(5, "caller", caller, tiny, 0_ns);
        tiny.run();
        CHECK(interrupted(tiny).empty());
        CHECK(tiny.log ==
              std::vector<std::string>{TinyKernel::said(
                  start_cost(costs) + costs.rcu_gp_init + 8 * costs.rcu_fqs_scan_per_cpu,
                  "caller sent 0")});
    }
    TEST_CASE("a CPU in user mode is interrupted, unless it is NOHZ_FULL; one in the kernel is") {
        Machine machine = tiny_machine();
        machine.kernel.nohz_full = CpuSet{CpuId{2}, CpuId{3}};
        TinyKernel tiny{machine};
        Interruptions record;
        tiny.daemon(1, "user", in_user_mode).record_interruptions(record);
        tiny.daemon(2, "isolated in user mode", in_user_mode);
        tiny.daemon(3, "isolated in the kernel", in_the_kernel);
        tiny.daemon(4, "kernel", in_the_kernel);
        tiny.thread(5, "caller", caller, tiny, 1_ms);
        tiny.run();
        CHECK(interrupted(tiny) == CpuSet{CpuId{1}, CpuId{3}, CpuId{4}});
        CHECK(tiny.log.size() == 1);
        CHECK(tiny.now() < Time{1_ms + 100_us});
        CHECK(record.by(static_cast<std::size_t>(InterruptionCause::grace_period)).count == 1);
    }
    TEST_CASE("a reader goes on after the interrupt, and the period ends when it gives way") {
        TinyKernel tiny;
        tiny.daemon(1, "reader", reader, 3_ms);
        tiny.thread(5, "caller", caller, tiny, 1_ms);
        const Duration ends = start_cost(tiny.costs) + 3_ms + tiny.costs.interrupt;
        tiny.run(Time{ends - 1_ps});
        CHECK(tiny.kernel.expedited_rcu.completed() == 0);
        tiny.run();
        CHECK(tiny.kernel.expedited_rcu.completed() == 1);
        CHECK(tiny.now() < Time{ends + 50_us});
    }
    TEST_CASE("who asks while one is running waits for the next, which they have in common") {
        TinyKernel tiny;
        tiny.daemon(1, "reader", reader, 3_ms);
        tiny.thread(4, "first", caller, tiny, 1_ms);
        tiny.thread(5, "second", caller, tiny, 2_ms);
        tiny.thread(6, "third", caller, tiny, 2_ms);
        tiny.run();
        CHECK(tiny.log.size() == 3);
        CHECK(tiny.kernel.expedited_rcu.completed() == 2);
    }
    TEST_CASE("a reader that does not end makes the kernel warn of a stall, once") {
        TinyKernel tiny;
        const auto awake = [](Context& self) -> Task<> {
            for (int second = 0; second < 70; ++second) co_await self.sleep(1_s);
        };
        tiny.thread(3, "awake", awake);
        tiny.daemon(1, "reader", reader, 1000_s);
        tiny.daemon(5, "caller", caller, tiny, 0_ns);
        tiny.run(Time{Rcu::stall_timeout});
        CHECK(tiny.kernel.expedited_rcu.stalls() == 0);
        tiny.run();
        CHECK(tiny.kernel.expedited_rcu.stalls() == 1);
        CHECK(tiny.kernel.expedited_rcu.completed() == 0);
    }
}
