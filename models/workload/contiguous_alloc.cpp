// contiguous-alloc: alloc_contig_range(), as CMA and pages of 1 GiB use it: every period one
// process drains a zone, takes blocks off its buddy lists, holds them, and frees them page by page.
//
//   | drain of the zone | block | block | ... | holds | free: page | page | ... | period | drain
//   ...
//   |<----------- latency ------------------>|
//
// Isolation and migration are not modelled: the blocks are any that are free, so that nothing moves
// for them, and the call fails if there are too few.
#include "models/kernel/free_burst.hpp"
#include "models/workload/block_order.hpp"
#include "models/workload/latency_metrics.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class ContiguousAlloc final : public Workload {
public:
    struct Params {
        std::int64_t calls = 1;
        Duration period = 100_ms;
        std::optional<std::int64_t> order;
        std::int64_t blocks = 32;
        Duration hold = 1_ms;
        static constexpr auto fields() {
            return std::tuple{
                field("calls", &Params::calls, "of alloc_contig_range(); 0: until told to stop")
                    .within(0, 1'000'000'000),
                field("period", &Params::period, "pause before a call").within(1_ns, 1000_s),
                field("order", &Params::order, "a block has 2^order pages; null: a pageblock")
                    .within(0, 14),
                field("blocks", &Params::blocks, "that make the range")
                    .within(1, 1'000'000)
                    .source("CMA's debugfs with 16384 pages, in blocks of order 9"),
                field("hold", &Params::hold, "until the range is freed").within(0_ns, 1000_s),
            };
        }
    };
    ContiguousAlloc(Kernel& kernel, Params params)
        : kernel_{kernel},
          params_{params},
          order_{block_order("contiguous-alloc", params.order, kernel.memory.spec().geometry)} {}

    [[nodiscard]] bool endless() const override { return params_.calls == 0; }

    void start(const Placement& where) override {
        const CpuId cpu = where.cpus.first();
        const NodeId node = kernel_.machine.topology.node_of(cpu);
        Thread& thread = create_thread(kernel_, "contiguous-alloc", cpu, where);
        thread.start(run(thread, kernel_.memory.zone(kernel_.memory.zonelist(node).front())));
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        std::vector<Measurement> metrics =
            latency_metrics("contiguous-alloc/latency", "alloc_contig_range()", latencies_);
        append(metrics, latency_metrics("contiguous-alloc/drain",
                                        "drain of the zone, with what it waits for", drains_));
        metrics.push_back(
            counted("contiguous-alloc/calls", latencies_.size(), "calls of alloc_contig_range()"));
        metrics.push_back(counted("contiguous-alloc/failed", failed_,
                                  "calls for which there were too few blocks"));
        return metrics;
    }
    void count_pages(Census& census) const override {
        kernel_.memory.catch_up();
        for (const PageRun& run : range_) census.count(run, Order{0});
    }

private:
    Task<> run(Context& self, Zone& zone) {
        for (std::int64_t i = 0; i < params_.calls || endless(); ++i) {
            co_await self.sleep(params_.period);
            if (self.stop_requested()) co_return;
            const Time began = kernel_.engine.now();
            const bool complete = co_await alloc_contig_range(self, zone);
            latencies_.push_back(kernel_.engine.now() - began);
            if (!complete) ++failed_;
            if (complete && params_.hold > Duration{}) co_await self.sleep(params_.hold);
            // free_contig_range() gives each page to __free_page().
            FreeBurst frees{kernel_.pages, MigrateType::movable, {}, range_};
            co_await frees.run(self);
        }
    }

    Task<bool> alloc_contig_range(Context& self, Zone& zone) {
        const Time began = kernel_.engine.now();
        co_await kernel_.drains.drain_all(self, zone.id(), DrainReason::forced);
        drains_.push_back(kernel_.engine.now() - began);
        for (std::int64_t i = 0; i < params_.blocks; ++i) {
            const std::optional<Pfn> block =
                co_await kernel_.pages.alloc_from_buddy(self, zone, order_, MigrateType::movable);
            if (!block) co_return false;
            range_.push_tail(
                PageRun{*block, static_cast<std::uint32_t>(order_.pages().count()), 1});
        }
        co_return true;
    }

    Kernel& kernel_;
    Params params_;
    Order order_;
    PageRuns range_;  ///< what it holds, page by page
    std::vector<Duration> latencies_, drains_;
    std::uint64_t failed_ = 0;
};

const Register<Workload, ContiguousAlloc> registered{
    "contiguous-alloc", "alloc_contig_range(), every period: a drain of one zone, then its blocks"};

}  // namespace
}  // namespace pcpsim
