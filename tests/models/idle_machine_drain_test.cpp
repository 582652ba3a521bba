// Goal: one forced drain of an idle machine of 256 CPUs with full lists takes what the machine's
// costs say, whoever does the work.
// Method: the expectation is reckoned here from costs and line transfers alone. For owners' work it
// is a recursion over the times at which items are queued and over the queue at each zone->lock.
// The plain forms that one would write on paper must hold within a factor of two.
#include <algorithm>
#include <vector>

#include "models/machine/machine_file.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

constexpr CpuId caller{0u};
constexpr Duration forever = Duration::max();
constexpr Duration jiffy = 4_ms;  // HZ is 250

Machine read_epyc() {
    Errors errors;
    const std::string file = PCPSIM_SOURCE_DIR "/scenarios/machines/epyc-7742-2s.json";
    Machine machine = read_machine(read_json(file, errors), errors);
    errors.throw_if_any();
    return machine;
}
const Machine& epyc() {
    static const Machine machine = read_epyc();
    return machine;
}
const CostTable& costs() { return epyc().costs; }
Duration line(CpuId from, CpuId to) { return epyc().interconnect.transfer(from, to); }

/// What one forced drain did, and what its CPUs had on their lists before.
struct Drained {
    Time called;
    Duration latency;
    std::int64_t work_items = 0;
    std::int64_t disturbed = 0;
    std::vector<Pages> listed;  ///< by CPU, in the Normal zone of its node
    Pages pages;
};

Drained forced_drain(const std::string& strategy_entry) {
    Kernel kernel{epyc(), MemorySpec{}, 1};
    const auto strategy = choose<DrainStrategy>(strategy_entry).make(kernel);
    kernel.use(*strategy);
    const auto workload =
        choose<Workload>(R"({"model": "forced-drain", "params": {"fill": "high"}})").make(kernel);
    workload->start({epyc().topology.online()});
    Drained drained;
    for (const CpuId cpu : epyc().topology.online()) {
        const NodeId node = epyc().topology.node_of(cpu);
        const Zone& zone = kernel.memory.zone(kernel.memory.zonelist(node).front());
        CHECK(zone.pcplist(cpu).count() == zone.pcplist(cpu).tuning().high - 1_pages);
        drained.listed.push_back(zone.pcplist(cpu).count());
        drained.pages += drained.listed.back();
    }
    CHECK(kernel.memory.pcp_pages() == drained.pages);
    kernel.engine.run();
    CHECK(kernel.memory.pcp_pages() == Pages{});
    CHECK(value_of(*workload, "forced-drain/pages") == drained.pages.count());
    drained.latency = Duration{value_of(*workload, "forced-drain/latency-max")};
    drained.called = kernel.engine.now() - drained.latency;
    drained.work_items = value_of(*workload, "forced-drain/work-items");
    drained.disturbed = value_of(*workload, "forced-drain/cpus-disturbed");
    return drained;
}

/// Zones are read in the order of their addresses, up to the first with pages: DMA, DMA32 and
/// Normal of node 0, then one of each other node.
Duration reading_counts() {
    Duration sum;
    for (const CpuId cpu : epyc().topology.online())
        sum += line(cpu, caller) * (3 + std::int64_t{epyc().topology.node_of(cpu).number()});
    return sum;
}

Duration hold(Pages pages) {
    return costs().zone_lock_hold_base + costs().zone_lock_hold_per_page * pages.count();
}

/// From idle until a thread runs.
Duration waking_up() { return costs().idle_exit + costs().context_switch; }

/// Two per cent are allowed; what agrees to a tenth of that leaves no mechanism out.
void check_closely(Duration measured, Duration expected) {
    CAPTURE(measured);
    CAPTURE(expected);
    CHECK(measured * 1000 <= expected * 1002);
    CHECK(measured * 1000 >= expected * 998);
}
void check_roughly(Duration measured, Duration plain_form) {
    CAPTURE(measured);
    CAPTURE(plain_form);
    CHECK(measured <= plain_form * 2);
    CHECK(measured * 2 >= plain_form);
}

/// A time when a CPU is not idle, seen from the call.
struct Busy {
    Duration from = forever;
    Duration to = forever;
};

/// When work that begins at `start` is done on a CPU whose core sibling is busy in between.
Duration finish(Duration start, Duration work, Busy sibling) {
    const Ratio slowdown{costs().smt_slowdown_permille, 1000};
    if (start < sibling.from) {
        if (work <= sibling.from - start) return start + work;
        work -= sibling.from - start;
        start = sibling.from;
    }
    if (start < sibling.to) {
        const Duration slowed = scale_up(work, slowdown);
        if (sibling.to == forever || slowed <= sibling.to - start) return start + slowed;
        work -= scale_down(sibling.to - start, {slowdown.den, slowdown.num});
        start = sibling.to;
    }
    return start + work;
}

