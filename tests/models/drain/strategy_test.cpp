// Goal: what every drain owes its callers, whichever strategy does it.
// Method: each registered strategy on a machine of two nodes of four CPUs; the law is the same.
#include "models/drain/strategy.hpp"

#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

constexpr ZoneId node0{0u};
constexpr ZoneId node1{1u};
constexpr CpuId caller{0u};

/// Calls test(entry) for a scenario's entry of each strategy.
template <class Test>
void for_each_strategy(Test test) {
    for (const ModelInfo& info : list_models<DrainStrategy>()) {
        CAPTURE(info.name);
        test(R"({"model": ")" + info.name + R"("})");
    }
}

bool is_any_of(const std::string& entry, std::initializer_list<const char*> models) {
    for (const char* const model : models)
        if (entry.find('"' + std::string{model} + '"') != std::string::npos) return true;
    return false;
}
/// Before 4.11 there was no pcpu_drain_mutex.
bool drains_one_at_a_time(const std::string& entry) {
    return !is_any_of(entry, {"ipi-all", "ipi-mask"});
}
bool reads_counts(const std::string& entry) { return !is_any_of(entry, {"ipi-all"}); }

}  // namespace

TEST_SUITE("models/drain/strategy") {
    TEST_CASE("the strategies of this test are all there are") {
        std::vector<std::string> names;
        for (const ModelInfo& info : list_models<DrainStrategy>()) names.push_back(info.name);
        CHECK(names == std::vector<std::string>{"ipi-all", "ipi-mask", "rcu-swap",
                                                "remote-spinlock", "workqueue"});
    }

    TEST_CASE("every era drains by one of them") {
        for (const std::string_view era : kernel_names()) {
            CAPTURE(era);
            const std::string strategy{find_kernel_rules(era)->drain_strategy};
            CHECK(registry<DrainStrategy>().contains(strategy));
        }
    }

    TEST_CASE("when lists are disabled, 4.11 and later visit CPUs without pages, too") {
        for_each_strategy([](const std::string& entry) {
            if (!drains_one_at_a_time(entry)) return;
            TinyRun run{entry};
            run.list(CpuId{3u}, node0, 7_pages);
            const auto drain_disabled = [](Context& self, Kernel& kernel) -> Task<> {
                co_await kernel.drains.drain_all(self, node0, DrainReason::lists_disabled);
            };
            run.thread(caller, drain_disabled, run.kernel);
            run.kernel.engine.run();
            CHECK(run.kernel.drains.statistics().cpus_visited == 8);
            CHECK(run.kernel.drains.last_visited() == run.machine.topology.online());
            CHECK(run.kernel.memory.pcp_pages() == Pages{});
        });
    }

    TEST_CASE("frees every page and loses none, whoever has it") {
        for_each_strategy([](const std::string& entry) {
            TinyRun run{entry};
            const Pages all_free = run.kernel.memory.free_pages();
            Pages listed;
            for (const CpuId cpu : run.machine.topology.possible()) {
                for (const ZoneId zone : {node0, node1}) {
                    const Pages pages{(cpu.number() * 37 + zone.number() * 11) % 150};
                    run.list(cpu, zone, pages);
                    listed += pages;
                }
            }
            CHECK(run.kernel.memory.free_pages() == all_free - listed);
            run.drain();
            CHECK(run.kernel.memory.pcp_pages() == Pages{});
            CHECK(run.kernel.memory.free_pages() == all_free);
            CHECK(run.kernel.pages.statistics().drained == listed);
            run.check_every_page();
        });
    }

    TEST_CASE("a drain of one zone leaves the lists of other zones alone") {
        for_each_strategy([](const std::string& entry) {
            TinyRun run{entry};
            run.list(CpuId{2u}, node0, 30_pages);
            run.list(CpuId{2u}, node1, 40_pages);
            run.drain(node1);
            CHECK(run.listed(CpuId{2u}, node0) == 30_pages);
            CHECK(run.listed(CpuId{2u}, node1) == Pages{});
            CHECK(run.kernel.pages.statistics().drained == 40_pages);
        });
    }

    TEST_CASE("counts the CPUs that had pages and those that had none") {
        for_each_strategy([](const std::string& entry) {
            if (!reads_counts(entry)) return;
            TinyRun run{entry};
            run.list(CpuId{1u}, node0, 1_pages);
            run.list(CpuId{6u}, node0, 1_pages);
            run.list(CpuId{6u}, node1, 1_pages);
            run.drain();
            CHECK(run.kernel.drains.statistics().cpus_visited == 2);
            CHECK(run.kernel.drains.statistics().cpus_skipped == 6);
        });
    }

    TEST_CASE("with empty lists costs no more than reading every count") {
        for_each_strategy([](const std::string& entry) {
            if (!reads_counts(entry)) return;
            TinyRun run{entry};
            Duration reading;
            for (const CpuId cpu : run.machine.topology.possible())
                reading += 2 * run.machine.interconnect.transfer(cpu, caller);
            const Duration took = run.drain(std::nullopt);
            CHECK(took >= reading);
            // rcu-swap waits for a grace period all the same, as its patch did.
            if (!is_any_of(entry, {"rcu-swap"})) CHECK(took == reading);
            CHECK(run.kernel.pages.statistics().drained == Pages{});
        });
    }

    TEST_CASE("a drain of all zones gives up while another one runs") {
        for_each_strategy([](const std::string& entry) {
            if (!drains_one_at_a_time(entry)) return;
            TinyRun run{entry};
            run.list(CpuId{1u}, node0, 1000_pages);
            run.thread(caller, TinyRun::drain_once, run.kernel, std::nullopt);
            bool was_running = false;
            const auto late = [](Context& self, Kernel& kernel, bool& running) -> Task<> {
                co_await self.run(5_us);
                running = kernel.drains.mutex().holder() != nullptr;
                const Time called = kernel.engine.now();
                co_await kernel.drains.drain_all(self, std::nullopt, DrainReason::forced);
                CHECK(kernel.engine.now() == called);
            };
            run.thread(CpuId{5u}, late, run.kernel, was_running);
            run.kernel.engine.run();
            CHECK(was_running);
            CHECK(run.kernel.drains.statistics().requested == 2);
            CHECK(run.kernel.drains.statistics().executed == 1);
            CHECK(run.kernel.drains.statistics().given_up == 1);
            CHECK(run.kernel.drains.statistics().latencies.size() == 1);
        });
    }

    TEST_CASE("a drain of one zone waits for the one that runs") {
        for_each_strategy([](const std::string& entry) {
            if (!drains_one_at_a_time(entry)) return;
            TinyRun run{entry};
            run.list(CpuId{1u}, node0, 1000_pages);
            run.thread(caller, TinyRun::drain_once, run.kernel, std::nullopt);
            const auto late = [](Context& self, TinyRun& world) -> Task<> {
                co_await self.run(5_us);
                world.list(CpuId{1u}, node1, 5_pages);
                co_await world.kernel.drains.drain_all(self, node1, DrainReason::forced);
                CHECK(world.kernel.drains.statistics().executed == 2);
                CHECK(world.listed(CpuId{1u}, node1) == Pages{});
            };
            run.thread(CpuId{5u}, late, run);
            run.kernel.engine.run();
            CHECK(run.kernel.drains.statistics().given_up == 0);
            CHECK(run.kernel.drains.mutex().statistics().contentions == 1);
            run.check_every_page();
        });
    }

    TEST_CASE("a page freed on a CPU whose count was already read stays on its list") {
        for_each_strategy([](const std::string& entry) {
            TinyRun run{entry};
            run.list(CpuId{1u}, node0, 1000_pages);
            const auto page =
                run.kernel.memory.zone(node0).alloc_block(Order{0}, MigrateType::movable);
            const auto target = [](Context& self, Kernel& kernel, Pfn freed) -> Task<> {
                co_await self.run(10_us);
                CHECK(kernel.drains.statistics().executed == 1);
                CHECK(kernel.drains.statistics().latencies.empty());
                co_await kernel.pages.free_pages(self, freed, Order{0}, MigrateType::movable);
            };
            run.thread(CpuId{2u}, target, run.kernel, *page);
            run.drain();
            CHECK(run.listed(CpuId{2u}, node0) == 1_pages);
            CHECK(run.kernel.memory.pcp_pages() == 1_pages);
            run.check_every_page();
        });
    }

    TEST_CASE("unknown parameters are refused by name") {
        const auto read = [](const Node& node, Errors& errors) {
            static_cast<void>(read_choice<DrainStrategy>(node, errors));
        };
        CHECK(complaints(R"({"model": "rcu-swop"})", read) ==
              "t.json:1:11: /model: expected one of ipi-all, ipi-mask, rcu-swap, "
              "remote-spinlock, workqueue, got \"rcu-swop\" (did you mean \"rcu-swap\"?)");
        CHECK(complaints(R"({"model": "rcu-swap", "params": {"grace": 1}})", read) ==
              "t.json:1:43: /params/grace: expected one of normal, expedited, got 1");
        CHECK(complaints(R"({"model": "remote-spinlock", "params": {"irqs": 1}})", read) ==
              "t.json:1:41: /params/irqs: expected no key, got \"irqs\"");
        CHECK(complaints(R"({"model": "workqueue", "params": {"force_all": true}})", read) ==
              "t.json:1:35: /params/force_all: expected one of force_all_cpus, got \"force_all\" "
              "(did you mean \"force_all_cpus\"?)");
        CHECK(complaints(R"({"model": "workqueue", "params": {"force_all_cpus": 1}})", read) ==
              "t.json:1:53: /params/force_all_cpus: expected true or false, got 1");
    }
}
