// Drain by remote lock: the lists have a spinlock, and the caller takes it and empties them itself.
//
//   caller   |- read counts -|- lock A, free A's pages -|- lock B, free B's pages -|- return
//   owner A                     | trylock fails: this one page comes from the buddy lists |
//
// Allocations and frees take the lock by trylock and never wait for a drain.
// Good on:  isolated CPUs: nobody is interrupted, and the caller waits for nothing but locks.
// Bad on:   big machines with full lists: what the owners did in parallel the caller does alone,
//           and fetches every page struct from the owner's cache. Each allocation pays an atomic
//           operation.
// Kernel:   "Drain remote per-cpu directly" v5, merged for 6.0: pcp->lock with interrupts off.
#include <span>

#include "models/drain/strategy.hpp"

namespace pcpsim {
namespace {

class RemoteSpinlock final : public DrainStrategy {
public:
    struct Params {
        static constexpr auto fields() { return std::tuple{}; }
    };
    RemoteSpinlock(Kernel& kernel, Params) : kernel_{kernel} {}

    Task<> drain(Context& self, std::optional<ZoneId> zone, DrainReason reason) override {
        const auto only_drain = co_await kernel_.drains.begin(self, zone);
        if (!only_drain) co_return;
        const CpuSet owners = co_await kernel_.drains.cpus_to_drain(self, zone, reason);
        const std::span<const ZoneId> zones = kernel_.drains.zones(zone);
        for (const CpuId cpu : owners)
            for (const ZoneId id : zones)
                if (Zone& drained = kernel_.memory.zone(id); drained.pcplist(cpu).count() > Pages{})
                    co_await drain_pages_zone(self, drained, cpu);
    }

    [[nodiscard]] HotPath hot_path() const override { return pcp_lock_path(kernel_.machine.costs); }

private:
    Task<> drain_pages_zone(Context& self, Zone& zone, CpuId cpu) {
        for (Pages left = Pages::max(); left > Pages{};) {
            {
                const InterruptsOff irqs{self};
                Duration line;
                const auto lists_are_ours =
                    co_await kernel_.pages.pcp_lock(zone, cpu).acquire(self, line);
                left = co_await kernel_.pages.drain_pcplist(self, zone, cpu, line);
            }
            co_await self.run(kernel_.machine.costs.irq_save_restore);  // lets interrupts in
        }
    }

    Kernel& kernel_;
};

const Register<DrainStrategy, RemoteSpinlock> registered{
    "remote-spinlock",
    "the caller takes each CPU's pcp->lock and frees its pages (merged for 6.0)"};

}  // namespace
}  // namespace pcpsim
