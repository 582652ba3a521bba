// Goal: a burst does what its operations would have done one by one, to the picosecond.
// Method: random machines, eras, strategies and disturbances, run with operations on their own,
// with bursts of every length, and with somebody who looks at everything at random instants.
#include <doctest/doctest.h>

#include <array>
#include <optional>

#include "tests/models/mm/random.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;
using test::Random;

namespace {

/// Everything that can be seen of a kernel, in one list of numbers.
std::vector<std::int64_t> look(Kernel& kernel) {
    std::vector<std::int64_t> seen;
    const auto add = [&](auto number) { seen.push_back(static_cast<std::int64_t>(number)); };
    const auto add_lock = [&](const SpinLock& lock) {
        const LockStatistics& statistics = lock.statistics();
        add(statistics.contentions);
        add(statistics.waited.count());
        add(statistics.granted_not_running.count());
    };
    for (std::size_t i = 0; i < kernel.scheduler.cpus(); ++i) {
        const Processor& processor = kernel.scheduler.processor(CpuId{i});
        add(processor.activity());
        add(processor.task_activity());
        add(processor.switches());
        add(processor.interrupts(Level::hardirq));
        for (const Duration duration : processor.ledger()) add(duration.count());
        if (const Context* const thread = processor.thread())
            for (const Duration duration : thread->spent()) add(duration.count());
    }
    for (const Zone& zone : kernel.memory.zones()) {
        add(zone.free_pages().count());
        add(zone.pcp_pages().count());
        add(zone.in_use().count());
        add_lock(kernel.pages.zone_lock(zone));
        for (std::size_t i = 0; i < zone.cpus(); ++i) {
            const Pcplist& pcp = zone.pcplist(CpuId{i});
            add(pcp.count().count());
            add(pcp.tuning().high.count());
            add(pcp.tuning().free_factor);
            add(pcp.tuning().free_count.count());
        }
    }
    return seen;
}

/// A case: what runs where, and when somebody disturbs it or looks at it.
struct Case {
    explicit Case(std::uint64_t number) : random{number} {
        shape.cores_per_node = static_cast<std::uint32_t>(1 + pick(3));
        shape.threads_per_core = static_cast<std::uint32_t>(1 + pick(2));
        shape.memory_per_node = 16_MiB;
        constexpr std::array strategies{"ipi-all", "ipi-mask", "workqueue", "rcu-swap",
                                        "remote-spinlock"};
        const std::string model = strategies[pick(strategies.size())];
        const bool expedited = model == "rcu-swap" && random.below(2) == 0;
        strategy = R"({"model": ")" + model + R"(", "params": {)" +
                   (expedited ? R"("grace": "expedited")" : "") + "}}";
        const auto eras = kernel_names();
        spec.rules = find_kernel_rules(eras[pick(eras.size())]);
        spec.pcp_batch = Pages{1 + random.below(60)};
        spec.pcp_high = Pages{1 + random.below(600)};
        // Up to all of the memory of one node, so that its clients cross its low watermark.
        const std::int64_t divisor = 2 + random.below(8);
        clients = R"({"model": "pft", "params": {"clients": [)" +
                  std::to_string(1 + random.below(9)) +
                  R"(], "start_skew": "20us", "ram_divisor": )" + std::to_string(divisor) + "}}";
        on_node = random.below(2) == 0;
        drains =
            R"({"model": "forced-drain", "params": {"drains": 12, "loop": "open", "period": ")" +
            std::to_string(20 + random.below(300)) + R"(us"}})";
        const auto last = static_cast<std::uint32_t>(
            shape.sockets * shape.cores_per_node * shape.threads_per_core - 1);
        if (random.below(2) == 0) isolated = CpuSet{CpuId{last}};
        loop = R"({"model": "isolated-loop", "params": {"rounds": 60, "pages": )" +
               std::to_string(random.below(12)) + R"(, "period": ")" +
               std::to_string(30 + random.below(300)) + R"(us"}})";
        faults = R"({"model": "page-fault-loop", "params": {"tasks": 3, "loops": 4, "pages": )" +
                 std::to_string(1 + random.below(700)) + R"(, "pause": ")" +
                 std::to_string(random.below(40)) + R"(us"}})";
        constexpr std::array triggers{
            R"({"model": "kcompactd", "params": {"period": "300us", "order": 10}})",
            R"({"model": "memory-offline", "params": {"offlines": 4, "period": "100us",
                "pass_time": "90us"}})",
            R"({"model": "contiguous-alloc", "params": {"calls": 4, "period": "200us", "order": 5,
                "blocks": 4, "hold": "70us"}})"};
        trigger = triggers[pick(triggers.size())];
        preemption = random.below(2) == 0 ? Preemption::full : Preemption::voluntary;
        if (random.below(3) == 0)
            told_to_stop = Time{} + Duration{1 + random.below((2_ms).count())};
        if (random.below(2) == 0) stop = Time{} + Duration{1 + random.below((3_ms).count())};
        for (int i = 0; i < 6; ++i)
            naps.push_back({CpuId{pick(static_cast<std::size_t>(shape.cores_per_node))},
                            Duration{1 + random.below((100_us).count())},
                            Duration{1 + random.below((30_us).count())}});
        for (int i = 0; i < 40; ++i) looks.push_back(Duration{1 + random.below((2_ms).count())});
    }
    std::size_t pick(std::size_t of) {
        return static_cast<std::size_t>(random.below(static_cast<std::int64_t>(of)));
    }

    struct Nap {
        CpuId cpu;
        Duration asleep, awake;
    };
    Random random;
    RegularShape shape = tiny_shape;
    MemorySpec spec = tiny_memory();
    std::string strategy, clients, drains, loop, faults, trigger;
    CpuSet isolated;  ///< NOHZ_FULL too, with a loop on it; perhaps none
    bool on_node = false;
    Preemption preemption = Preemption::voluntary;
    std::optional<Time> told_to_stop;  ///< the clients
    std::optional<Time> stop;
    std::vector<Nap> naps;
    std::vector<Duration> looks;
};

