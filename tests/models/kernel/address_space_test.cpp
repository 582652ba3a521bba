// Goal: the time of page faults is the sum of what they do. Method: a few batches by one or two
// tasks, with and without what they share.
#include "models/kernel/address_space.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

constexpr std::int64_t batch = 8;

struct Faults : TinyKernel {
    explicit Faults(HotPath path = local_lock_path(tiny_costs()), std::uint64_t seed = 1)
        : TinyKernel{tiny_machine(), short_lists(), seed}, mapping{kernel} {
        kernel.pages.set_hot_path(std::move(path));
    }
    ~Faults() { CHECK_NOTHROW(kernel.memory.check_conservation(mapping.mapped())); }
    /// A task on the CPU that touches the pages; its time goes to `took`.
    void task(int cpu, Pages pages, Duration& took, std::int64_t jitter_permille = 0) {
        const auto body = [](Context& self, Faults& t, Pages n, Duration& d,
                             AddressSpace::Toucher toucher) -> Task<> {
            const Time before = t.now();
            co_await t.mapping.touch(self, n, toucher);
            d = t.now() - before;
        };
        const AddressSpace::Toucher toucher{static_cast<std::uint32_t>(cpu), jitter_permille};
        thread(cpu, "task", body, *this, pages, took, toucher);
    }
    /// What a batch costs besides its faults: memory service, and a refill.
    [[nodiscard]] Duration per_batch() const {
        return costs.memory_service_per_page * batch + costs.zone_lock_hold_base +
               costs.zone_lock_hold_per_page * batch;
    }
    [[nodiscard]] Duration per_fault() const {
        return kernel.pages.hot_path().alloc.front().work + costs.page_fault + costs.page_zero +
               costs.user_per_page;
    }
    AddressSpace mapping;
};

}  // namespace

