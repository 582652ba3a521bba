#pragma once
// What all ways of draining pcplists share: who may drain now, whose lists have pages, and
// counters.
#include <optional>
#include <span>
#include <vector>

#include "models/kernel/ipi.hpp"
#include "models/kernel/page_allocator.hpp"
#include "models/machine/cpu_set.hpp"
#include "models/mm/census.hpp"
#include "sim/lock.hpp"

namespace pcpsim {

/// Who asked for a drain.
enum class DrainReason : std::uint8_t {
    forced,
    direct_reclaim,
    lists_disabled  ///< zone_pcp_disable(), 5.11: every online CPU is visited, pages or not
};

/// A way of emptying other CPUs' pcplists, as the kernel calls it.
class Drainer {
public:
    virtual ~Drainer() = default;
    /// drain_all_pages(): empties the lists of one zone or of all, on every CPU that has any.
    virtual Task<> drain(Context& self, std::optional<ZoneId> zone, DrainReason reason) = 0;
    /// What this way of draining makes an allocation and a free cost.
    [[nodiscard]] virtual HotPath hot_path() const = 0;
    /// Counts pages it has taken off the lists and not yet freed.
    virtual void count_pages(Census&) const {}
};

struct DrainStatistics {
    std::uint64_t requested = 0;
    std::uint64_t given_up = 0;  ///< as another drain was running
    std::uint64_t executed = 0;
    std::uint64_t empty = 0;         ///< no CPU had pages
    std::uint64_t cpus_visited = 0;  ///< found to have pages, or asked without looking
    std::uint64_t cpus_skipped = 0;
    std::uint64_t work_items = 0;
    std::uint64_t ipis = 0;
    std::uint64_t ipis_saved = 0;  ///< to online CPUs that were left alone
    /// Drains by interrupt that asked more than half of the online CPUs. In the debug counters of
    /// 2012 pcp_global_drain is `requested`, and pcp_global_ipi_saved the rest of it.
    std::uint64_t global_ipis = 0;
    /// Pages that a drain took off lists and could not free yet: most at a time, and for how long.
    Pages most_hostage;
    Duration longest_hostage;
    std::vector<Duration> latencies;  ///< of executed drains, for the caller
};

class DrainControl {
public:
    DrainControl(Engine& engine, const Machine& machine, Scheduler& scheduler, PageAllocator& pages,
                 Memory& memory)
        : machine_{machine},
          scheduler_{scheduler},
          pages_{pages},
          memory_{memory},
          mutex_{engine, "pcpu_drain_mutex"},
          batch_high_lock_{engine, "pcp_batch_high_lock"} {
        for (const Zone& zone : memory.zones()) all_zones_.push_back(zone.id());
    }

    /// Must be called before the first drain.
    void use(Drainer& drainer) { drainer_ = &drainer; }
    /// drain_all_pages() as its callers see it.
    Task<> drain_all(Context& self, std::optional<ZoneId> zone, DrainReason reason);

    /// zone_pcp_disable(), 5.11: until enable_lists() a free to the zone's lists spills at once and
    /// a refill gets one page; what the lists have is drained. The guard is of pcp_batch_high_lock.
    Task<Guard<Mutex>> disable_lists(Context& self, ZoneId zone);
    /// zone_pcp_enable(), for who disabled them and still has the guard.
    Task<> enable_lists(Context& self, ZoneId zone);

    // For drainers.
    /// pcpu_drain_mutex: a drain of all zones gives up (an empty guard) while another one runs, a
    /// drain of one zone waits for it (bd233f538d51, 4.11).
    Task<Guard<Mutex>> begin(Context& self, std::optional<ZoneId> zone);
    static constexpr bool waits_for_others(std::optional<ZoneId> zone) { return zone.has_value(); }
    /// Before 4.11 drains of all tasks may run at a time.
    void begin_beside_others() { ++statistics_.executed; }
    /// The caller does not drain, as it is about to be killed.
    void give_up() { ++statistics_.given_up; }
    /// Reads the counts of every online CPU, up to its first list with pages; each read fetches a
    /// line from that CPU. Racy on purpose: a page freed later stays, but for a reason that takes
    /// all CPUs without looking.
    Task<CpuSet> cpus_to_drain(Context& self, std::optional<ZoneId> zone, DrainReason reason);
    /// The zones a drain covers: one, or all that are populated.
    [[nodiscard]] std::span<const ZoneId> zones(std::optional<ZoneId> zone) const;
    /// drain_local_pages(): empties the lists of the CPU that the caller stays on, with interrupts
    /// off for one hold of zone->lock at a time.
    Task<> drain_local_pages(Context& self, std::optional<ZoneId> zone);
    void queued_work_item() { ++statistics_.work_items; }
    /// Pages that were off the lists for so long before they could be freed.
    void held_hostage(Pages pages, Duration held);
    void sent_ipis(std::uint64_t ipis) { statistics_.ipis += ipis; }
    /// A drain asked these CPUs to empty their lists, and sent so many interrupts for it.
    void asked_by_interrupt(CpuId caller, CpuSet owners, std::uint64_t ipis);

    [[nodiscard]] const DrainStatistics& statistics() const { return statistics_; }
    /// Those that the last drain to run has visited.
    [[nodiscard]] const CpuSet& last_visited() const { return last_visited_; }
    [[nodiscard]] const Mutex& mutex() const { return mutex_; }

private:
    void count_visited(const CpuSet& cpus);
    Task<> set_limits(Context& self, Zone& zone, const PcpLimits& limits);

    const Machine& machine_;
    Scheduler& scheduler_;
    PageAllocator& pages_;
    Memory& memory_;
    std::vector<ZoneId> all_zones_;  ///< in the order of their numbers
    Mutex mutex_;
    Mutex batch_high_lock_;
    PcpLimits enabled_limits_;  ///< of the zone whose lists are disabled
    Drainer* drainer_ = nullptr;
    DrainStatistics statistics_;
    CpuSet last_visited_;
};

/// drain_local_pages() as other CPUs are asked for it by interrupt.
class DrainLocalPages final : public CpuFunction {
public:
    DrainLocalPages(DrainControl& drains, std::optional<ZoneId> zone)
        : drains_{drains}, zone_{zone} {}
    Task<> execute(Context& self) override { return drains_.drain_local_pages(self, zone_); }

private:
    DrainControl& drains_;
    std::optional<ZoneId> zone_;
};

}  // namespace pcpsim
