// Goal: callbacks come after a whole grace period, in a softirq of the right CPU, in their order.
// Method: callbacks that note when and where they are invoked.
#include "models/kernel/rcu_callbacks.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

struct Noted final : RcuCallback {
    Noted(TinyKernel& t, std::string n) : tiny{t}, name{std::move(n)} {}
    Task<> invoke(Context& self) override {
        CHECK(self.level() == Level::softirq);
        co_await self.run(1_us);
        tiny.say(name + " on " + to_string(self.processor().id()));
        if (again-- > 0) co_await tiny.kernel.rcu.call(self, *this);
    }
    TinyKernel& tiny;
    std::string name;
    int again = 0;
};

Task<> call(Context& self, TinyKernel& tiny, std::vector<Noted*> callbacks) {
    for (Noted* const callback : callbacks) co_await tiny.kernel.rcu.call(self, *callback);
}
Task<> wait(Context& self, TinyKernel& tiny, Duration& took) {
    co_await tiny.kernel.rcu.synchronize(self);
    took = tiny.now().since_start();
}
Task<> patience(Context& self, Duration how_long) { co_await self.sleep(how_long); }

}  // namespace

TEST_SUITE("models/kernel/rcu_callbacks") {
    TEST_CASE("callbacks of a CPU follow each other there, at the tick that wakes who waits") {
        TinyKernel tiny;
        Noted first{tiny, "first"}, second{tiny, "second"};
        Duration waited;
        tiny.thread(2, "caller", call, tiny, std::vector{&first, &second});
        tiny.thread(5, "waiter", wait, tiny, waited);
        tiny.run();
        const Duration tick = tiny.machine.jiffy() * (waited / tiny.machine.jiffy());
        REQUIRE(tick > tiny.kernel.rcu.scan_interval());
        CHECK(tiny.log == Log{TinyKernel::said(tick + 1_us, "first on cpu2"),
                              TinyKernel::said(tick + 2_us, "second on cpu2")});
    }
    TEST_CASE("a callback that asks again waits for a whole period again") {
        TinyKernel tiny;
        Noted callback{tiny, "callback"};
        callback.again = 2;
        tiny.thread(2, "caller", call, tiny, std::vector{&callback});
        tiny.thread(3, "patience", patience, 200_ms);
        tiny.run();
        CHECK(tiny.log.size() == 3);
        CHECK(tiny.kernel.rcu.completed() == 3);
    }
    TEST_CASE("a call in mid-period is not served by that period") {
        TinyKernel tiny;
        Noted early{tiny, "early"}, late{tiny, "late"};
        tiny.thread(2, "caller", call, tiny, std::vector{&early});
        const auto later = [](Context& self, TinyKernel& t, Noted& callback) -> Task<> {
            co_await self.sleep(t.machine.jiffy() / 4);
            CHECK(t.log.empty());
            co_await t.kernel.rcu.call(self, callback);
        };
        tiny.thread(2, "late caller", later, tiny, late);
        tiny.thread(3, "patience", patience, 200_ms);
        tiny.run();
        CHECK(tiny.log.size() == 2);
        CHECK(tiny.kernel.rcu.completed() == 2);
    }
    TEST_CASE("a NOHZ_FULL CPU leaves its callbacks to one that is not") {
        Machine machine = tiny_machine();
        machine.kernel.nohz_full = CpuSet{CpuId{0}, CpuId{2}};
        TinyKernel tiny{machine};
        Noted callback{tiny, "callback"};
        tiny.thread(2, "caller", call, tiny, std::vector{&callback});
        tiny.thread(3, "patience", patience, 100_ms);
        tiny.run();
        REQUIRE(tiny.log.size() == 1);
        CHECK(tiny.log.front().ends_with("callback on cpu1"));
    }
}
