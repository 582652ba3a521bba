// Goal: percpu memory takes the time of its parts, its pages come from every CPU's node and go
// back, and the worker runs when it is wanted and disturbs whom it must. Method: threads on a tiny
// machine of 8 CPUs, with every time written as a sum.
//
// Its units are 128 pages: 248 KiB of the first chunk in 2 MiB for four CPUs. 28 KiB of that are
// for allocation, in 7 populated pages.
#include "models/kernel/percpu.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "sim/interruptions.hpp"
#include "tests/support/tiny_kernel.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

constexpr std::int64_t cpus = 8;
constexpr PercpuRequest small{.size = Bytes{64}, .align = Bytes{8}};
constexpr PercpuRequest eight_pages{.size = 32_KiB, .align = 4_KiB};
constexpr std::int64_t per_chunk = 16;  // of eight pages

struct PercpuKernel : TinyKernel {
    explicit PercpuKernel(const std::string& depopulation = "none", Machine m = tiny_machine())
        : TinyKernel{std::move(m)},
          percpu{kernel.percpu},
          strategy{choose<Depopulation>(R"({"model": ")" + depopulation + R"("})")
                       .make(percpu.allocator())} {
        percpu.use(*strategy);
    }
    static Task<> allocate(Context& self, PercpuKernel& run, PercpuRequest request,
                           std::int64_t times) {
        for (std::int64_t i = 0; i < times; ++i) {
            const auto area = co_await run.percpu.alloc_percpu(self, request);
            if (area) run.areas.push_back(*area);
        }
    }
    /// The areas from number `first` on, but of every `keep` the last.
    static Task<> free(Context& self, PercpuKernel& run, std::size_t first, std::size_t keep) {
        for (std::size_t i = first; i < run.areas.size(); ++i)
            if (keep == 0 || i % keep != keep - 1)
                co_await run.percpu.free_percpu(self, run.areas[i]);
    }
    /// What a thread on CPU 2 does, and how long it takes.
    template <class Body, class... Arguments>
    Duration on_cpu2(Body body, Arguments&&... arguments) {
        const Time before = now();
        thread(2, "caller", body, *this, std::forward<Arguments>(arguments)...);
        run();
        return now() - before;
    }
    /// The same, and then nothing but what the worker still has to do.
    template <class Body, class... Arguments>
    void settled(Body body, Arguments&&... arguments) {
        on_cpu2(body, std::forward<Arguments>(arguments)...);
        const auto wait = [](Context& self) -> Task<> { co_await self.sleep(100_ms); };
        thread(7, "patience", wait);
        run();
    }
    /// Off the zones' lists.
    [[nodiscard]] Pages taken() {
        return kernel.memory.managed() - kernel.memory.free_pages() - kernel.memory.pcp_pages() -
               cache;
    }
    void count_every_page() const {
        Census census{kernel.memory};
        percpu.count_pages(census);
        kernel.pages.in_hand().count_pages(census);
        kernel.reclaim.count_pages(census);
        census.finish();
        percpu.allocator().validate();
    }
    /// irqsave, atomic, what is done, and the hand-over of the lock's line.
    [[nodiscard]] Duration locked(Duration work) const {
        return costs.irq_save_restore + costs.atomic + work;
    }
    [[nodiscard]] Duration zeroed_on_cpu2() const {
        // From cpu3 in 20 ns, from cpu0 and cpu1 in 60, from the other socket's four in 200.
        return costs.percpu_zero * cpus + 20_ns + 2 * 60_ns + 4 * 200_ns;
    }

    Percpu& percpu;
    std::unique_ptr<Depopulation> strategy;
    std::vector<PercpuArea> areas;
    Pages cache{kernel.memory.managed() - kernel.memory.free_pages() - kernel.memory.pcp_pages()};
};

}  // namespace

