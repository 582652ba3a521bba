// Goal: a kernel is one closed world: the same seed, the same history, and no page lost.
// Method: tasks, timers, drains by work item and a grace period on a tiny machine.
#include "models/kernel/kernel.hpp"

#include <doctest/doctest.h>

#include "models/kernel/address_space.hpp"
#include "models/kernel/masks.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

struct EmptyOwnLists final : Work {
    explicit EmptyOwnLists(Kernel& k) : kernel{k} {}
    Task<> execute(Context& self) override {
        for (Zone& zone : kernel.memory.zones()) {
            const InterruptsOff local_lock{self};
            co_await kernel.pages.drain_pcplist(self, zone, self.cpu());
        }
    }
    Kernel& kernel;
};

/// A bit of everything; every CPU has a task.
struct World {
    explicit World(std::uint64_t seed)
        : tiny{tiny_machine(), short_lists(), seed}, mapping{tiny.kernel} {
        for (int cpu = 0; cpu < 8; ++cpu)
            works.push_back(std::make_unique<EmptyOwnLists>(tiny.kernel));
        const auto task = [](Context& self, World& w, std::uint32_t number) -> Task<> {
            const AddressSpace::Toucher toucher{number, 50};
            co_await w.mapping.touch(self, 300_pages, toucher);
        };
        for (std::uint32_t cpu = 0; cpu < 8; ++cpu)
            tiny.thread(static_cast<int>(cpu), "task", task, *this, cpu);
        const auto drainer = [](Context& self, World& w) -> Task<> {
            for (int i = 0; i < 3; ++i) {
                co_await self.sleep(50_us);
                Workqueue& queue = w.tiny.kernel.mm_percpu_wq;
                for (std::size_t cpu = 0; cpu < 8; ++cpu)
                    co_await queue.queue_on(self, CpuId{cpu}, *w.works[cpu]);
                for (const auto& work : w.works) co_await queue.flush(self, *work);
                co_await w.tiny.kernel.rcu.synchronize(self);
            }
        };
        tiny.thread(3, "drainer", drainer, *this);
    }
    [[nodiscard]] std::uint64_t fingerprint() { return tiny.kernel.engine.fingerprint().value(); }
    TinyKernel tiny;
    AddressSpace mapping;
    std::vector<std::unique_ptr<EmptyOwnLists>> works;
};

struct IdleDrainer final : Drainer {
    explicit IdleDrainer(const CostTable& c) : costs{c} {}
    Task<> drain(Context&, std::optional<ZoneId>, DrainReason) override { co_return; }
    [[nodiscard]] HotPath hot_path() const override { return pcp_lock_path(costs); }
    const CostTable& costs;
};

}  // namespace

TEST_SUITE("models/kernel/kernel") {
    TEST_CASE("the same seed has the same history twice, another seed another one") {
        const auto history = [](std::uint64_t seed) {
            World world{seed};
            world.tiny.run();
            return std::pair{world.fingerprint(), world.tiny.kernel.engine.events()};
        };
        CHECK(history(1) == history(1));
        CHECK(history(1).first != history(2).first);
    }
    TEST_CASE("a run that is looked at often has the same history") {
        World whole{3};
        whole.tiny.run();
        World looked_at{3};
        for (int i = 1; i <= 1000; ++i) {
            looked_at.tiny.run(Time{1_us * i});
            for (int cpu = 0; cpu < 8; ++cpu) {
                static_cast<void>(looked_at.tiny.cpu(cpu).activity());
                REQUIRE(total(looked_at.tiny.cpu(cpu).ledger()) == Duration{1_us * i});
            }
        }
        looked_at.tiny.run();
        CHECK(looked_at.fingerprint() == whole.fingerprint());
        CHECK(looked_at.tiny.now() == whole.tiny.now());
    }
    TEST_CASE("pages are conserved") {
        World world{1};
        world.tiny.run();
        CHECK(world.mapping.mapped() == 8 * 300_pages);
        CHECK_NOTHROW(world.tiny.kernel.memory.check_conservation(world.mapping.mapped()));
        for (const Zone& zone : world.tiny.kernel.memory.zones()) CHECK_NOTHROW(zone.validate());
        CHECK(world.tiny.kernel.pages.statistics().drained > Pages{});
    }
    TEST_CASE("a kernel may end at any instant, whatever its threads hold") {
        for (int i = 0; i < 200; ++i) {
            World world{1};
            world.tiny.run(Time{3'600_ns + 37_ns * i});
        }
    }
    TEST_CASE("the drainer decides what an allocation costs") {
        TinyKernel tiny;
        IdleDrainer drainer{tiny.costs};
        tiny.kernel.use(drainer);
        CHECK(tiny.kernel.pages.hot_path().takes_pcp_lock);
    }
}
