// kcompactd: somebody asks for large blocks and does not make them himself, as a fault with huge
// pages set to `defer` does. So kswapd and kcompactd try to make them, and kcompactd drains.
//
//   task       | asks, gets or not, gives back | period | asks ...
//   kswapd     |- no block: reclaims -|
//   kcompactd                         |- compacts, drains, if there is still none -|
//
// Kernel: __GFP_KSWAPD_RECLAIM without __GFP_DIRECT_RECLAIM, vma_thp_gfp_mask(); see Compaction.
#include "models/workload/block_order.hpp"
#include "models/workload/latency_metrics.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class Kcompactd final : public Workload {
public:
    struct Params {
        std::optional<std::int64_t> order;
        Duration period = 10_ms;
        static constexpr auto fields() {
            return std::tuple{
                field("order", &Params::order,
                      "a block has 2^order pages; null: a pageblock, as of a huge page")
                    .within(1, 14),
                field("period", &Params::period, "from one request of a node to the next")
                    .within(1_us, 1000_s)
                    .source("assumed")};
        }
    };
    Kcompactd(Kernel& kernel, Params params)
        : kernel_{kernel},
          period_{params.period},
          order_{block_order("kcompactd", params.order, kernel.memory.spec().geometry)} {}

    [[nodiscard]] bool endless() const override { return true; }

    /// A thread per node keeps to its CPUs, as far as it may use them.
    void start(const Placement& where) override {
        for (const MemoryNode& node : kernel_.machine.topology.nodes()) {
            const CpuSet local = kernel_.machine.topology.cpus_of(node.node) & where.cpus;
            const CpuSet& cpus = local.empty() ? where.cpus : local;
            const std::string name = "huge/" + to_string(node.node);
            Thread& thread = create_thread(kernel_, name, cpus.first(), {cpus, where.pinned});
            thread.start(run(thread, node.node));
        }
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        const CompactionStatistics& compaction = kernel_.compaction.statistics();
        std::vector<Measurement> metrics = latency_metrics(
            "kcompactd/drain", "drain of a zone, with what it waits for", compaction.latencies);
        const auto count = [&](const char* name, std::uint64_t value, const char* sentence) {
            metrics.push_back(counted(std::string{"kcompactd/"} + name, value, sentence));
        };
        count("requests", requests_, "blocks asked for");
        count("failures", failures_, "of them not there");
        count("wakeups", compaction.wakeups, "of kcompactd, on all nodes");
        count("deferred", compaction.deferred, "zones not compacted, as that had failed before");
        count("drains", compaction.latencies.size(), "drains of a zone");
        return metrics;
    }

private:
    Task<> run(Context& self, NodeId node) {
        for (;;) {
            co_await self.sleep(period_);
            if (self.stop_requested()) co_return;
            ++requests_;
            const std::optional<Pfn> block = co_await kernel_.pages.get_page_from_freelist(
                self, node, order_, MigrateType::movable, Watermark::low);
            if (block) {
                co_await kernel_.pages.free_pages(self, *block, order_, MigrateType::movable);
                continue;
            }
            ++failures_;
            kernel_.reclaim.wake_all_kswapds(node, order_, Reclaim::Direct::no);
        }
    }

    Kernel& kernel_;
    Duration period_;
    Order order_;
    std::uint64_t requests_ = 0, failures_ = 0;
};

const Register<Workload, Kcompactd> registered{
    "kcompactd", "somebody asks for large blocks, so that kcompactd drains when it makes none"};

}  // namespace
}  // namespace pcpsim