/// The work-item drain as a recursion. CPUs 0 to 127 are the first threads of their cores, and
/// their siblings, 128 to 255, are queued after all of them.
class WorkItems {
public:
    explicit WorkItems(const std::vector<Pages>& listed) : listed_{listed}, busy_(listed.size()) {
        queue_items();
        for (const MemoryNode& node : epyc().topology.nodes()) empty_lists_of(node.node);
    }
    /// The caller sleeps until its own kworker has run, then for each item not yet done.
    [[nodiscard]] Duration latency() const {
        Duration now = busy_[0].to + costs().context_switch;
        for (std::size_t cpu = 1; cpu < busy_.size(); ++cpu)
            if (busy_[cpu].to > now)
                now = busy_[cpu].to + costs().ipi_deliver + costs().interrupt + waking_up();
        return now;
    }

private:
    [[nodiscard]] const Busy& sibling_of(std::size_t cpu) const {
        return busy_[cpu < 128 ? cpu + 128 : cpu - 128];
    }

    /// The caller's core sibling becomes busy half-way, and slows the caller's queueing from then.
    void queue_items() {
        Duration now = reading_counts();
        for (std::size_t cpu = 0; cpu < busy_.size(); ++cpu) {
            const Duration send = cpu < 2 ? Duration{} : costs().ipi_send;  // for the one before
            now = finish(now, send + costs().queue_work, busy_[128]);
            if (cpu != 0) busy_[cpu].from = now + costs().ipi_deliver + costs().interrupt;
        }
        busy_[0].from = Duration{};
        caller_sleeps_ = now;
    }

    /// When the CPU's kworker asks for zone->lock. An idle CPU has to wake up first, the caller's
    /// has to switch.
    [[nodiscard]] Duration arrival(std::size_t cpu) const {
        const Duration overhead = costs().context_switch + costs().work_item;
        return cpu == 0 ? finish(caller_sleeps_, overhead, sibling_of(cpu))
                        : finish(busy_[cpu].from, costs().idle_exit + overhead, sibling_of(cpu));
    }

    void empty_lists_of(NodeId node) {
        std::vector<std::size_t> first_threads, second_threads;
        for (const CpuId cpu : epyc().topology.cpus_of(node))
            (cpu.index() < 128 && cpu != caller ? first_threads : second_threads)
                .push_back(cpu.index());
        serve(first_threads);
        serve(second_threads);  // the first threads' last busy times are known by now
        holder_.reset();
        lock_free_ = Duration{};
    }

    void serve(std::vector<std::size_t> cpus) {
        std::sort(cpus.begin(), cpus.end(),
                  [&](std::size_t a, std::size_t b) { return arrival(a) < arrival(b); });
        for (const std::size_t cpu : cpus) {
            Duration work = hold(listed_[cpu]);
            if (holder_) work += line(CpuId{*holder_}, CpuId{cpu});
            lock_free_ = finish(std::max(arrival(cpu), lock_free_), work, sibling_of(cpu));
            busy_[cpu].to = finish(lock_free_, costs().irq_save_restore, sibling_of(cpu));
            holder_ = cpu;
        }
    }

    std::vector<Pages> listed_;
    std::vector<Busy> busy_;
    Duration caller_sleeps_;
    std::optional<std::size_t> holder_;
    Duration lock_free_;
};

/// What the caller takes to empty everybody's lists alone, fetching every page struct.
Duration emptying_alone(const std::vector<Pages>& listed) {
    Duration sum;
    for (const CpuId cpu : epyc().topology.online())
        sum += hold(listed[cpu.index()]) + line(cpu, caller) * listed[cpu.index()].count() +
               costs().irq_save_restore;
    return sum;
}

/// The ticks in the time for which the caller is busy.
Duration ticks(Time from, Duration busy) {
    return costs().tick * ((from + busy).since_start() / jiffy - from.since_start() / jiffy);
}

/// From the call until the caller goes on after one grace period: the scan for idle CPUs comes an
/// interval after its start, its end is noticed at the next tick.
Duration after_grace_period(Time called, Duration requested) {
    const auto cpus = static_cast<std::int64_t>(epyc().topology.cpus());
    const std::int64_t scan_jiffies = 1 + cpus / 256;
    const std::int64_t nodes = cpus / 16 + 1;  // leaves and the root
    const Duration ended = requested + costs().ipi_deliver + costs().interrupt + waking_up() +
                           costs().rcu_gp_init + costs().rcu_gp_init_per_node * nodes +
                           jiffy * scan_jiffies + waking_up() + costs().rcu_fqs_scan_per_cpu * cpus;
    const Time tick{jiffy * ((called + ended).since_start() / jiffy + 1)};
    return tick - called + waking_up();
}

