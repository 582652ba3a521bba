// Goal: clients touch every page of the mapping once, and what that takes follows from the costs.
// Method: one client as a sum of costs; several through what each CPU spent in user mode, which is
// the client's pages times a constant and so shows who ran where.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const CostTable costs = tiny_costs();
constexpr const char* workqueue = R"({"model": "workqueue"})";

/// An entry of pft without noise; `more` are further parameters, such as R"("scale": 2)".
std::string pft(int clients, int ram_divisor, const std::string& more = {}) {
    return R"({"model": "pft", "params": {"start_skew": "0ns", "jitter_permille": 0, "clients": [)" +
           std::to_string(clients) + R"(], "ram_divisor": )" + std::to_string(ram_divisor) +
           (more.empty() ? "" : ", ") + more + "}}";
}

/// One run of pft to its end.
struct PftRun : TinyRun {
    PftRun(const std::string& strategy_entry, const std::string& pft_entry, const CpuSet& cpus,
           Machine m = tiny_machine(), std::uint64_t seed = 1)
        : TinyRun{strategy_entry, std::move(m), seed},
          workload{choose<Workload>(pft_entry).make(kernel)} {
        workload->start({cpus, cpus != machine.topology.online()});
        kernel.engine.run();
    }
    [[nodiscard]] Duration measured(const std::string& name) const {
        return Duration{value_of(*workload, name)};
    }
    [[nodiscard]] Pages mapped() const {
        const Memory& memory = kernel.memory;
        return memory.managed() - memory.free_pages() - memory.pcp_pages();
    }
    /// Pages touched on each CPU.
    [[nodiscard]] std::vector<std::int64_t> touched() const {
        std::vector<std::int64_t> pages;
        for (const CpuId cpu : machine.topology.possible()) {
            const Ledger ledger = kernel.scheduler.processor(cpu).ledger();
            pages.push_back(ledger[static_cast<std::size_t>(Activity::user)] / costs.user_per_page);
        }
        return pages;
    }
    std::unique_ptr<Workload> workload;
};

const CpuSet all = tiny_machine().topology.online();
CpuSet cpus(std::string_view list) { return std::get<CpuSet>(Scalar<CpuSet>::parse(list)); }

/// The tiny machine with one CPU more in node 1, numbered last.
Machine one_cpu_more() {
    Machine machine = tiny_machine();
    const Topology& old = machine.topology;
    std::vector<HardwareThread> threads;
    for (const CpuId cpu : old.possible()) threads.push_back(old.thread(cpu));
    threads.push_back({CpuId{8u}, CoreId{8u}, CacheId{4u}, NodeId{1u}, SocketId{1u}});
    machine.topology = Topology{threads, old.nodes(), {10, 21, 21, 10}, old.cache_size()};
    machine.interconnect = tiny_interconnect(machine.topology);
    return machine;
}

}  // namespace

