// Goal: who has changed counters is interrupted once per interval, and idle remote lists are given
// back. Method: single allocations and lists put there by hand, on the tiny machine.
#include "models/kernel/vmstat.hpp"

#include <doctest/doctest.h>

#include "sim/interruptions.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

constexpr CpuId cpu1{1u};
constexpr ZoneId local{0u}, remote{1u};

Task<> allocate_every(Context& self, TinyKernel& tiny, Duration period) {
    for (;;) {
        co_await tiny.kernel.pages.alloc_pages(self, NodeId{0u}, Order{3}, MigrateType::movable);
        const Phase user{period, Activity::user, false, true};
        co_await self.run(Operation{&user, 1});
    }
}
/// Keeps its CPU busy without ever touching a zone.
Task<> in_user_mode(Context& self, Duration work) {
    const Phase user{work, Activity::user, false, true};
    co_await self.run(Operation{&user, 1});
}
Task<> sleeps(Context& self, Duration duration) { co_await self.sleep(duration); }

/// The shepherd's CPU is busy, or its timer would wait.
struct Busy : TinyKernel {
    explicit Busy(Machine m = tiny_machine(), const char* era = "5.17")
        : TinyKernel{std::move(m), rules(era)} {
        daemon(0, "housekeeping", in_user_mode, 1000_s);
    }
    static MemorySpec rules(const char* era) {
        MemorySpec spec = short_lists();
        spec.rules = find_kernel_rules(era);
        return spec;
    }
    void run_for(Duration duration) {
        thread(7, "clock", sleeps, duration);
        run();
    }
    /// vmstat's share in what interrupted the record's thread.
    static Interruptions::Tally vmstat(const Interruptions& record) {
        return record.by(static_cast<std::size_t>(InterruptionCause::vmstat));
    }
};

Machine with_isolated(CpuId cpu) {
    Machine machine = tiny_machine();
    machine.kernel.isolated = CpuSet{cpu};
    machine.kernel.nohz_full = CpuSet{cpu};
    return machine;
}

}  // namespace

TEST_SUITE("models/kernel/vmstat") {
    TEST_CASE("a CPU that allocates is interrupted once a second, one that does not never") {
        Busy tiny;
        Interruptions busy, quiet;
        tiny.daemon(1, "allocates", allocate_every, tiny, 300_ms).record_interruptions(busy);
        tiny.daemon(2, "computes", in_user_mode, 1000_s).record_interruptions(quiet);
        tiny.run_for(10'500_ms);
        CHECK(Busy::vmstat(busy).count == 10);
        const CostTable& costs = tiny.costs;
        const Duration lasts =
            2 * costs.context_switch + costs.work_item + costs.queue_work + costs.atomic;
        CHECK(Busy::vmstat(busy).longest >= lasts);
        CHECK(Busy::vmstat(busy).longest < lasts + costs.interrupt + costs.tick);
        CHECK(Busy::vmstat(quiet).count == 0);
    }
    TEST_CASE("the interval is the administrator's") {
        Machine machine = tiny_machine();
        machine.kernel.stat_interval = 5_s;
        Busy tiny{machine};
        Interruptions record;
        tiny.daemon(1, "allocates", allocate_every, tiny, 300_ms).record_interruptions(record);
        tiny.run_for(20'500_ms);
        CHECK(Busy::vmstat(record).count == 4);
    }
    TEST_CASE("work that finds nothing is not queued again until the shepherd sees new changes") {
        Busy tiny;
        Interruptions record;
        const auto once = [](Context& self, TinyKernel& t) -> Task<> {
            co_await t.kernel.pages.alloc_pages(self, NodeId{0u}, Order{3}, MigrateType::movable);
            co_await in_user_mode(self, 1000_s);
        };
        tiny.daemon(1, "once", once, tiny).record_interruptions(record);
        tiny.run_for(10'500_ms);
        CHECK(Busy::vmstat(record).count == 2);  // the second one finds nothing
    }
    TEST_CASE("isolated CPUs are visited up to 6.2, and left alone by 6.12") {
        for (const char* const era : {"5.10", "5.17", "6.0", "6.1", "6.2", "6.12"}) {
            CAPTURE(era);
            Busy tiny{with_isolated(cpu1), era};
            Interruptions record;
            tiny.daemon(1, "isolated", allocate_every, tiny, 300_ms).record_interruptions(record);
            tiny.run_for(10'500_ms);
            const std::uint64_t visits = Busy::vmstat(record).count;
            if (std::string_view{era} == "6.12")
                CHECK(visits == 0);
            else
                CHECK(visits >= 5);
            CHECK(visits <= 10);
        }
    }
    TEST_CASE("idle CPUs are not woken, whatever they have changed") {
        Busy tiny;
        const auto brief = [](Context& self, TinyKernel& t) -> Task<> {
            co_await t.kernel.pages.alloc_pages(self, NodeId{0u}, Order{3}, MigrateType::movable);
        };
        tiny.thread(1, "brief", brief, tiny);
        tiny.run_for(5_s);
        CHECK(tiny.cpu(1).switches() == 1);
    }
    TEST_CASE(
        "a list of another node that stays idle gives back a batch, its own node's does not") {
        Busy tiny;
        Zone& far = tiny.kernel.memory.zone(remote);
        Zone& near = tiny.kernel.memory.zone(local);
        // Three batches on either list, as if freed just before.
        const auto free_some = [](Context& self, TinyKernel& t) -> Task<> {
            for (const ZoneId id : {local, remote})
                for (int page = 0; page < 24; ++page) {
                    Zone& zone = t.kernel.memory.zone(id);
                    const auto block = zone.alloc_block(Order{0}, MigrateType::movable);
                    co_await t.kernel.pages.free_pages(self, *block, Order{0},
                                                       MigrateType::movable);
                    t.kernel.pages.note(Contact::buddy_alloc, CpuId{1u}, zone, 1_pages);
                }
            co_await in_user_mode(self, 1000_s);
        };
        tiny.daemon(1, "frees", free_some, tiny);
        tiny.run_for(900_ms);
        CHECK(far.pcplist(cpu1).count() == 24_pages);
        // Found in use at 1 s, idle three times after that, and what it gives back counts as use.
        tiny.run_for(4'500_ms - 900_ms);
        CHECK(far.pcplist(cpu1).count() == 16_pages);
        tiny.run_for(8_s);
        CHECK(far.pcplist(cpu1).count() < 16_pages);
        CHECK(near.pcplist(cpu1).count() == 24_pages);
    }
}