TEST_SUITE("models/kernel/percpu") {
    TEST_CASE("the units of two nodes share atoms by node, and the first chunk is no zone's") {
        PercpuKernel run;
        const PercpuGeometry& geometry = run.percpu.allocator().geometry();
        CHECK(geometry.groups.size() == 2);
        CHECK(geometry.unit_pages() == 128_pages);
        CHECK(geometry.nr_units == cpus);
        CHECK(run.percpu.allocator().nr_populated() == geometry.first_unit_pages());
        CHECK(run.taken() == 0_pages);
        run.count_every_page();
    }
    TEST_CASE("an area of populated pages costs the search, the marks, and zeroing on every CPU") {
        PercpuKernel run;
        const Duration took = run.on_cpu2(PercpuKernel::allocate, small, 1);
        const CostTable& costs = run.costs;
        const Duration held = run.locked(costs.percpu_hint + costs.percpu_area);
        CHECK(took == start_cost(costs) + held + run.zeroed_on_cpu2());
        CHECK(run.percpu.activity().longest_hold == held);
        CHECK(run.percpu.activity().held == held);
        CHECK(run.percpu.activity().holds == 1);
        CHECK(run.percpu.activity().mutex_waits == std::vector{0_ns});
        CHECK(run.percpu.activity().worker_runs == 0);
    }
    TEST_CASE("a free costs one hold of the lock, and from another CPU the lock's line") {
        PercpuKernel run;
        run.on_cpu2(PercpuKernel::allocate, small, 1);
        const Duration cleared = run.locked(run.costs.percpu_area);
        CHECK(run.on_cpu2(PercpuKernel::free, 0u, 0u) == start_cost(run.costs) + cleared);
        run.on_cpu2(PercpuKernel::allocate, small, 1);
        const Time before = run.now();
        run.thread(5, "caller", PercpuKernel::free, run, 1u, 0u);
        run.run();
        CHECK(run.now() - before == start_cost(run.costs) + cleared + 200_ns);
    }
    TEST_CASE("pages of a chunk come from the node of each CPU, and only as they are used") {
        PercpuKernel run;
        run.on_cpu2(PercpuKernel::allocate, eight_pages, 3);
        CHECK(run.percpu.activity().chunks_created == 1);
        // The first chunk has enough empty pages, so that the worker adds none.
        const Pages populated = run.percpu.activity().populated;
        CHECK(populated == 24_pages);
        CHECK(run.taken() == populated * cpus);
        for (const Zone& zone : run.kernel.memory.zones()) {
            Pages lists;
            for (int cpu = 0; cpu < cpus; ++cpu) lists += zone.pcplist(CpuId{cpu}).count();
            CAPTURE(to_string(zone));
            CHECK(zone.managed() - zone.free_pages() - lists - run.cache / 2 == populated * 4);
        }
        run.count_every_page();
    }
    TEST_CASE("an atomic request gets populated pages only; each failure wakes the worker") {
        PercpuKernel run;
        PercpuRequest atomic{.size = Bytes{4096 * percpu_empty_high}, .atomic = true};
        run.settled(PercpuKernel::allocate, atomic, 2);  // 7 pages are there
        CHECK(run.areas.size() == 1);
        CHECK(run.percpu.allocator().stats().atomic_failures == 1);
        CHECK(run.percpu.activity().worker_runs == 1);
        CHECK(run.percpu.activity().mutex_waits.empty());
        // Of the new chunk the pages that are missing outside of it; then as many as for a failure.
        CHECK(run.percpu.activity().chunks_created == 1);
        CHECK(run.percpu.activity().populated == Pages{percpu_empty_high - 3});
        run.settled(PercpuKernel::allocate, atomic, 1);
        CHECK(run.percpu.activity().populated == Pages{2 * percpu_empty_high - 3});
        run.settled(PercpuKernel::allocate, atomic, 1);
        CHECK(run.areas.size() == 2);
        run.count_every_page();
    }
    TEST_CASE("without a strategy nobody wants the worker") {
        TinyKernel tiny;
        PercpuRequest atomic = eight_pages;
        atomic.atomic = true;
        const auto ask = [](Context& self, TinyKernel& t, PercpuRequest request) -> Task<> {
            const auto area = co_await t.kernel.percpu.alloc_percpu(self, request);
            CHECK(!area);
        };
        tiny.thread(2, "caller", ask, tiny, atomic);
        tiny.run();
        CHECK(tiny.kernel.percpu.activity().worker_runs == 0);
    }
    TEST_CASE("the second free chunk goes, with its pages to the lists of the worker's CPU") {
        PercpuKernel run;
        run.settled(PercpuKernel::allocate, eight_pages, 2 * per_chunk + 1);
        const PercpuActivity before = run.percpu.activity();
        CHECK(before.chunks_created == 3);
        run.settled(PercpuKernel::free, 0u, 0u);
        CHECK(run.percpu.activity().chunks_destroyed == 2);
        CHECK(run.percpu.activity().tlb_flushes == 0);  // vmalloc does them some time
        const Pages left = run.percpu.activity().populated - run.percpu.activity().depopulated;
        CHECK(run.taken() == left * cpus);
        run.count_every_page();
    }
    TEST_CASE("depopulation interrupts every online CPU once for each chunk; none does not") {
        for (const char* const how : {"none", "sideline"}) {
            CAPTURE(how);
            PercpuKernel run{how};
            run.on_cpu2(PercpuKernel::allocate, eight_pages, 4 * per_chunk);
            const Pages populated = run.percpu.activity().populated;
            std::vector<Interruptions> seen(2);
            const auto in_user_mode = [](Context& self) -> Task<> {
                const Phase user{20_ms, Activity::user, false, true};
                co_await self.run(Operation{&user, 1});
            };
            for (int cpu : {0, 6}) {
                Thread& watcher = run.create(cpu, "watcher", Context::Role::foreground);
                watcher.record_interruptions(seen[cpu == 0 ? 0 : 1]);
                watcher.start(in_user_mode(watcher));
            }
            run.on_cpu2(PercpuKernel::free, 0u, 16u);
            const PercpuActivity& activity = run.percpu.activity();
            CHECK((activity.tlb_flushes > 0) == (std::string{how} == "sideline"));
            CHECK((activity.depopulated > 0_pages) == (activity.tlb_flushes > 0));
            for (const Interruptions& watched : seen)
                CHECK(watched.by(static_cast<std::size_t>(InterruptionCause::tlb_flush)).count ==
                      activity.tlb_flushes);
            CHECK(run.taken() == (populated - activity.depopulated) * cpus);
            run.count_every_page();
        }
    }
    TEST_CASE("who sleeps for the mutex waits until the other's areas are zeroed") {
        PercpuKernel run;
        run.thread(2, "first", PercpuKernel::allocate, run, small, 1);
        run.thread(5, "second", PercpuKernel::allocate, run, small, 1);
        run.run();
        const CostTable& costs = run.costs;
        const Duration held = run.locked(costs.percpu_hint + costs.percpu_area);
        const std::vector<Duration>& waits = run.percpu.activity().mutex_waits;
        REQUIRE(waits.size() == 2);
        CHECK(waits[0] == 0_ns);
        // Both come at the same instant; the second is woken on its CPU, which is idle by then.
        CHECK(waits[1] == held + run.zeroed_on_cpu2() + costs.ipi_deliver + costs.interrupt +
                              start_cost(costs));
        CHECK(run.areas.size() == 2);
    }
    TEST_CASE("a fatal signal ends the wait for the mutex, unless the allocation must not fail") {
        for (const auto wait : {Percpu::Wait::killable, Percpu::Wait::nofail}) {
            PercpuKernel run;
            run.thread(2, "first", PercpuKernel::allocate, run, eight_pages, 1);
            bool has_area = false;
            const auto second = [](Context& self, PercpuKernel& r, Percpu::Wait how,
                                   bool& got) -> Task<> {
                const auto area = co_await r.percpu.alloc_percpu(self, small, how);
                got = area.has_value();
            };
            Thread& waiter = run.thread(5, "second", second, run, wait, has_area);
            const auto killer = [](Context& self, Thread& victim) -> Task<> {
                co_await self.run(2_us);
                victim.request_stop();
            };
            run.thread(6, "killer", killer, waiter);
            run.run();
            CHECK(has_area == (wait == Percpu::Wait::nofail));
            run.count_every_page();
        }
    }
    TEST_CASE("a worker that is wanted while it runs runs again, and nothing is left to do") {
        PercpuKernel run{"sideline"};
        run.settled(PercpuKernel::allocate, eight_pages, 6 * per_chunk);
        const auto three_of_four = [](Context& self, PercpuKernel& r, std::size_t from,
                                      std::size_t to) -> Task<> {
            for (std::size_t i = from; i < to; ++i)
                if (i % 4 != 3) co_await r.percpu.free_percpu(self, r.areas[i]);
        };
        const std::uint64_t before = run.kernel.system_wq.executed(CpuId{2});
        run.thread(5, "slow", three_of_four, run, 16u, 96u);
        run.settled([](Context& self, PercpuKernel& r) -> Task<> {
            for (std::size_t i = 0; i < 12; ++i) co_await r.percpu.free_percpu(self, r.areas[i]);
        });
        CHECK(run.kernel.system_wq.executed(CpuId{2}) > before + 1);
        CHECK(run.kernel.system_wq.executed(CpuId{5}) == 0);
        CHECK(run.percpu.activity().worker_runs == run.kernel.system_wq.executed(CpuId{2}));
        const PercpuAllocator& allocator = run.percpu.allocator();
        CHECK(!allocator.first_in(PercpuType::root, allocator.to_depopulate_slot()));
        run.count_every_page();
    }
    TEST_CASE("without pages the area is given up, and none of its pages is lost") {
        struct NoWayOut final : SlowPath {
            Task<std::optional<Pfn>> alloc_slowpath(Context&, NodeId, Order, MigrateType) override {
                co_return std::nullopt;
            }
        } no_way_out;
        PercpuKernel run;
        run.kernel.pages.set_slow_path(no_way_out);
        // Each area takes 64 pages of all zones together, whose watermarks keep some.
        const std::int64_t too_many = run.kernel.memory.managed().count() / 64 + 1;
        run.on_cpu2(PercpuKernel::allocate, eight_pages, too_many);
        const auto got = static_cast<std::int64_t>(run.areas.size());
        CHECK(got < too_many);
        CHECK(run.percpu.activity().populated == 8_pages * got);
        CHECK(run.percpu.allocator().stats().nr_cur_alloc == got);
        run.count_every_page();
    }
    TEST_CASE("what isolated CPUs free is balanced on others") {
        Machine machine = tiny_machine();
        machine.kernel.isolated = CpuSet{CpuId{2}, CpuId{3}};
        PercpuKernel run{"sideline", machine};
        run.settled(PercpuKernel::allocate, eight_pages, 4 * per_chunk);
        run.settled(PercpuKernel::free, 0u, 0u);
        std::uint64_t executed = 0;
        for (int cpu = 0; cpu < cpus; ++cpu) executed += run.kernel.system_wq.executed(CpuId{cpu});
        CHECK(executed > 0);
        CHECK(run.kernel.system_wq.executed(CpuId{2}) == 0);
        CHECK(run.percpu.activity().worker_runs >= executed);
    }
}
