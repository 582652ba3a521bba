// Forced drains: one process calls drain_all_pages() again and again, in a closed loop (the next
// call comes a pause after the return) or an open one (calls come at fixed times; one that finds
// the process still draining is made late).
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
        Duration period = 10_ms;
        Loop loop = Loop::closed;
        Fill fill = Fill::none;
        static constexpr auto fields() {
            return std::tuple{
                field("drains", &Params::drains, "calls of drain_all_pages()")
                    .within(1, 1'000'000'000),
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

    void start(const Placement& where) override {
        caller_ = where.cpus.first();
        if (params_.fill == Fill::high) fill_lists();
        Thread& thread = create_thread(kernel_, "drainer", caller_, {where.cpus, true});
        thread.start(call(thread));
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

    Task<> call(Context& self) {
        Time due = kernel_.engine.now();
        for (std::int64_t i = 0; i < params_.drains; ++i) {
            due = params_.loop == Loop::open ? due + params_.period
                                             : kernel_.engine.now() + params_.period;
            if (due > kernel_.engine.now()) co_await self.sleep(due - kernel_.engine.now());
            if (self.stop_requested()) break;
            if (disturbed_before_.empty()) disturbed_before_ = disturbances();
            co_await kernel_.drains.drain_all(self, std::nullopt, DrainReason::forced);
        }
        if (!disturbed_before_.empty()) disturbed_after_ = disturbances();
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
    CpuId caller_;
    std::vector<std::uint64_t> disturbed_before_, disturbed_after_;
};

std::vector<Measurement> ForcedDrain::measure() const {
    const DrainStatistics& drains = kernel_.drains.statistics();
    std::int64_t disturbed = 0;
    for (std::size_t cpu = 0; cpu < disturbed_after_.size(); ++cpu)
        if (CpuId{cpu} != caller_ && disturbed_after_[cpu] != disturbed_before_[cpu]) ++disturbed;
    const auto count = [](const char* which, std::uint64_t value, const char* sentence) {
        return counted(std::string{"forced-drain/"} + which, value, sentence);
    };
    std::vector<Measurement> metrics = latency_metrics(
        "forced-drain/latency", "time a caller spent in an executed drain", drains.latencies);
    for (Measurement& metric : std::vector<Measurement>{
             count("requested", drains.requested, "calls of drain_all_pages()"),
             count("executed", drains.executed, "calls that drained"),
             count("given-up", drains.given_up, "calls that found another drain running"),
             count("pages", static_cast<std::uint64_t>(kernel_.pages.statistics().drained.count()),
                   "pages given back by drains"),
             count("cpus-visited", drains.cpus_visited, "lists emptied, over all drains"),
             count("work-items", drains.work_items, "work items queued"),
             count("ipis", drains.ipis, "call-function interrupts sent"),
             count("global-ipis", drains.global_ipis,
                   "drains that interrupted over half of the CPUs"),
             count("cpus-disturbed", static_cast<std::uint64_t>(disturbed),
                   "CPUs but the caller's that were interrupted or switched"),
         })
        metrics.push_back(std::move(metric));
    return metrics;
}

const Register<Workload, ForcedDrain> registered{
    "forced-drain", "one process calls drain_all_pages() in a closed or open loop"};

}  // namespace
}  // namespace pcpsim
