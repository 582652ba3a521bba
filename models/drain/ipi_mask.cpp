// Drain by masked interrupt: only CPUs that have pages are interrupted.
//
//   caller   |- read counts into the mask -|- send to A, B -|...... spins ......|- return
//   owner A                                     | interrupt: drain |
//   owner B                                       | interrupt: wait for zone->lock | drain |
//   CPU C                                 (no pages: left alone)
//
// The mask is one for all, and nothing keeps several tasks from draining at a time: a drain may
// miss the CPUs that another one has just cleared, unless `mask_lock` is one. A spinlock leaves
// interrupts on, as its waiters must answer those of its owner.
// Good on:  drains that find most lists empty: who has no page is not disturbed.
// Bad on:   big machines, where many counts are fetched; and if all have pages nobody is spared.
// Kernel:   drain_all_pages() with on_each_cpu_mask(), 3.4 to 4.10; the defect is the first patch's
//           of 2012, the locks are from its review.
#include <span>

#include "models/drain/strategy.hpp"
#include "models/kernel/mutex_lock.hpp"

namespace pcpsim {
namespace {

enum class Building : std::uint8_t { per_cpu_summary, clear_then_set, set_and_clear };
constexpr auto enum_names(Building) {
    return std::array{"per-cpu-summary", "clear-then-set", "set-and-clear"};
}
enum class MaskLock : std::uint8_t { none, spin, trylock, mutex, killable_mutex };
constexpr auto enum_names(MaskLock) {
    return std::array{"none", "spin", "trylock", "mutex", "killable-mutex"};
}
enum class Defect : std::uint8_t { none, last_zone_only };
constexpr auto enum_names(Defect) { return std::array{"none", "last-zone-only"}; }

class IpiMask final : public DrainStrategy {
public:
    struct Params {
        Building mask = Building::per_cpu_summary;
        MaskLock mask_lock = MaskLock::none;
        Duration trylock_pause = 50_ns;
        Defect defect = Defect::none;
        static constexpr auto fields() {
            return std::tuple{
                field("mask", &Params::mask,
                      "per-cpu-summary: a CPU's bit is written once, after its first count that is "
                      "not 0; clear-then-set: all bits are cleared first; set-and-clear: the bit "
                      "is written after each count")
                    .source("drain_all_pages(), 3.4"),
                field("mask_lock", &Params::mask_lock,
                      "held from the first count until all have answered; trylock polls, and may "
                      "be preempted between two tries; killed waiters leave killable-mutex")
                    .source("drain_all_pages(), 3.4"),
                field("trylock_pause", &Params::trylock_pause, "between two tries of trylock")
                    .within(1_ns, 1_ms)
                    .source("assumed"),
                field("defect", &Params::defect,
                      "last-zone-only: the mask is built by set-and-clear, and each count decides "
                      "anew, so that pages of all zones but the last are overlooked"),
            };
        }
    };
    IpiMask(Kernel& kernel, Params params)
        : kernel_{kernel},
          params_{params},
          spinlock_{kernel.engine, "mask_lock", kernel.machine.interconnect},
          mutex_{kernel.engine, "mask_lock"} {}

    Task<> drain(Context& self, std::optional<ZoneId> zone, DrainReason) override {
        const MaskGuard mask_is_ours = co_await lock_mask(self);
        if (params_.mask_lock == MaskLock::killable_mutex && !mask_is_ours.mutex)
            co_return kernel_.drains.give_up();
        kernel_.drains.begin_beside_others();
        co_await build_mask(self, zone);
        const Pinned pinned{self};
        DrainLocalPages drain_local_pages{kernel_.drains, zone};
        const CpuSet owners = cpus_with_pcps_;
        const auto sent = co_await kernel_.ipis.on_each_cpu_mask(self, owners, drain_local_pages);
        kernel_.drains.asked_by_interrupt(self.cpu(), owners, sent);
    }

    [[nodiscard]] HotPath hot_path() const override {
        return local_lock_path(kernel_.machine.costs);
    }

private:
    struct MaskGuard {
        Guard<SpinLock> spinlock;
        Guard<Mutex> mutex;
    };
    Task<MaskGuard> lock_mask(Context& self) {
        MaskGuard guard;
        switch (params_.mask_lock) {
            case MaskLock::none:
                break;
            case MaskLock::spin:
                guard.spinlock = co_await spinlock_.acquire(self);
                break;
            case MaskLock::trylock: {
                const Phase pause{params_.trylock_pause, Activity::spin, false, true};
                while (!spinlock_.try_hold(self)) co_await self.run(Operation{&pause, 1});
                guard.spinlock = Guard<SpinLock>{spinlock_, self};
                co_await self.run(spinlock_.handoff_to(self));
                break;
            }
            case MaskLock::mutex:
                guard.mutex = co_await mutex_lock(self, mutex_, kernel_.machine.costs);
                break;
            case MaskLock::killable_mutex:
                guard.mutex = co_await mutex_lock_killable(self, mutex_, kernel_.machine.costs);
        }
        co_return guard;
    }

    Task<> build_mask(Context& self, std::optional<ZoneId> zone) {
        const bool forgets = params_.defect == Defect::last_zone_only;
        const Building building = forgets ? Building::set_and_clear : params_.mask;
        const std::span<const ZoneId> zones = kernel_.drains.zones(zone);
        if (building == Building::clear_then_set) cpus_with_pcps_ = CpuSet{};
        for (const CpuId cpu : kernel_.machine.topology.online()) {
            bool has_pcps = false;
            for (const ZoneId id : zones) {
                const bool here = co_await has_pages(self, kernel_.memory.zone(id), cpu);
                has_pcps = here || (has_pcps && !forgets);
                if (building == Building::per_cpu_summary && has_pcps) break;
                if (building == Building::set_and_clear) write_bit(cpu, has_pcps);
            }
            if (building == Building::per_cpu_summary || has_pcps) write_bit(cpu, has_pcps);
        }
    }
    /// Fetches the line of the count from that CPU. Racy on purpose: a page freed later stays.
    Task<bool> has_pages(Context& self, const Zone& zone, CpuId cpu) {
        const Pinned pinned{self};
        co_await self.run(kernel_.machine.interconnect.transfer(cpu, self.cpu()));
        co_return zone.pcplist(cpu).count() > Pages{};
    }
    void write_bit(CpuId cpu, bool set) {
        set ? cpus_with_pcps_.insert(cpu) : cpus_with_pcps_.erase(cpu);
    }

    Kernel& kernel_;
    Params params_;
    SpinLock spinlock_;
    Mutex mutex_;
    CpuSet cpus_with_pcps_;  ///< static, shared by all drains
};

const Register<DrainStrategy, IpiMask> registered{
    "ipi-mask", "only CPUs that have pages are interrupted (3.4 to 4.10)"};

}  // namespace
}  // namespace pcpsim
