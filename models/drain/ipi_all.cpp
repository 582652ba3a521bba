// Drain by broadcast: every online CPU is interrupted and empties its own lists in the handler.
//
//   caller   |- send to all -|............ spins ............|- own lists -|- return
//   CPU A         | interrupt: drain |
//   CPU B           | interrupt: wait for zone->lock | drain |
//   CPU C             | interrupt: nothing to drain |
//
// The lists need no lock: only their own CPU touches them, with interrupts off. Nothing keeps
// several tasks from draining at a time.
// Good on:  small machines: no thread is switched in, and the zones are drained in parallel.
// Bad on:   everybody else: CPUs without a page are interrupted too, idle ones woken, and the
//           zone's lock is asked for by all at once, each with its interrupts off.
// Kernel:   drain_all_pages() with on_each_cpu(), to 3.3.
#include "models/drain/strategy.hpp"

namespace pcpsim {
namespace {

class IpiAll final : public DrainStrategy {
public:
    struct Params {
        static constexpr auto fields() { return std::tuple{}; }
    };
    IpiAll(Kernel& kernel, Params) : kernel_{kernel} {}

    Task<> drain(Context& self, std::optional<ZoneId> zone, DrainReason) override {
        kernel_.drains.begin_beside_others();
        const Pinned pinned{self};
        DrainLocalPages drain_local_pages{kernel_.drains, zone};
        const CpuSet& online = kernel_.machine.topology.online();
        const std::uint64_t sent =
            co_await kernel_.ipis.on_each_cpu_mask(self, online, drain_local_pages);
        kernel_.drains.asked_by_interrupt(self.cpu(), online, sent);
    }

    [[nodiscard]] HotPath hot_path() const override {
        return local_lock_path(kernel_.machine.costs);
    }

private:
    Kernel& kernel_;
};

const Register<DrainStrategy, IpiAll> registered{
    "ipi-all", "every online CPU is interrupted and empties its lists (to 3.3)"};

}  // namespace
}  // namespace pcpsim