/// The drain by interrupt as a recursion, from the first call queued until the caller's own list is
/// empty. Only the caller's CPU has a thread, which slows its core's sibling.
Duration asking_all(const std::vector<Pages>& listed) {
    Duration sent;
    for (const CpuId cpu : epyc().topology.online())
        if (cpu != caller) sent += line(cpu, caller) + costs().atomic;
    const Duration arrival = sent + costs().ipi_deliver;
    Duration answered;
    CpuId last_of_own_node;
    for (const MemoryNode& node : epyc().topology.nodes()) {
        Duration lock_free;
        std::optional<CpuId> holder;
        for (const CpuId cpu : epyc().topology.cpus_of(node.node)) {
            if (cpu == caller) continue;
            const bool slowed = epyc().topology.siblings(caller).contains(cpu);
            const Busy sibling{slowed ? Duration{} : forever, forever};
            const Duration entry = costs().idle_exit + costs().interrupt + line(caller, cpu);
            const Duration asks = finish(arrival, entry, sibling);
            const Duration fetch = holder ? line(*holder, cpu) : Duration{};
            lock_free =
                finish(std::max(asks, lock_free), fetch + hold(listed[cpu.index()]), sibling);
            holder = cpu;
        }
        const Duration returned = lock_free + costs().irq_save_restore + line(*holder, caller);
        answered = std::max(answered, returned);
        if (node.node == epyc().topology.node_of(caller)) last_of_own_node = *holder;
    }
    return answered + line(last_of_own_node, caller) + hold(listed[caller.index()]) +
           costs().irq_save_restore;
}

/// The terms of the forms that one would write on paper: CPUs with pages, zones, and the mean time
/// of a line from any CPU to the caller.
constexpr std::int64_t cpus = 256;
constexpr std::int64_t zones = 6;
Duration mean_line() {
    Duration sum;
    for (const CpuId cpu : epyc().topology.online()) sum += line(cpu, caller);
    return sum / cpus;
}

}  // namespace

TEST_SUITE("models/idle_machine_drain") {
    TEST_CASE("interrupts: one write starts all owners, and they queue at their zone's lock") {
        for (const bool masked : {false, true}) {
            CAPTURE(masked);
            const Drained drained =
                forced_drain(masked ? R"({"model": "ipi-mask"})" : R"({"model": "ipi-all"})");
            CHECK(drained.work_items == 0);
            CHECK(drained.disturbed == cpus - 1);
            const Duration reading = masked ? reading_counts() : Duration{};
            check_closely(drained.latency, reading + asking_all(drained.listed));

            const Duration plain = reading + mean_line() * cpus + costs().ipi_send +
                                   costs().ipi_deliver + costs().interrupt +
                                   costs().zone_lock_hold_per_page * (drained.pages.count() / 4);
            check_roughly(drained.latency, plain);
        }
    }

    TEST_CASE("work items: owners wake one after the other and queue at their zone's lock") {
        const Drained drained = forced_drain(R"({"model": "workqueue"})");
        CHECK(drained.work_items == cpus);
        CHECK(drained.disturbed == cpus - 1);
        const Duration expected = WorkItems{drained.listed}.latency();
        check_closely(drained.latency, expected);

        // Reading, queueing and waking, a kworker's delay, and the pages of one zone of four.
        const Duration delay = costs().ipi_deliver + costs().interrupt + costs().idle_exit +
                               costs().context_switch + costs().work_item;
        const Duration plain = mean_line() * cpus * zones +
                               (costs().queue_work + costs().ipi_send) * cpus + delay +
                               costs().zone_lock_hold_per_page * (drained.pages.count() / 4);
        check_roughly(drained.latency, plain);
    }

    TEST_CASE("list exchange: the caller waits for a grace period, then frees all pages alone") {
        const Drained drained = forced_drain(R"({"model": "rcu-swap"})");
        CHECK(drained.work_items == 0);
        CHECK(drained.disturbed == 1);  // where the kthread of grace periods ran
        const Duration exchanging = mean_line() * cpus + costs().atomic * cpus;
        const Duration waiting = after_grace_period(drained.called, reading_counts() + exchanging);
        const Duration freeing = emptying_alone(drained.listed);
        const Duration expected = waiting + freeing + ticks(drained.called + waiting, freeing);
        check_closely(drained.latency, expected);

        const Duration grace_period = 2 * jiffy;
        const Duration plain =
            mean_line() * cpus * zones + grace_period +
            (costs().zone_lock_hold_per_page + mean_line()) * drained.pages.count();
        check_roughly(drained.latency, plain);
    }

    TEST_CASE("remote locks: the caller frees all pages alone, and nobody notices") {
        const Drained drained = forced_drain(R"({"model": "remote-spinlock"})");
        CHECK(drained.work_items == 0);
        CHECK(drained.disturbed == 0);
        const Duration work =
            reading_counts() + mean_line() * cpus + emptying_alone(drained.listed);
        const Duration expected = work + ticks(drained.called, work);
        check_closely(drained.latency, expected);

        const Duration plain =
            mean_line() * cpus * zones + mean_line() * cpus +
            (costs().zone_lock_hold_per_page + mean_line()) * drained.pages.count();
        check_roughly(drained.latency, plain);
    }
}
