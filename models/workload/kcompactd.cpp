// kcompactd: the kernel thread of each node that compacts its memory, as pcplists see it: woken
// every period it drains one zone of its node after the other. Scanning and migration are not
// modelled.
#include "models/workload/latency_metrics.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class Kcompactd final : public Workload {
public:
    struct Params {
        Duration period = 500_ms;
        static constexpr auto fields() {
            return std::tuple{
                field("period", &Params::period, "from the end of a round to the next")
                    .within(1_us, 1000_s)
                    .source("HPAGE_FRAG_CHECK_INTERVAL_MSEC, 5.9")};
        }
    };
    Kcompactd(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {}

    [[nodiscard]] bool endless() const override { return true; }

    /// A thread keeps to the CPUs of its node, as far as it may use them.
    void start(const Placement& where) override {
        for (const MemoryNode& node : kernel_.machine.topology.nodes()) {
            const CpuSet local = kernel_.machine.topology.cpus_of(node.node) & where.cpus;
            const CpuSet& cpus = local.empty() ? where.cpus : local;
            const std::string name = "kcompactd" + std::to_string(node.node.number());
            Thread& thread = create_thread(kernel_, name, cpus.first(), {cpus, where.pinned});
            thread.start(run(thread, node.node));
        }
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        std::vector<Measurement> metrics = latency_metrics(
            "kcompactd/drain", "drain of a zone, with what it waits for", latencies_);
        metrics.push_back(counted("kcompactd/wakeups", wakeups_, "rounds of all nodes"));
        metrics.push_back(counted("kcompactd/drains", latencies_.size(), "drains of a zone"));
        return metrics;
    }

private:
    Task<> run(Context& self, NodeId node) {
        for (;;) {
            co_await self.sleep(params_.period);
            if (self.stop_requested()) co_return;
            ++wakeups_;
            for (const Zone& zone : kernel_.memory.zones()) {
                if (zone.node() != node) continue;
                const Time began = kernel_.engine.now();
                co_await kernel_.drains.drain_all(self, zone.id(), DrainReason::forced);
                latencies_.push_back(kernel_.engine.now() - began);
            }
        }
    }

    Kernel& kernel_;
    Params params_;
    std::uint64_t wakeups_ = 0;
    std::vector<Duration> latencies_;
};

const Register<Workload, Kcompactd> registered{
    "kcompactd", "a thread per node is woken every period and drains each zone of its node"};

}  // namespace
}  // namespace pcpsim