struct Seen {
    std::uint64_t fingerprint = 0;
    std::vector<std::int64_t> at_the_end;
    std::vector<std::vector<std::int64_t>> meanwhile;
    std::vector<std::int64_t> measured;
    std::uint64_t events = 0;
};

struct Observer {
    Kernel& kernel;
    std::vector<std::vector<std::int64_t>>& seen;
    static void look_now(void* object, std::uint64_t) {
        Observer& self = *static_cast<Observer*>(object);
        self.seen.push_back(look(self.kernel));
    }
};

Seen run(const Case& c, std::uint32_t longest_burst, bool looking) {
    Machine machine = tiny_machine(c.shape);
    machine.kernel.preemption = c.preemption;
    machine.kernel.stat_interval = 10_ms;
    machine.kernel.isolated = c.isolated;
    machine.kernel.nohz_full = c.isolated;
    TinyRun run{c.strategy, machine, 1, c.spec};
    run.kernel.engine.set_longest_burst(longest_burst);
    const auto clients = choose<Workload>(c.clients).make(run.kernel);
    const auto drainer = choose<Workload>(c.drains).make(run.kernel);
    const Topology& topology = run.machine.topology;
    const auto loop = choose<Workload>(c.loop).make(run.kernel);
    if (!c.isolated.empty()) loop->start({c.isolated, true});
    clients->start(c.on_node ? Placement{topology.cpus_of(NodeId{0}), true}
                             : Placement{run.machine.balanced()});
    drainer->start({CpuSet{CpuId{0u}}, true});
    const auto faults = choose<Workload>(c.faults).make(run.kernel);
    faults->start({topology.cpus_of(NodeId{1}), true});
    const auto trigger = choose<Workload>(c.trigger).make(run.kernel);
    trigger->start({topology.cpus_of(NodeId{1}), true});
    const auto nap = [](Context& self, Case::Nap n) -> Task<> {
        for (int i = 0; i < 20; ++i) {
            co_await self.sleep(n.asleep);
            co_await self.run(n.awake);
        }
    };
    for (const Case::Nap& n : c.naps) run.thread(n.cpu, nap, n);
    Seen seen;
    Observer observer{run.kernel, seen.meanwhile};
    for (const Duration when : c.looks)
        if (looking) run.kernel.engine.schedule(Time{} + when, Observer::look_now, &observer);
    const auto tell = [](void* workload, std::uint64_t) {
        static_cast<Workload*>(workload)->stop();
    };
    if (c.told_to_stop) run.kernel.engine.schedule(*c.told_to_stop, tell, clients.get());
    run.kernel.engine.run(c.stop.value_or(Time::max()));
    seen.at_the_end = look(run.kernel);
    seen.fingerprint = run.kernel.engine.fingerprint().value();
    seen.events = run.kernel.engine.events();
    for (const Workload* const workload :
         {clients.get(), drainer.get(), loop.get(), faults.get(), trigger.get()})
        for (const Measurement& measurement : workload->measure())
            seen.measured.push_back(measurement.value);
    if (!c.stop) run.check_every_page({clients.get(), loop.get(), faults.get(), trigger.get()});
    return seen;
}

}  // namespace

TEST_SUITE("models/bursts") {
    TEST_CASE("bursts of any length, looked at or not, do what single operations do") {
        std::uint64_t events = 0, events_of_bursts = 0;
        for (std::uint64_t number = 1; number <= 200; ++number) {
            const Case c{number};
            CAPTURE(number);
            CAPTURE(c.strategy);
            CAPTURE(c.spec.rules->name);
            const Seen expected = run(c, 1, true);
            events += expected.events;
            for (const std::uint32_t longest : {UINT32_MAX, 2u, 7u}) {
                CAPTURE(longest);
                for (const bool looking : {false, true}) {
                    const Seen seen = run(c, longest, looking);
                    CHECK(seen.fingerprint == expected.fingerprint);
                    CHECK(seen.at_the_end == expected.at_the_end);
                    CHECK(seen.measured == expected.measured);
                    if (looking) CHECK(seen.meanwhile == expected.meanwhile);
                    if (!looking && longest == UINT32_MAX) events_of_bursts += seen.events;
                }
            }
        }
        CHECK(events_of_bursts < events / 2);  // Otherwise the test has tested little.
    }
}
