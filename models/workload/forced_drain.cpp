// Forced drains: drain_all_pages() is called again and again, in a closed loop (the next call comes
// a pause after the return) or an open one (calls come at fixed times, from callers in turn; one
// that finds its caller still draining is made late).
#include <algorithm>

#include "models/workload/latency_metrics.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

enum class Loop { closed, open };
constexpr auto enum_names(Loop) { return std::array{"closed", "open"}; }
enum class Fill { none, high };
constexpr auto enum_names(Fill) { return std::array{"none", "high"}; }

class ForcedDrain final : public Workload {
public:
    struct Params {
        std::int64_t drains = 1;
        std::int64_t callers = 1;
        Duration period = 10_ms;
        Loop loop = Loop::closed;
        Fill fill = Fill::none;
        static constexpr auto fields() {
            return std::tuple{
                field("drains", &Params::drains,
                      "calls of drain_all_pages(); 0: until told to stop")
                    .within(0, 1'000'000'000),
                field("callers", &Params::callers,
                      "tasks that call in turn, on the workload's CPUs in turn")
                    .within(1, 8192),
                field("period", &Params::period,
                      "before a call: pause, or distance to the last one")
                    .within(1_ns, 1000_s),
                field("loop", &Params::loop,
                      "closed: pause after each return; open: calls at fixed times"),
                field("fill", &Params::fill,
                      "high: every CPU's list in its own node starts just below high"),
            };
        }
    };
    ForcedDrain(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {}

    [[nodiscard]] bool endless() const override { return params_.drains == 0; }

    void start(const Placement& where) override {
        if (params_.fill == Fill::high) fill_lists();
        const std::vector<CpuId> cpus = where.in_turn(static_cast<std::size_t>(params_.callers));
        for (std::int64_t i = 0; i < params_.callers; ++i) {
            const CpuId cpu = cpus[static_cast<std::size_t>(i)];
            callers_.insert(cpu);
            Thread& thread = create_thread(kernel_, "drainer", cpu, {where.cpus, true});
            thread.start(call(thread, i));
        }
    }

    [[nodiscard]] std::vector<Measurement> measure() const override;

private:
    /// As if every CPU had freed pages of its node until one more would spill.
    void fill_lists() {
        for (const CpuId cpu : kernel_.machine.topology.online()) {
            const NodeId node = kernel_.machine.topology.node_of(cpu);
            Zone& zone = kernel_.memory.zone(kernel_.memory.zonelist(node).front());
            const Pages high = zone.pcplist(cpu).tuning().high;
            while (zone.pcplist(cpu).count() + Pages{1} < high) {
                const std::optional<Pfn> page = zone.alloc_block(Order{0}, MigrateType::movable);
                if (!page) break;
                zone.free(cpu, *page, Order{0}, MigrateType::movable);
            }
        }
    }

    Task<> call(Context& self, std::int64_t first) {
        const Time begun = kernel_.engine.now();
        for (std::int64_t i = first; i < params_.drains || endless(); i += params_.callers) {
            const Time due = params_.loop == Loop::open ? begun + params_.period * (i + 1)
                                                        : kernel_.engine.now() + params_.period;
            if (due > kernel_.engine.now()) co_await self.sleep(due - kernel_.engine.now());
            if (self.stop_requested()) break;
            if (disturbed_before_.empty()) disturbed_before_ = disturbances();
            co_await kernel_.drains.drain_all(self, std::nullopt, DrainReason::forced);
            left_ += kernel_.memory.pcp_pages();
            ++returned_;
            disturbed_after_ = disturbances();
        }
    }

    /// Interrupts and switches per CPU so far.
    [[nodiscard]] std::vector<std::uint64_t> disturbances() const {
        std::vector<std::uint64_t> counts;
        for (std::size_t i = 0; i < kernel_.scheduler.cpus(); ++i) {
            const Processor& processor = kernel_.scheduler.processor(CpuId{i});
            counts.push_back(processor.switches() + processor.interrupts(Level::hardirq));
        }
        return counts;
    }

    Kernel& kernel_;
    Params params_;
    CpuSet callers_;
    Pages left_;  ///< summed over the calls that have returned
    std::int64_t returned_ = 0;
    std::vector<std::uint64_t> disturbed_before_, disturbed_after_;
};

std::vector<Measurement> ForcedDrain::measure() const {
    const DrainStatistics& drains = kernel_.drains.statistics();
    std::int64_t disturbed = 0;
    for (std::size_t cpu = 0; cpu < disturbed_after_.size(); ++cpu)
        if (!callers_.contains(CpuId{cpu}) && disturbed_after_[cpu] != disturbed_before_[cpu])
            ++disturbed;
    const auto count = [](const char* which, std::uint64_t value, const char* sentence) {
        return counted(std::string{"forced-drain/"} + which, value, sentence);
    };
    const auto done = [&](const char* which, std::uint64_t value, const char* sentence) {
        Measurement metric = count(which, value, sentence);
        metric.direction = Direction::higher;
        return metric;
    };
    std::vector<Measurement> metrics = latency_metrics(
        "forced-drain/latency", "time a caller spent in an executed drain", drains.latencies);
    const std::int64_t p50 = metrics[1].value, p99 = metrics[2].value;
    const Pages left = left_ / std::max<std::int64_t>(returned_, 1);
    append(metrics,
           {
               microseconds("forced-drain/hostage-longest", drains.longest_hostage,
                            "longest time for which pages were neither on a list nor free"),
               done("requested", drains.requested, "calls of drain_all_pages()"),
               done("executed", drains.executed, "calls that drained"),
               done("pages", static_cast<std::uint64_t>(kernel_.pages.statistics().drained.count()),
                    "pages given back by drains"),
               count("given-up", drains.given_up, "calls that found another drain running"),
               count("cpus-visited", drains.cpus_visited, "lists emptied, over all drains"),
               count("work-items", drains.work_items, "work items queued"),
               count("ipis", drains.ipis, "call-function interrupts sent"),
               count("global-ipis", drains.global_ipis,
                     "drains that interrupted over half of the CPUs"),
               count("cpus-disturbed", static_cast<std::uint64_t>(disturbed),
                     "CPUs but the callers' that were interrupted or switched"),
               count("pages-left", static_cast<std::uint64_t>(left.count()),
                     "pages on pcplists when a call returned, mean over all calls"),
               count("pages-hostage", static_cast<std::uint64_t>(drains.most_hostage.count()),
                     "most pages at a time that were neither on a list nor free"),
               count("rcu-stalls", kernel_.rcu.stalls() + kernel_.expedited_rcu.stalls(),
                     "warnings that a grace period has lasted for too long"),
               Measurement{"forced-drain/latency-p99-of-p50", "%", Direction::lower,
                           "99th percentile of the latency over its median: predictability",
                           p50 == 0 ? 0 : p99 * 100 / p50},
           });
    return metrics;
}

const Register<Workload, ForcedDrain> registered{
    "forced-drain", "one process calls drain_all_pages() in a closed or open loop"};

}  // namespace
}  // namespace pcpsim
