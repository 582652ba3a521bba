// Goal: who has pages is interrupted, nobody else; and what becomes of that without its lock, or
// with its first version's defect.
// Method: a few lists on the tiny machine, and drains that overlap at chosen times.
#include <doctest/doctest.h>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

constexpr ZoneId node0{0u};
constexpr ZoneId node1{1u};
constexpr CpuId caller{0u};
const CostTable costs = tiny_costs();
const std::string defective = R"("defect": "last-zone-only")";

std::string ipi_mask(const std::string& params = {}) {
    return R"({"model": "ipi-mask", "params": {)" + params + "}}";
}
std::string mask(const std::string& value) { return R"("mask": ")" + value + '"'; }
std::string mask_lock(const std::string& value) { return R"("mask_lock": ")" + value + '"'; }

Duration line(const TinyRun& run, CpuId from, CpuId to) {
    return run.machine.interconnect.transfer(from, to);
}
Duration reading_every_count(const TinyRun& run) {
    Duration sum;
    for (const CpuId cpu : run.machine.topology.online()) sum += 2 * line(run, cpu, caller);
    return sum;
}
/// From the mask until the caller goes on, for one idle owner.
Duration asking(const TinyRun& run, CpuId owner, Pages pages) {
    return line(run, owner, caller) + costs.atomic + costs.ipi_deliver + costs.idle_exit +
           costs.interrupt + line(run, caller, owner) + costs.zone_lock_hold_base +
           costs.zone_lock_hold_per_page * pages.count() + costs.irq_save_restore +
           line(run, owner, caller);
}

}  // namespace