TEST_SUITE("models/kernel/address_space") {
    TEST_CASE("faults of one task cost allocation, fault, zeroing and user, batches the rest") {
        for (const HotPath& path : {local_lock_path(tiny_costs()), pcp_lock_path(tiny_costs())}) {
            Faults faults{path};
            Duration took;
            faults.task(1, Pages{5 * batch}, took);
            faults.run();
            CHECK(took == faults.per_batch() * 5 + faults.per_fault() * (5 * batch));
            CHECK(faults.mapping.mapped() == Pages{5 * batch});
        }
    }
    TEST_CASE("user time is user time, and waiting for memory is a stall") {
        Faults faults;
        Duration took;
        faults.task(1, Pages{5 * batch}, took);
        faults.run();
        const Ledger ledger = faults.cpu(1).ledger();
        CHECK(spent(ledger, Activity::user) == faults.costs.user_per_page * (5 * batch));
        CHECK(spent(ledger, Activity::stall) == faults.costs.memory_service_per_page * (5 * batch));
    }
    TEST_CASE("an incomplete last batch books only its own pages") {
        Faults faults;
        Duration took;
        faults.task(1, Pages{batch + 3}, took);
        faults.run();
        const Duration not_booked = faults.costs.memory_service_per_page * (batch - 3);
        CHECK(took == faults.per_batch() * 2 - not_booked + faults.per_fault() * (batch + 3));
    }
    TEST_CASE("each other active task adds its share of the lines that all of them write") {
        Faults faults;
        Duration here;
        Duration there;
        faults.task(1, Pages{5 * batch}, here);
        faults.task(5, Pages{5 * batch}, there);
        faults.run();
        // Either of two tasks wrote a line last; nothing else is shared between two nodes.
        const Duration line = faults.machine.interconnect.transfer(CpuId{1}, CpuId{5});
        const Duration shared =
            scale_down(line, {faults.costs.fault_shared_lines_permille, 2 * 1000});
        REQUIRE(shared > Duration{});
        CHECK(here == faults.per_batch() * 5 + (faults.per_fault() + shared) * (5 * batch));
        CHECK(there == here);
    }
    TEST_CASE("after the other task has ended, faults cost what they cost alone") {
        Faults faults;
        Duration brief;
        Duration longer;
        faults.task(1, Pages{batch}, brief);
        faults.task(5, Pages{5 * batch}, longer);
        faults.run();
        const Duration line = faults.machine.interconnect.transfer(CpuId{1}, CpuId{5});
        const Duration shared =
            scale_down(line, {faults.costs.fault_shared_lines_permille, 2 * 1000});
        CHECK(longer == faults.per_batch() * 5 + faults.per_fault() * (5 * batch) + shared * batch);
    }
    TEST_CASE("two tasks of a socket queue for its memory, first come first served") {
        Faults faults;
        Duration first;
        Duration second;
        faults.task(1, 1_pages, first);
        faults.task(2, 1_pages, second);
        faults.run();
        const CostTable& costs = faults.costs;
        const Duration line = faults.machine.interconnect.transfer(CpuId{1}, CpuId{2});
        const Duration shared = scale_down(line, {costs.fault_shared_lines_permille, 2 * 1000});
        const Duration refill = costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * batch;
        const Duration behind_one =
            scale_up(costs.memory_service_per_page,
                     {1'000'000 + costs.memory_service_per_waiter_ppm, 1'000'000});
        CHECK(first == costs.memory_service_per_page + refill + faults.per_fault() + shared);
        // When its memory is served, the first one has zone->lock.
        CHECK(second ==
              costs.memory_service_per_page + refill + line + refill + faults.per_fault() + shared);
        CHECK(behind_one < refill);
        CHECK(spent(faults.cpu(2).ledger(), Activity::stall) ==
              costs.memory_service_per_page + behind_one);
    }
    TEST_CASE("jitter varies the fault's own work within its bounds, by the task's draws") {
        const auto time_of = [](std::int64_t permille, std::uint64_t seed) {
            Faults faults{local_lock_path(tiny_costs()), seed};
            Duration took;
            faults.task(1, Pages{20 * batch}, took, permille);
            faults.run();
            return took;
        };
        const Duration even = time_of(0, 1);
        const Duration own = (tiny_costs().page_fault + tiny_costs().page_zero) * (20 * batch);
        CHECK(time_of(0, 2) == even);
        CHECK(time_of(100, 1) == time_of(100, 1));
        CHECK(time_of(100, 1) != time_of(100, 2));
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const Duration took = time_of(100, seed);
            CHECK(took >= even - own / 10);
            CHECK(took <= even + own / 10);
        }
    }
    TEST_CASE("an unmapping flushes TLBs before it frees, once for as many pages as are gathered") {
        constexpr std::int64_t gathered = 8 + 19 * 510;  // page pointers in 19 pages of 4 KiB
        for (const std::int64_t pages : {std::int64_t{1}, gathered, gathered + 1}) {
            CAPTURE(pages);
            TinyKernel tiny;
            AddressSpace mapping{tiny.kernel};
            const auto task = [](Context& self, TinyKernel& t, AddressSpace& m, Pages n,
                                 Duration& took) -> Task<> {
                co_await m.touch(self, n, {2, 0});
                const Time before = t.now();
                co_await m.unmap(self, 2, 100_ns);
                took = t.now() - before;
            };
            Duration took;
            Thread& thread = tiny.create(1, "task", Context::Role::foreground);
            mapping.add(thread);
            thread.start(task(thread, tiny, mapping, Pages{pages}, took));
            Thread& poller = tiny.create(6, "poller", Context::Role::daemon);
            mapping.add(poller);
            poller.start([](Context& self) -> Task<> {
                const Phase user{1_s, Activity::user, false, true};
                co_await self.run(Operation{&user, 1});
            }(poller));
            tiny.run();
            const std::int64_t flushes = pages > gathered ? 2 : 1;
            CHECK(tiny.kernel.ipis.sent_to(CpuId{6}) == static_cast<std::uint64_t>(flushes));
            CHECK(mapping.mapped() == 0_pages);
            CHECK(took > (tiny.kernel.pages.hot_path().free.front().work + 100_ns) * pages +
                             tiny.costs.ipi_deliver * flushes);
        }
    }
    TEST_CASE("when no zone has a page left the kernel dies of it") {
        TinyKernel tiny;
        AddressSpace mapping{tiny.kernel};
        const auto body = [](Context& self, AddressSpace& m, Pages all) -> Task<> {
            co_await m.touch(self, all, {});
        };
        tiny.thread(1, "hog", body, mapping, tiny.kernel.memory.managed());
        CHECK_THROWS_WITH_AS(tiny.run(), "hog: out of memory", OutOfMemory);
    }
}
