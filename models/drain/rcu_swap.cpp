// Drain by pointer swap: each CPU has a second, empty set of lists. The caller exchanges the two,
// waits until nobody can still be using the old ones, and frees what they hold.
//
//   caller   |- read counts -|- swap A, B, ... -|... one grace period ...|- free A, B, ... -|
//   return owner A                        | next allocation finds empty lists and refills
//
// Readers are the sections with interrupts off in which a CPU uses its lists; they pay for one
// dependent load more.
// Good on:  isolated CPUs: nobody is interrupted, and a CPU in user mode is quiescent anyway.
// Bad on:   callers in a hurry: a normal grace period is milliseconds. Meanwhile pages are held
//           hostage, neither free nor on a list that could serve them. An expedited one interrupts
//           every CPU in the kernel or without NOHZ_FULL. The caller fetches every page struct.
// Kernel:   "mm/page_alloc: Remote per-cpu lists drain support", linux-mm, 2022-02-08 (not merged).
#include <span>
#include <vector>

#include "models/drain/strategy.hpp"

namespace pcpsim {
namespace {

enum class Grace : std::uint8_t { normal, expedited };
constexpr auto enum_names(Grace) { return std::array{"normal", "expedited"}; }

class RcuSwap final : public DrainStrategy {
public:
    struct Params {
        Grace grace = Grace::normal;
        static constexpr auto fields() {
            return std::tuple{
                field("grace", &Params::grace,
                      "expedited: CPUs that may be readers are interrupted, not waited for")
                    .source("the RFC of 2021 had expedited ones, the series of 2022 normal ones")};
        }
    };
    RcuSwap(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {
        for (const Zone& zone : kernel.memory.zones()) {
            std::vector<PcpLists>& spare = spare_.emplace_back();
            for (std::size_t cpu = 0; cpu < kernel.machine.topology.cpus(); ++cpu)
                spare.push_back(zone.empty_lists());
        }
    }

    Task<> drain(Context& self, std::optional<ZoneId> zone, DrainReason reason) override {
        const auto only_drain = co_await kernel_.drains.begin(self, zone);
        if (!only_drain) co_return;
        const CpuSet owners = co_await kernel_.drains.cpus_to_drain(self, zone, reason);
        const Time begun = self.engine().now();
        const std::vector<Swapped> swapped = co_await swap_lists(self, owners, zone);
        co_await grace_period(self);
        Pages hostage;
        for (const Swapped& lists : swapped)
            hostage += spare_[lists.zone.index()][lists.cpu.index()].count();
        kernel_.drains.held_hostage(hostage, self.engine().now() - begun);
        for (const auto [id, cpu] : swapped) {
            {
                const InterruptsOff irqs{self};
                PcpLists& lists = spare_[id.index()][cpu.index()];
                co_await kernel_.pages.drain_lists(self, kernel_.memory.zone(id), lists, cpu);
            }
            co_await self.run(kernel_.machine.costs.irq_save_restore);  // lets interrupts in
        }
    }

    [[nodiscard]] HotPath hot_path() const override {
        HotPath path = local_lock_path(kernel_.machine.costs);
        path.alloc.front().work += kernel_.machine.costs.dependent_load;
        path.free.front().work += kernel_.machine.costs.dependent_load;
        return path;
    }

    void count_pages(Census& census) const override {
        for (const std::vector<PcpLists>& zone : spare_)
            for (const PcpLists& lists : zone) census.count(lists);
    }

private:
    struct Swapped {
        ZoneId zone;
        CpuId cpu;
    };
    Task<> grace_period(Context& self) {
        if (params_.grace == Grace::normal) {
            co_await kernel_.rcu.synchronize(self);
        } else {
            const std::uint64_t sent = co_await kernel_.expedited_rcu.synchronize(self);
            kernel_.drains.sent_ipis(sent);
        }
    }
    /// Each exchange takes the owner's line with the pointers and writes it.
    Task<std::vector<Swapped>> swap_lists(Context& self, CpuSet owners,
                                          std::optional<ZoneId> zone) {
        const Pinned pinned{self};
        const std::span<const ZoneId> zones = kernel_.drains.zones(zone);
        std::vector<Swapped> swapped;
        for (const CpuId cpu : owners) {
            for (const ZoneId id : zones) {
                Zone& drained = kernel_.memory.zone(id);
                const Pages pages = drained.pcplist(cpu).count();
                if (pages == Pages{}) continue;
                drained.swap_lists(cpu, spare_[id.index()][cpu.index()]);
                kernel_.pages.note(Contact::lists_swapped, cpu, drained, pages);
                swapped.push_back({id, cpu});
                const Duration line = kernel_.machine.interconnect.transfer(cpu, self.cpu());
                co_await self.run(line + kernel_.machine.costs.atomic);
            }
        }
        co_return swapped;
    }

    Kernel& kernel_;
    Params params_;
    std::vector<std::vector<PcpLists>> spare_;  ///< by zone and CPU; empty outside of drains
};

const Register<DrainStrategy, RcuSwap> registered{
    "rcu-swap",
    "list pointers exchanged, one grace period, then freed by the caller (2022, not merged)"};

}  // namespace
}  // namespace pcpsim