TEST_SUITE("models/drain/ipi_mask") {
    TEST_CASE("interrupts the CPUs that have pages, and no other") {
        TinyRun run{ipi_mask()};
        run.list(CpuId{1u}, node0, 1_pages);
        run.list(CpuId{4u}, node0, 1_pages);
        run.list(CpuId{7u}, node1, 1_pages);
        run.drain();
        CHECK(run.disturbed() == "0-1,4,7");
        const DrainStatistics& counted = run.kernel.drains.statistics();
        CHECK(counted.ipis == 3);
        CHECK(counted.ipis_saved == 7 - 3);
        CHECK(counted.cpus_visited == 3);
        CHECK(counted.cpus_skipped == 8 - 3);
    }

    TEST_CASE("the caller's own list takes no interrupt") {
        TinyRun run{ipi_mask()};
        run.list(caller, node0, 10_pages);
        CHECK(run.drain() == reading_every_count(run) + costs.zone_lock_hold_base +
                                 costs.zone_lock_hold_per_page * 10 + costs.irq_save_restore);
        CHECK(run.disturbed() == "0");
        CHECK(run.kernel.drains.statistics().ipis == 0);
        CHECK(run.kernel.drains.statistics().ipis_saved == 7);
    }

    TEST_CASE("a global interrupt is one to more than half of the CPUs, the caller's among them") {
        for (const std::uint32_t owners : {0U, 1U, 4U, 5U, 8U}) {
            CAPTURE(owners);
            TinyRun run{ipi_mask()};
            for (std::uint32_t cpu = 0; cpu < owners; ++cpu) run.list(CpuId{cpu}, node0, 1_pages);
            run.drain();
            CHECK(run.kernel.drains.statistics().global_ipis == (owners > 4 ? 1 : 0));
        }
    }

    TEST_CASE("takes reading, and the interrupt of its owner") {
        TinyRun run{ipi_mask()};
        const CpuId owner{6u};
        run.list(owner, node0, 100_pages);
        const Duration reading = reading_every_count(run) - line(run, owner, caller);
        CHECK(run.drain() == reading + asking(run, owner, 100_pages));
    }

    TEST_CASE("each way of building the mask finds the same CPUs, a summary by fewer reads") {
        for (const char* const way : {"per-cpu-summary", "clear-then-set", "set-and-clear"}) {
            CAPTURE(way);
            TinyRun run{ipi_mask(mask(way))};
            const CpuId owner{6u};
            for (const ZoneId zone : {node0, node1}) {
                for (int again = 0; again < 2; ++again) {  // bits of the last drain do no harm
                    run.list(owner, zone, 100_pages);
                    Duration reading = reading_every_count(run);
                    if (zone == node0 && way == std::string{"per-cpu-summary"})
                        reading -= line(run, owner, caller);
                    CHECK(run.drain() == reading + asking(run, owner, 100_pages));
                    CHECK(run.listed(owner, zone) == Pages{});
                }
            }
            CHECK(run.drain() == reading_every_count(run));
            CHECK(run.kernel.drains.statistics().ipis == 4);
        }
    }

    TEST_CASE("defect: only pages of the last zone are seen, others are left behind") {
        TinyRun run{ipi_mask(defective)};
        run.list(CpuId{1u}, node0, 10_pages);
        run.list(CpuId{2u}, node1, 20_pages);
        run.list(CpuId{5u}, node0, 30_pages);
        run.list(CpuId{5u}, node1, 40_pages);
        run.drain();
        CHECK(run.listed(CpuId{1u}, node0) == 10_pages);
        CHECK(run.kernel.memory.pcp_pages() == 10_pages);
        CHECK(run.kernel.drains.statistics().ipis == 2);
        CHECK(run.kernel.drains.statistics().ipis_saved == 7 - 2);
        run.check_every_page();
    }

    TEST_CASE("defect: a drain of one zone has no zone to forget") {
        TinyRun run{ipi_mask(defective)};
        run.list(CpuId{1u}, node0, 10_pages);
        run.drain(node0);
        CHECK(run.kernel.memory.pcp_pages() == Pages{});
    }

    TEST_CASE("without a lock a drain that clears the mask makes another one miss its CPUs") {
        for (const char* const lock : {"none", "spin", "trylock", "mutex", "killable-mutex"}) {
            CAPTURE(lock);
            TinyRun run{ipi_mask(mask("clear-then-set") + ", " + mask_lock(lock))};
            run.list(CpuId{1u}, node0, 50_pages);
            bool missed = false;
            const auto first = [](Context& self, TinyRun& world, bool& left) -> Task<> {
                co_await world.kernel.drains.drain_all(self, std::nullopt, DrainReason::forced);
                left = world.listed(CpuId{1u}, node0) > Pages{};
            };
            // The first one has read the counts of CPU 1 after 240 ns and those of CPU 7 after
            // 1880 ns; the second one clears the mask between, and comes to CPU 1 later.
            const auto second = [](Context& self, Kernel& kernel) -> Task<> {
                co_await self.run(1500_ns);
                co_await kernel.drains.drain_all(self, std::nullopt, DrainReason::forced);
            };
            run.thread(CpuId{3u}, first, run, missed);
            run.thread(CpuId{5u}, second, run.kernel);
            run.kernel.engine.run();
            CHECK(missed == (lock == std::string{"none"}));
            CHECK(run.listed(CpuId{1u}, node0) == Pages{});  // the second one has seen them
            CHECK(run.kernel.drains.statistics().executed == 2);
            run.check_every_page();
        }
    }

    TEST_CASE("who waits for the mask answers its owner's interrupt") {
        for (const char* const lock : {"spin", "trylock", "mutex"}) {
            CAPTURE(lock);
            TinyRun run{ipi_mask(mask_lock(lock))};
            const CpuId waiter{5u};
            run.list(waiter, node1, 1000_pages);
            const auto second = [](Context& self, Kernel& kernel) -> Task<> {
                co_await self.run(100_ns);
                co_await kernel.drains.drain_all(self, std::nullopt, DrainReason::forced);
            };
            const Thread& thread = run.thread(waiter, second, run.kernel);
            run.thread(CpuId{3u}, TinyRun::drain_once, run.kernel, std::nullopt);
            run.kernel.engine.run();
            CHECK(run.kernel.drains.statistics().executed == 2);
            CHECK(run.kernel.drains.statistics().ipis == 1);
            CHECK(run.kernel.memory.pcp_pages() == Pages{});
            const bool spins = thread.spent()[static_cast<std::size_t>(Activity::spin)] > 1_us;
            CHECK(spins == (lock != std::string{"mutex"}));
        }
    }

    TEST_CASE("who is killed while it waits for the mask gives up, but not with a plain mutex") {
        for (const char* const lock : {"mutex", "killable-mutex"}) {
            CAPTURE(lock);
            TinyRun run{ipi_mask(mask_lock(lock))};
            run.list(CpuId{1u}, node0, 1900_pages);  // more than 76 us for its pages alone
            Duration returned;
            const auto second = [](Context& self, Kernel& kernel, Duration& when) -> Task<> {
                co_await self.run(1_us);
                co_await kernel.drains.drain_all(self, std::nullopt, DrainReason::forced);
                when = self.engine().now().since_start();
            };
            const auto kill = [](Context& self, Thread& victim) -> Task<> {
                co_await self.sleep(20_us);
                victim.request_stop();
            };
            Thread& waiter = run.thread(CpuId{5u}, second, run.kernel, returned);
            run.thread(CpuId{3u}, TinyRun::drain_once, run.kernel, std::nullopt);
            run.thread(CpuId{6u}, kill, waiter);
            run.kernel.engine.run();
            const bool killable = lock == std::string{"killable-mutex"};
            CHECK((returned < 76_us) == killable);
            CHECK(run.kernel.drains.statistics().given_up == (killable ? 1 : 0));
            CHECK(run.kernel.drains.statistics().executed == (killable ? 1 : 2));
        }
    }

    TEST_CASE("between two tries of trylock others may run, while spinning for a lock none") {
        for (const char* const lock : {"spin", "trylock"}) {
            CAPTURE(lock);
            TinyRun run{ipi_mask(mask_lock(lock))};
            run.list(CpuId{1u}, node0, 1900_pages);
            Duration urgent_ran;
            const auto urgent = [](Context& self, Duration& when) -> Task<> {
                co_await self.sleep(20_us);
                when = self.engine().now().since_start();
            };
            const auto second = [](Context& self, Kernel& kernel) -> Task<> {
                co_await self.run(1_us);
                co_await kernel.drains.drain_all(self, std::nullopt, DrainReason::forced);
            };
            Thread& thread = run.thread(CpuId{5u}, urgent, urgent_ran);
            thread.policy = SchedPolicy::fifo;
            run.thread(CpuId{5u}, second, run.kernel);
            run.thread(CpuId{3u}, TinyRun::drain_once, run.kernel, std::nullopt);
            run.kernel.engine.run();
            // The first drain takes more than 76 us for its pages alone.
            if (lock == std::string{"trylock"})
                CHECK(urgent_ran < 30_us);
            else
                CHECK(urgent_ran > 76_us);
        }
    }
}
