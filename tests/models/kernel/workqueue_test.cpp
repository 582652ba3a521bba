// Goal: work runs where it was queued, once, and whoever flushes waits for it. Method: work that
// notes when and where it ran.
#include "models/kernel/workqueue.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

struct NotedWork final : Work {
    NotedWork(TinyKernel& t, Duration d) : tiny{t}, duration{d} {}
    Task<> execute(Context& self) override {
        tiny.say("begins on " + to_string(self.processor().id()));
        co_await self.run(duration);
        tiny.say("ends");
    }
    TinyKernel& tiny;
    Duration duration;
};

Task<> queue_and_flush(Context& self, TinyKernel& tiny, CpuId cpu, Work& work, int times) {
    for (int i = 0; i < times; ++i) co_await tiny.kernel.mm_percpu_wq.queue_on(self, cpu, work);
    co_await tiny.kernel.mm_percpu_wq.flush(self, work);
    tiny.say("flushed");
}
Task<> flush_only(Context& self, TinyKernel& tiny, Work& work) {
    co_await tiny.kernel.mm_percpu_wq.flush(self, work);
}
Task<> in_user_mode(Context& self, Duration work) {
    const Phase user{work, Activity::user, false, true};
    co_await self.run(Operation{&user, 1});
}
/// From the instant at which a thread on another CPU makes an idle CPU's thread runnable.
Duration wakeup(const CostTable& costs) {
    return costs.ipi_deliver + costs.interrupt + start_cost(costs);
}

}  // namespace

