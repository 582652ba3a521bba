// Goal: how long a grace period takes and who ends it. Method: each step of a period derived from
// the costs, on machines that are idle, busy or stubborn.
#include "models/kernel/rcu.hpp"

#include <doctest/doctest.h>

#include "models/kernel/masks.hpp"
#include "sim/interruptions.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

Task<> caller(Context& self, TinyKernel& tiny, Duration when) {
    if (when > Duration{}) co_await self.sleep(when);
    co_await tiny.kernel.rcu.synchronize(self);
    tiny.say(self.name());
}
Task<> in_user_mode(Context& self, Duration work) {
    const Phase user{work, Activity::user, false, true};
    co_await self.run(Operation{&user, 1});
}
Task<> reader(Context& self, Duration work) {
    const Pinned pinned{self};
    co_await self.run(work);
}
Machine machine_of(std::uint32_t cpus) {
    RegularShape shape = tiny_shape;
    shape.cores_per_node = cpus / shape.sockets;
    return tiny_machine(shape);
}
/// When the period that is requested at the start by another CPU begins on the boot CPU.
Duration first_period(const CostTable& costs) {
    return start_cost(costs) + costs.ipi_deliver + costs.interrupt + start_cost(costs);
}

}  // namespace

TEST_SUITE("models/kernel/rcu") {
    TEST_CASE("the scan interval is that of jiffies_till_first_fqs") {
        const auto interval = [](std::uint32_t hz, std::uint32_t cpus) {
            Machine machine = machine_of(cpus);
            machine.kernel.hz = hz;
            return TinyKernel{machine}.kernel.rcu.scan_interval();
        };
        CHECK(interval(100, 8) == 10_ms);
        CHECK(interval(100, 256) == 20_ms);
        CHECK(interval(250, 254) == 4_ms);
        CHECK(interval(250, 256) == 8_ms);
        CHECK(interval(250, 510) == 8_ms);
        CHECK(interval(250, 512) == 12_ms);
        CHECK(interval(300, 8) == 2 * (1_s / 300));
        CHECK(interval(300, 256) == 3 * (1_s / 300));
        CHECK(interval(1000, 8) == 3_ms);
        CHECK(interval(1000, 256) == 4_ms);
    }
    TEST_CASE("on an idle machine of 256 CPUs a period lasts until its first scan") {
        TinyKernel tiny{machine_of(256)};
        const CostTable& costs = tiny.costs;
        tiny.thread(5, "caller", caller, tiny, 0_ns);
        // 16 leaves of 16 CPUs, and the root.
        const Duration waits =
            first_period(costs) + costs.rcu_gp_init + costs.rcu_gp_init_per_node * 17;
        const Duration scan = waits + 8_ms + start_cost(costs);
        const Duration ends = scan + costs.rcu_fqs_scan_per_cpu * 256;
        tiny.run(Time{ends - 1_ps});
        CHECK(tiny.kernel.rcu.completed() == 0);
        tiny.run(Time{ends});
        CHECK(tiny.kernel.rcu.completed() == 1);
        tiny.run();
        // The caller's CPU notices at the next tick.
        REQUIRE(ends < 3 * tiny.machine.jiffy());
        CHECK(tiny.log ==
              Log{TinyKernel::said(3 * tiny.machine.jiffy() + start_cost(costs), "caller")});
    }
    TEST_CASE("busy CPUs in user mode report at their tick, and the last one ends the period") {
        TinyKernel tiny;
        const Duration jiffy = tiny.machine.jiffy();
        tiny.thread(5, "caller", caller, tiny, 3 * jiffy + 1_ms);
        for (int cpu = 0; cpu < 8; ++cpu) tiny.thread(cpu, "busy", in_user_mode, 1_s);
        tiny.run(Time{4 * jiffy + tiny.costs.tick - 1_ps});
        CHECK(tiny.kernel.rcu.completed() == 0);
        tiny.run(Time{4 * jiffy + tiny.costs.tick + 100_us});
        CHECK(tiny.kernel.rcu.completed() == 1);
    }
    TEST_CASE("a CPU that keeps preemption off delays the end, and nothing else does") {
        TinyKernel tiny;
        const Duration jiffy = tiny.machine.jiffy();
        tiny.thread(3, "reader", reader, 10 * jiffy);
        tiny.thread(5, "caller", caller, tiny, 100_us);
        // The reader has a tick in each jiffy, and its own end is a switch to idle.
        const Duration read = start_cost(tiny.costs) + 10 * jiffy + 10 * tiny.costs.tick;
        tiny.run(Time{read});
        CHECK(tiny.kernel.rcu.completed() == 0);
        tiny.run(Time{read + tiny.kernel.rcu.scan_interval() + 100_us});
        CHECK(tiny.kernel.rcu.completed() == 1);
    }
    TEST_CASE("who keeps preemption off from after the start of a period does not delay it") {
        TinyKernel tiny;
        const auto late_reader = [](Context& self) -> Task<> {
            co_await self.sleep(1_ms);
            const Pinned pinned{self};
            co_await self.run(1_s);
        };
        tiny.daemon(3, "reader", late_reader);
        tiny.thread(5, "caller", caller, tiny, 100_us);
        tiny.run();
        CHECK(tiny.now() < Time{3 * tiny.machine.jiffy()});
    }
    TEST_CASE("two callers before the start share one period") {
        TinyKernel tiny;
        tiny.thread(4, "a", caller, tiny, 100_us);
        tiny.thread(5, "b", caller, tiny, 100_us);
        tiny.run();
        CHECK(tiny.kernel.rcu.completed() == 1);
        CHECK(tiny.log.size() == 2);
    }
    TEST_CASE("a request in mid-period waits for the next one, and moves neither") {
        TinyKernel alone;
        alone.thread(5, "a", caller, alone, 100_us);
        alone.run();
        TinyKernel tiny;
        tiny.thread(5, "a", caller, tiny, 100_us);
        tiny.thread(6, "b", caller, tiny, 1_ms);
        const Duration interval = tiny.kernel.rcu.scan_interval();
        tiny.run(Time{100_us + interval});
        CHECK(tiny.kernel.rcu.completed() == 0);
        tiny.run(Time{100_us + 2 * interval});
        CHECK(tiny.kernel.rcu.completed() == 1);
        tiny.run();
        CHECK(tiny.kernel.rcu.completed() == 2);
        // Each period ends soon after its scan, and its callers are woken at the tick after that.
        REQUIRE(tiny.log.size() == 2);
        CHECK(tiny.log.front() == alone.log.front());
        CHECK(tiny.log.back() == TinyKernel::said(3 * interval + start_cost(tiny.costs), "b"));
    }
    TEST_CASE("after a period that ended while it was being started, the next one has its scan") {
        TinyKernel tiny;
        const CostTable& costs = tiny.costs;
        const Duration jiffy = tiny.machine.jiffy();
        // The kthread preempts on the boot CPU just before every CPU's tick.
        const Duration begins = 4 * jiffy - costs.rcu_gp_init / 2;
        const Duration wakes = begins - costs.context_switch - costs.ipi_deliver - costs.interrupt -
                               costs.context_switch;
        tiny.thread(5, "a", caller, tiny, wakes - start_cost(costs));
        tiny.thread(6, "b", caller, tiny, 10 * jiffy);
        for (int cpu = 0; cpu < 8; ++cpu) tiny.thread(cpu, "busy", in_user_mode, 6 * jiffy);
        const Duration initialized =
            begins + costs.rcu_gp_init + costs.rcu_gp_init_per_node + costs.tick;
        tiny.run(Time{initialized - 1_ps});
        REQUIRE(tiny.kernel.rcu.completed() == 0);
        tiny.run(Time{initialized});
        REQUIRE(tiny.kernel.rcu.completed() == 1);
        tiny.run(Time{10 * jiffy + tiny.kernel.rcu.scan_interval()});
        CHECK(tiny.kernel.rcu.completed() == 1);
        tiny.run();
        CHECK(tiny.kernel.rcu.completed() == 2);
    }
    TEST_CASE("a NOHZ_FULL CPU in user mode is found by the first scan, and not disturbed") {
        Machine machine = tiny_machine();
        machine.kernel.nohz_full = CpuSet{CpuId{1}};
        TinyKernel tiny{machine};
        Interruptions record;
        tiny.daemon(1, "isolated", in_user_mode, 1_s).record_interruptions(record);
        tiny.thread(5, "caller", caller, tiny, 1_ms);
        tiny.run();
        CHECK(tiny.now() < Time{1_ms + 2 * tiny.machine.jiffy() + tiny.machine.jiffy()});
        CHECK(record.all().count == 0);
    }
    TEST_CASE("one that is in the kernel at every scan, but was in user mode in between, is too") {
        const auto completed_after = [](bool returns, Duration jiffies_in_the_kernel) {
            Machine machine = tiny_machine();
            machine.kernel.nohz_full = CpuSet{CpuId{1}};
            TinyKernel tiny{machine};
            // In the kernel at each jiffy, when the scans come.
            const auto body = [](Context& self, Duration jiffy, bool leaves) -> Task<> {
                co_await self.run(jiffy * 3 / 2);
                if (leaves) co_await in_user_mode(self, 1_us);
                co_await self.run(100_s);
            };
            const Duration jiffy = tiny.machine.jiffy();
            tiny.daemon(1, "isolated", body, jiffy, returns);
            tiny.thread(5, "caller", caller, tiny, 0_ns);
            tiny.run(Time{jiffies_in_the_kernel});
            return tiny.kernel.rcu.completed();
        };
        CHECK(completed_after(true, 20_ms) == 1);
        CHECK(completed_after(false, 20_ms) == 0);
    }
    TEST_CASE(
        "one that stays in the kernel is interrupted after a tenth of a second, and reports") {
        Machine machine = tiny_machine();
        machine.kernel.nohz_full = CpuSet{CpuId{1}};
        TinyKernel tiny{machine};
        Interruptions record;
        const auto in_the_kernel = [](Context& self) -> Task<> { co_await self.run(100_s); };
        tiny.daemon(1, "isolated", in_the_kernel).record_interruptions(record);
        tiny.thread(5, "caller", caller, tiny, 0_ns);
        CHECK(tiny.kernel.rcu.patience() == 100_ms);
        tiny.run();
        CHECK(tiny.now() > Time{100_ms});
        CHECK(tiny.now() < Time{100_ms + 3 * tiny.machine.jiffy()});
        CHECK(record.all().count == 1);
        CHECK(record.by(static_cast<std::size_t>(InterruptionCause::grace_period)).count == 1);
    }
    TEST_CASE("a reader that does not end makes the kernel warn of a stall, once") {
        TinyKernel tiny;
        const auto awake = [](Context& self) -> Task<> {
            for (int second = 0; second < 100; ++second) co_await self.sleep(1_s);
        };
        tiny.thread(3, "awake", awake);  // or the run itself would be taken for stalled
        tiny.daemon(1, "reader", reader, 1000_s);
        tiny.daemon(5, "caller", caller, tiny, 0_ns);
        tiny.run(Time{Rcu::stall_timeout});
        CHECK(tiny.kernel.rcu.stalls() == 0);
        tiny.run();
        CHECK(tiny.kernel.rcu.stalls() == 1);
        CHECK(tiny.kernel.rcu.completed() == 0);
    }
}
