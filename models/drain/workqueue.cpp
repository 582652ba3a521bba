// Drain by work item: every CPU that has pages empties its own lists.
//
//   caller   |- read counts -|- queue one item per CPU -|....... sleeps in flush .......|- return
//   owner A                   |wake|- kworker: drain -|
//   owner B                     |wake|- kworker: wait for zone->lock -|- drain -|
//
// The lists need no lock: only their own CPU touches them, with interrupts off (local_lock).
// Good on:  machines whose CPUs run kernel work soon anyway; the zones are drained in parallel.
// Bad on:   isolated CPUs, each of which loses its tick-free run to a kworker; the caller waits for
//           the slowest, without bound if a FIFO task keeps a CPU.
// Kernel:   drain_all_pages(), 4.11 (0ccce3b92421, bd233f538d51, ce612879ddc7) to 5.19.
#include <memory>
#include <vector>

#include "models/drain/strategy.hpp"

namespace pcpsim {
namespace {

class WorkqueueDrain final : public DrainStrategy {
public:
    struct Params {
        bool force_all_cpus = false;
        static constexpr auto fields() {
            return std::tuple{field("force_all_cpus", &Params::force_all_cpus,
                                    "visit CPUs without pages too, as zone_pcp_disable() does")
                                  .source("__drain_all_pages(), 5.11")};
        }
    };
    WorkqueueDrain(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {
        for (std::size_t cpu = 0; cpu < kernel.machine.topology.cpus(); ++cpu)
            works_.push_back(std::make_unique<DrainLocalPages>(kernel));
    }

    Task<> drain(Context& self, std::optional<ZoneId> zone, DrainReason reason) override {
        const auto only_drain = co_await kernel_.drains.begin(self, zone);
        if (!only_drain) co_return;
        if (params_.force_all_cpus) reason = DrainReason::lists_disabled;
        const CpuSet owners = co_await kernel_.drains.cpus_to_drain(self, zone, reason);
        for (const CpuId cpu : owners) {
            works_[cpu.index()]->zone = zone;
            kernel_.drains.queued_work_item();
            co_await kernel_.mm_percpu_wq.queue_on(self, cpu, *works_[cpu.index()]);
        }
        for (const CpuId cpu : owners)
            co_await kernel_.mm_percpu_wq.flush(self, *works_[cpu.index()]);
    }

    [[nodiscard]] HotPath hot_path() const override {
        return local_lock_path(kernel_.machine.costs);
    }

private:
    struct DrainLocalPages final : Work {
        explicit DrainLocalPages(Kernel& k) : kernel{k} {}
        Task<> execute(Context& self) override {  // a kworker stays on its CPU
            return kernel.drains.drain_local_pages(self, zone);
        }
        Kernel& kernel;
        std::optional<ZoneId> zone;
    };

    Kernel& kernel_;
    Params params_;
    std::vector<std::unique_ptr<DrainLocalPages>> works_;  ///< static, one per CPU
};

const Register<DrainStrategy, WorkqueueDrain> registered{
    "workqueue",
    "one work item per CPU with pages, then flush (4.11 to 5.19, \"vanilla\" of 2022)"};

}  // namespace
}  // namespace pcpsim