TEST_SUITE("models/workload/pft") {
    TEST_CASE("one client's time is a sum: batches, faults and refills") {
        const PftRun run{workqueue, pft(1, 63), cpus("2")};
        const std::int64_t pages = run.kernel.memory.managed() / 63_pages;
        CHECK(pages == 512);
        const std::int64_t batch = 50;
        const std::int64_t refills = (pages + batch - 1) / batch;
        const Duration kernel_work =
            (costs.irq_save_restore + costs.list_pop + costs.page_fault + costs.page_zero) * pages;
        const Duration refilling =
            (costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * batch) * refills;
        const Duration memory = costs.memory_service_per_page * pages;
        const Duration system = kernel_work + refilling + memory;
        CHECK(run.measured("pft/system-1") == system);
        CHECK(run.measured("pft/elapsed-1") == system + costs.user_per_page * pages);
    }

    TEST_CASE("slices add up to the mapping, however it divides") {
        for (const int clients : {1, 2, 3, 7, 8, 11}) {
            CAPTURE(clients);
            const PftRun run{workqueue, pft(clients, 60), all};
            const std::int64_t mapping = run.kernel.memory.managed() / 60_pages;
            CHECK(run.mapped() == Pages{mapping});
            std::int64_t sum = 0;
            for (const std::int64_t pages : run.touched()) sum += pages;
            CHECK(sum == mapping);
            run.check_every_page({run.workload.get()});
        }
    }

    TEST_CASE("slices differ by a page at most") {
        const PftRun run{workqueue, pft(7, 60), cpus("0-6")};
        const std::vector<std::int64_t> pages = run.touched();
        const auto [least, most] = std::minmax_element(pages.begin(), pages.begin() + 7);
        CHECK(*most - *least <= 1);
        CHECK(*least > 0);
    }

    TEST_CASE("times of a smaller mapping are multiplied back by its scale") {
        const PftRun small{workqueue, pft(1, 10, R"("scale": 12)"), cpus("2")};
        const PftRun same{workqueue, pft(1, 120), cpus("2")};
        CHECK(small.mapped() == same.mapped());
        for (const char* metric : {"pft/system-1", "pft/elapsed-1"})
            CHECK(small.measured(metric) == same.measured(metric) * 12);
    }

    TEST_CASE("clients start within the skew of each other, and elapsed time covers it") {
        const std::string together = pft(2, 2000);
        const Duration without = PftRun{workqueue, together, cpus("0,4")}.measured("pft/elapsed-2");
        const std::string apart = replaced(together, R"("0ns")", R"("1ms")");
        Duration longest;
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const PftRun run{workqueue, apart, cpus("0,4"), tiny_machine(), seed};
            const Duration with = run.measured("pft/elapsed-2");
            CHECK(with > without - 10_us);
            CHECK(with < without + 1_ms);
            longest = std::max(longest, with);
        }
        CHECK(longest > without + 500_us);
    }

    TEST_CASE("the same seed places clients and varies faults alike under every strategy") {
        const std::string noisy =
            R"({"model": "pft", "params": {"clients": [5], "ram_divisor": 60}})";
        std::vector<std::vector<std::int64_t>> placements;
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            const PftRun vanilla{workqueue, noisy, all, tiny_machine(), seed};
            placements.push_back(vanilla.touched());
            for (const char* other :
                 {R"({"model": "rcu-swap"})", R"({"model": "remote-spinlock"})"})
                CHECK(PftRun{other, noisy, all, tiny_machine(), seed}.touched() ==
                      placements.back());
        }
        std::sort(placements.begin(), placements.end());
        const auto distinct = std::unique(placements.begin(), placements.end());
        CHECK(distinct - placements.begin() > 1);  // the seed does place them
    }

    TEST_CASE("strategies differ by their hot paths alone while nobody drains") {
        const PftRun vanilla{workqueue, pft(1, 63), cpus("2")};
        const PftRun rcu{R"({"model": "rcu-swap"})", pft(1, 63), cpus("2")};
        const Duration added = rcu.measured("pft/system-1") - vanilla.measured("pft/system-1");
        CHECK(added == costs.dependent_load * 512);
    }

    TEST_CASE("a CPU more on an unused node leaves every other draw where it was") {
        const std::string noisy =
            R"({"model": "pft", "params": {"clients": [3], "ram_divisor": 60}})";
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            const PftRun before{workqueue, noisy, cpus("0-3"), tiny_machine(), seed};
            const PftRun after{workqueue, noisy, cpus("0-3"), one_cpu_more(), seed};
            for (const char* metric : {"pft/system-3", "pft/elapsed-3"})
                CHECK(before.measured(metric) == after.measured(metric));
        }
    }

    TEST_CASE("a CPU more moves a client forked near its parent only if it takes part itself") {
        const std::string one = pft(1, 2000, R"("other_tasks": 0)");
        int elsewhere = 0;
        for (std::uint64_t seed = 1; seed <= 40; ++seed) {
            const auto before = PftRun{workqueue, one, all, tiny_machine(), seed}.touched();
            auto after =
                PftRun{workqueue, one, one_cpu_more().topology.online(), one_cpu_more(), seed}
                    .touched();
            const bool on_grown_node = std::any_of(after.begin() + 4, after.end(),
                                                   [](std::int64_t pages) { return pages > 0; });
            after.pop_back();
            if (on_grown_node) continue;
            CHECK(after == before);
            ++elsewhere;
        }
        CHECK(elsewhere >= 10);
    }

    TEST_CASE("clients that are told to stop end with the page in hand") {
        TinyRun run{workqueue};
        const auto workload = choose<Workload>(pft(1, 10)).make(run.kernel);
        workload->start({cpus("2"), true});
        const auto stop = [](void* object, std::uint64_t) {
            static_cast<Workload*>(object)->stop();
        };
        const Time told = Time{} + 1_ms;
        run.kernel.engine.schedule(told, stop, workload.get());
        run.kernel.engine.run();
        const Duration memory = costs.memory_service_per_page * 50;  // waited for once a batch
        const Duration refill = costs.zone_lock_hold_base + costs.zone_lock_hold_per_page * 50;
        const Duration page = costs.page_fault + costs.page_zero + costs.user_per_page +
                              costs.irq_save_restore + costs.list_pop;
        CHECK(run.kernel.engine.now() >= told);
        CHECK(run.kernel.engine.now() < told + memory + refill + page);
        run.check_every_page({workload.get()});
    }

    TEST_CASE("pinned clients share their CPUs, others are spread and kept off isolated ones") {
        Machine machine = tiny_machine();
        machine.kernel.isolated = cpus("0,5");
        const auto used = [&](const Placement& where) {
            TinyRun run{workqueue, machine};
            const auto workload = choose<Workload>(pft(12, 60)).make(run.kernel);
            workload->start(where);
            run.kernel.engine.run();
            CpuSet used_cpus;
            for (const CpuId cpu : machine.topology.possible()) {
                const Ledger ledger = run.kernel.scheduler.processor(cpu).ledger();
                if (ledger[static_cast<std::size_t>(Activity::user)] > Duration{})
                    used_cpus.insert(cpu);
            }
            return used_cpus;
        };
        CHECK(used({cpus("0,3"), true}) == cpus("0,3"));
        CHECK(used({machine.balanced()}) == cpus("1-4,6-7"));
        CHECK(used({cpus("2-4")}) == cpus("2-4"));
    }

    TEST_CASE("runs once for each client count, by default up the ladder") {
        const Machine machine = tiny_machine();
        const auto points = choose<Workload>(R"({"model": "pft"})").points(machine);
        CHECK(points.size() == 5);  // 1 3 5 7 8 on eight CPUs
        CHECK(choose<Workload>(pft(3, 60)).points(machine).size() == 1);
    }

    TEST_CASE("a mapping larger than the machine's memory kills the simulated kernel") {
        CHECK_THROWS_WITH_AS((PftRun{workqueue, pft(1, 1), cpus("2")}), "pft/0: out of memory",
                             Stall);
    }

    TEST_CASE("parameters out of range are refused with the range") {
        const auto read = [](const Node& node, Errors& errors) {
            static_cast<void>(read_choice<Workload>(node, errors));
        };
        CHECK(complaints(R"({"model": "pft", "params": {"scale": 0}})", read) ==
              "t.json:1:38: /params/scale: expected a whole number in 1..1000000, got 0");
        CHECK(complaints(R"({"model": "pft", "params": {"clients": [1, 0]}})", read) ==
              "t.json:1:44: /params/clients/1: expected a whole number in 1..8192, got 0");
        CHECK(
            complaints(R"({"model": "pft", "params": {"start_skew": 5}})", read) ==
            "t.json:1:43: /params/start_skew: expected a duration in 0ps..1s with a unit, such as "
            "\"14ns\", got 5");
    }
}
