// memory-offline: offline_pages() takes a range of the zone of its CPU's node out of use, again and
// again, as far as pcplists see of it.
//
//   up to 5.10  | drain | pass over the range | drain | pass | ... |
//   since 5.11  | zone_pcp_disable: high 0, batch 1, drain | pass | pass | ... | zone_pcp_enable |
//
// A page of the range that is freed after the drain is on a pcplist again, hence the passes; while
// lists are disabled each free spills at once and each refill gets one page. Which page is in the
// range is not modelled, nor are isolation and migration: the range needs a given number of passes,
// of a given length, and stays online.
#include "models/workload/latency_metrics.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class MemoryOffline final : public Workload {
public:
    struct Params {
        std::int64_t offlines = 1;
        Duration period = 10_ms;
        std::int64_t passes = 2;
        Duration pass_time = 5_ms;
        static constexpr auto fields() {
            return std::tuple{
                field("offlines", &Params::offlines, "ranges taken offline one after the other")
                    .within(1, 1'000'000'000),
                field("period", &Params::period, "pause before each").within(1_ns, 1000_s),
                field("passes", &Params::passes, "over a range until all of its pages are free")
                    .within(1, 1'000'000)
                    .source("assumed"),
                field("pass_time", &Params::pass_time,
                      "to isolate the range, to migrate what is in use, and to look whether all is "
                      "free")
                    .within(1_ns, 1000_s)
                    .source("assumed"),
            };
        }
    };
    MemoryOffline(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {}

    void start(const Placement& where) override {
        const CpuId cpu = where.cpus.first();
        const NodeId node = kernel_.machine.topology.node_of(cpu);
        Thread& thread = create_thread(kernel_, "memory-offline", cpu, where);
        thread.start(run(thread, kernel_.memory.zonelist(node).front()));
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        std::vector<Measurement> metrics =
            latency_metrics("memory-offline/latency", "offline_pages()", latencies_);
        append(metrics,
               latency_metrics("memory-offline/drain", "drain of the zone, with what it waits for",
                               drain_latencies_));
        append(
            metrics,
            {
                counted("memory-offline/offlines", latencies_.size(), "calls of offline_pages()"),
                counted("memory-offline/drains", drain_latencies_.size(),
                        "drains of the zone by them"),
                counted("memory-offline/refills", refills_, "refills of any list during them"),
                counted("memory-offline/spills", spills_, "spills of any list during them"),
            });
        return metrics;
    }

private:
    Task<> run(Context& self, ZoneId zone) {
        for (std::int64_t i = 0; i < params_.offlines; ++i) {
            co_await self.sleep(params_.period);
            if (self.stop_requested()) co_return;
            const AllocatorStatistics before = kernel_.pages.statistics();
            const Time began = kernel_.engine.now();
            if (kernel_.memory.spec().rules->offlining == Offlining::disables_lists)
                co_await offline_with_lists_disabled(self, zone);
            else
                co_await offline_draining(self, zone);
            latencies_.push_back(kernel_.engine.now() - began);
            refills_ += kernel_.pages.statistics().refills - before.refills;
            spills_ += kernel_.pages.statistics().spills - before.spills;
        }
    }

    Task<> offline_with_lists_disabled(Context& self, ZoneId zone) {
        const Time began = kernel_.engine.now();
        const auto lists_disabled = co_await kernel_.drains.disable_lists(self, zone);
        drain_latencies_.push_back(kernel_.engine.now() - began);
        for (std::int64_t i = 0; i < params_.passes; ++i) co_await pass(self);
        co_await kernel_.drains.enable_lists(self, zone);
    }
    Task<> offline_draining(Context& self, ZoneId zone) {
        for (std::int64_t i = 0; i < params_.passes; ++i) {
            const Time began = kernel_.engine.now();
            co_await kernel_.drains.drain_all(self, zone, DrainReason::forced);
            drain_latencies_.push_back(kernel_.engine.now() - began);
            co_await pass(self);
        }
    }
    /// It calls cond_resched() at every page.
    Task<> pass(Context& self) {
        const Phase work{params_.pass_time, Activity::kernel, false, true};
        co_await self.run(Operation{&work, 1});
    }

    Kernel& kernel_;
    Params params_;
    std::vector<Duration> latencies_, drain_latencies_;
    std::uint64_t refills_ = 0, spills_ = 0;
};

const Register<Workload, MemoryOffline> registered{
    "memory-offline", "offline_pages() as pcplists see it: drains of a zone, disabled lists"};

}  // namespace
}  // namespace pcpsim