TEST_SUITE("models/kernel/workqueue") {
    TEST_CASE(
        "work on an idle CPU costs queueing, a wake-up and the item; flush waits, and wakes") {
        TinyKernel tiny;
        NotedWork work{tiny, 5_us};
        tiny.thread(2, "caller", queue_and_flush, tiny, CpuId{6}, work, 1);
        tiny.run();
        const CostTable& costs = tiny.costs;
        const Duration begins =
            start_cost(costs) + costs.queue_work + wakeup(costs) + costs.work_item;
        CHECK(tiny.log == Log{TinyKernel::said(begins, "begins on cpu6"),
                              TinyKernel::said(begins + 5_us, "ends"),
                              TinyKernel::said(begins + 5_us + wakeup(costs), "flushed")});
        CHECK(tiny.kernel.mm_percpu_wq.executed(CpuId{6}) == 1);
        CHECK(tiny.kernel.mm_percpu_wq.executed(CpuId{2}) == 0);
    }
    TEST_CASE("work that is still queued is not queued twice") {
        TinyKernel tiny;
        NotedWork work{tiny, 5_us};
        tiny.thread(2, "caller", queue_and_flush, tiny, CpuId{6}, work, 3);
        tiny.run();
        CHECK(tiny.kernel.mm_percpu_wq.executed(CpuId{6}) == 1);
    }
    TEST_CASE("work that is pending costs the attempt to queue it again an atomic operation") {
        TinyKernel tiny;
        NotedWork work{tiny, 5_us};
        const auto twice = [](Context& self, TinyKernel& t, Work& w) -> Task<> {
            Workqueue& queue = t.kernel.mm_percpu_wq;
            co_await queue.queue_on(self, CpuId{6}, w);
            CHECK(w.is_pending());
            const Time before = t.now();
            co_await queue.queue_on(self, CpuId{6}, w);
            // The interrupt that wakes the kworker is still to be paid.
            CHECK(t.now() - before == t.costs.ipi_send + t.costs.atomic);
            co_await queue.flush(self, w);
        };
        tiny.thread(2, "caller", twice, tiny, work);
        tiny.run();
        CHECK(!work.is_pending());
    }
    TEST_CASE("work queued while it is executed is executed once more, where it is, and after it") {
        TinyKernel tiny;
        NotedWork work{tiny, 50_us};
        const auto meanwhile = [](Context& self, TinyKernel& t, Work& w) -> Task<> {
            Workqueue& queue = t.kernel.mm_percpu_wq;
            co_await queue.queue_on(self, CpuId{6}, w);
            co_await self.sleep(20_us);
            co_await queue.queue_on(self, CpuId{7}, w);
            co_await queue.queue_on(self, CpuId{7}, w);
            co_await queue.flush(self, w);
            t.say("flushed");
        };
        const auto flush_first = [](Context& self, TinyKernel& t, Work& w) -> Task<> {
            co_await self.sleep(10_us);
            co_await t.kernel.mm_percpu_wq.flush(self, w);
            t.say("flushed the first");
        };
        tiny.thread(2, "caller", meanwhile, tiny, work);
        tiny.thread(3, "flusher", flush_first, tiny, work);
        tiny.run();
        const CostTable& costs = tiny.costs;
        const Duration begins =
            start_cost(costs) + costs.queue_work + wakeup(costs) + costs.work_item;
        const Duration again = begins + 50_us + costs.ipi_send + costs.work_item;
        REQUIRE(costs.ipi_send + costs.work_item < wakeup(costs));
        CHECK(tiny.log == Log{TinyKernel::said(begins, "begins on cpu6"),
                              TinyKernel::said(begins + 50_us, "ends"),
                              TinyKernel::said(again, "begins on cpu6"),
                              TinyKernel::said(begins + 50_us + wakeup(costs), "flushed the first"),
                              TinyKernel::said(again + 50_us, "ends"),
                              TinyKernel::said(again + 50_us + wakeup(costs), "flushed")});
        CHECK(tiny.kernel.mm_percpu_wq.executed(CpuId{6}) == 2);
        CHECK(tiny.kernel.mm_percpu_wq.executed(CpuId{7}) == 0);
    }
    TEST_CASE("work may be queued again once it has been executed, for the same delay") {
        TinyKernel tiny;
        NotedWork work{tiny, 5_us};
        const auto twice = [](Context& self, TinyKernel& t, Work& w) -> Task<> {
            for (int i = 0; i < 2; ++i) {
                const Time before = t.now();
                co_await queue_and_flush(self, t, CpuId{6}, w, 1);
                CHECK(t.now() - before == t.costs.queue_work + wakeup(t.costs) + t.costs.work_item +
                                              5_us + wakeup(t.costs));
            }
        };
        tiny.thread(2, "caller", twice, tiny, work);
        tiny.run();
        CHECK(tiny.kernel.mm_percpu_wq.executed(CpuId{6}) == 2);
    }
    TEST_CASE("items of one CPU run one after the other, those of two CPUs at the same time") {
        TinyKernel tiny;
        NotedWork first{tiny, 50_us};
        NotedWork second{tiny, 50_us};
        const auto both = [](Context& self, TinyKernel& t, Work& a, Work& b, CpuId cpu) -> Task<> {
            Workqueue& queue = t.kernel.mm_percpu_wq;
            co_await queue.queue_on(self, CpuId{6}, a);
            co_await queue.queue_on(self, cpu, b);
            co_await queue.flush(self, a);
            co_await queue.flush(self, b);
        };
        const auto last_end = [&](CpuId cpu) {
            tiny.log.clear();
            const Time before = tiny.now();
            tiny.thread(2, "caller", both, tiny, first, second, cpu);
            tiny.run();
            CHECK(tiny.log.size() == 4);
            return tiny.now() - before;
        };
        const CostTable& costs = tiny.costs;
        const Duration one = start_cost(costs) + costs.queue_work + wakeup(costs) +
                             costs.work_item + 50_us + wakeup(costs);
        // Between its items the kworker sends the IPI that wakes the caller.
        CHECK(last_end(CpuId{6}) == one + costs.ipi_send + costs.work_item + 50_us);
        // The second item ends while the caller is being woken for the first.
        REQUIRE(costs.ipi_send + costs.queue_work < wakeup(costs));
        CHECK(last_end(CpuId{7}) == one);
    }
    TEST_CASE(
        "work for no CPU in particular runs here, or, if here is isolated, elsewhere in turn") {
        Machine machine = tiny_machine();
        machine.kernel.isolated = CpuSet{CpuId{0}, CpuId{2}, CpuId{3}, CpuId{4}, CpuId{5}};
        TinyKernel tiny{machine};
        NotedWork work{tiny, 5_us};
        const auto several = [](Context& self, TinyKernel& t, Work& w, int times) -> Task<> {
            for (int i = 0; i < times; ++i) {
                co_await t.kernel.system_wq.queue(self, w);
                co_await t.kernel.system_wq.flush(self, w);
            }
        };
        const auto executed = [&](int cpu) { return tiny.kernel.system_wq.executed(CpuId{cpu}); };
        tiny.thread(6, "caller", several, tiny, work, 2);
        tiny.run();
        CHECK(executed(6) == 2);
        tiny.thread(2, "isolated caller", several, tiny, work, 4);
        tiny.run();
        CHECK(executed(1) == 2);
        CHECK(executed(6) == 3);
        CHECK(executed(7) == 1);
    }
    TEST_CASE("flushing work that was never queued does not wait") {
        TinyKernel tiny;
        NotedWork work{tiny, 5_us};
        tiny.thread(2, "caller", flush_only, tiny, work);
        tiny.run();
        CHECK(tiny.now() == Time{start_cost(tiny.costs)});
    }
    TEST_CASE("a kworker preempts a fair thread in user mode, and waits behind a FIFO one") {
        for (const SchedPolicy policy : {SchedPolicy::normal, SchedPolicy::fifo}) {
            TinyKernel tiny;
            NotedWork work{tiny, 5_us};
            Thread& hog = tiny.create(6, "hog", Context::Role::foreground);
            hog.policy = policy;
            hog.rt_priority = policy == SchedPolicy::fifo ? 1 : 0;
            hog.start(in_user_mode(hog, 1_s));
            const auto later = [](Context& self, TinyKernel& t, Work& w) -> Task<> {
                co_await self.sleep(10_ms);
                co_await queue_and_flush(self, t, CpuId{6}, w, 1);
            };
            tiny.thread(2, "caller", later, tiny, work);
            tiny.run(Time{900_ms});
            if (policy == SchedPolicy::fifo) {
                CHECK(tiny.log.empty());
                continue;
            }
            const CostTable& costs = tiny.costs;
            const Duration queued =
                start_cost(costs) + 10_ms + start_cost(costs) + costs.queue_work;
            REQUIRE(tiny.log.size() == 3);
            CHECK(tiny.log.front() ==
                  TinyKernel::said(queued + costs.ipi_deliver + costs.interrupt +
                                       costs.context_switch + costs.work_item,
                                   "begins on cpu6"));
        }
    }
}
