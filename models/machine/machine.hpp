#pragma once
// A machine as the modelled kernel finds it at boot: hardware, its costs, and how it is configured.
#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "models/config/field.hpp"
#include "models/machine/costs.hpp"
#include "models/machine/ids.hpp"
#include "models/machine/interconnect.hpp"
#include "models/machine/provenance.hpp"
#include "models/machine/topology.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// CONFIG_PREEMPT_*
enum class Preemption { none, voluntary, full, rt };
constexpr auto enum_names(Preemption) { return std::array{"none", "voluntary", "full", "rt"}; }

/// What shares one queue to memory: all nodes of a socket, or each node alone.
enum class MemoryDomain { node, socket };
constexpr auto enum_names(MemoryDomain) { return std::array{"node", "socket"}; }

/// How CPUs learn that a translation is gone: by an interrupt each, or by an instruction that drops
/// it on all of them.
enum class TlbFlush { interrupts, broadcast };
constexpr auto enum_names(TlbFlush) { return std::array{"interrupts", "broadcast"}; }

/// Whom one write to the interrupt controller interrupts.
struct IpiReach {
    std::uint32_t cluster = 1;
    bool broadcast = false;

    static constexpr auto fields() {
        return std::tuple{
            field("cluster", &IpiReach::cluster,
                  "CPUs next to each other on a socket, any of which one write can name")
                .within(1, CpuSet::limit)
                .required(),
            field("broadcast", &IpiReach::broadcast,
                  "whether one write can name all online CPUs but the sender's, and is used to")
                .required(),
        };
    }
};

/// Which address ranges are zones of their own.
enum class ZoneRule {
    x86,     ///< DMA below 16 MiB, DMA32 below 4 GiB, Normal above, whichever node holds them
    i386,    ///< DMA below 16 MiB, Normal below 896 MiB, HighMem above
    single,  ///< one Normal zone per node
};
constexpr auto enum_names(ZoneRule) { return std::array{"x86", "i386", "single"}; }

/// How the kernel was built and booted.
struct KernelConfig {
    Bytes page_size = 4_KiB;
    int max_order = 10;
    int pageblock_order = 9;
    ZoneRule zones = ZoneRule::x86;
    std::uint32_t hz = 250;
    Preemption preemption = Preemption::voluntary;
    CpuSet isolated;
    CpuSet nohz_full;
    Duration stat_interval = 1_s;
    Bytes percpu_static = 212_KiB;
    Bytes percpu_atom = 2_MiB;
    Pages tlb_flush_ceiling{33};

    static constexpr auto fields() {
        using Self = KernelConfig;
        return std::tuple{
            field("page_size", &Self::page_size, "size of a base page").within(4_KiB, 64_KiB),
            field("max_order", &Self::max_order, "of the buddy allocator's largest blocks")
                .within(1, 14),
            field("pageblock_order", &Self::pageblock_order,
                  "of a huge page; pages are grouped by mobility in blocks of this order")
                .within(1, 14),
            field("zones", &Self::zones, "how physical memory is cut into zones"),
            field("hz", &Self::hz, "ticks per second (CONFIG_HZ)").within(100, 1000),
            field("preemption", &Self::preemption, "CONFIG_PREEMPT_*"),
            field("isolated", &Self::isolated, "CPUs without load balancing (isolcpus=)"),
            field("nohz_full", &Self::nohz_full, "CPUs that stop their tick (nohz_full=)"),
            field("stat_interval", &Self::stat_interval,
                  "between two folds of a CPU's counters (vm.stat_interval)")
                .within(10_ms, 1'000'000_s),
            field("percpu_static", &Self::percpu_static, "static percpu data of each CPU")
                .within(0_KiB, 16_MiB)
                .source("boot log of Debian's Linux 6.1 for x86-64"),
            field("percpu_atom", &Self::percpu_atom,
                  "what percpu units are allocated in: of x86-64, a large page")
                .within(4_KiB, 64_MiB),
            field("tlb_flush_ceiling", &Self::tlb_flush_ceiling,
                  "pages that are dropped from TLBs one by one; of more, everything is dropped "
                  "(tlb_single_page_flush_ceiling)")
                .within(0_pages, 1'000'000_pages)
                .source("of x86-64 since 3.16, and of POWER's radix MMU"),
        };
    }
};

/// Where fork puts a task: near its parent while few tasks run there (adjust_numa_imbalance() and
/// find_idlest_group(), 5.11 to 5.17).
struct ForkPlacement {
    enum class Levels { all, top };
    friend constexpr auto enum_names(Levels) { return std::array{"all", "top"}; }

    Levels levels = Levels::all;
    Ratio imbalance{1, 4};
    int reclaim_distance = 30;

    static constexpr auto fields() {
        using Self = ForkPlacement;
        return std::tuple{
            field("levels", &Self::levels, "NUMA scheduling levels at which the rule acts"),
            field(
                "imbalance", &Self::imbalance,
                "a group keeps new tasks while fewer than this share of the domain's CPUs run one"),
            field("reclaim_distance", &Self::reclaim_distance,
                  "nodes farther apart are not balanced at fork (RECLAIM_DISTANCE)")
                .within(Topology::local_distance, Topology::farthest_distance),
        };
    }
};

struct Machine {
    /// Matches the machine with published tables: "epyc-7742-2s".
    std::string id;
    std::string name;
    Topology topology;
    Interconnect interconnect;
    KernelConfig kernel;
    MemoryDomain memory_domain = MemoryDomain::socket;
    TlbFlush tlb_flush = TlbFlush::interrupts;
    IpiReach ipi_reach;
    ForkPlacement placement;
    CostTable costs;
    /// Where the values come from; empty if the machine was not read from a file.
    Provenances provenance;
    /// The values of the machine file after defaults and overrides, as canonical JSON.
    std::string effective_json;

    [[nodiscard]] Duration jiffy() const { return 1_s / kernel.hz; }
    /// Online CPUs that the scheduler spreads threads over: isolated ones are in no domain.
    [[nodiscard]] CpuSet balanced() const { return topology.online() - kernel.isolated; }
    /// Online CPUs for kernel threads and work that are bound to none (housekeeping_cpumask()).
    [[nodiscard]] CpuSet housekeeping() const { return balanced() - kernel.nohz_full; }
    /// The whole pages in so many bytes.
    [[nodiscard]] Pages pages(Bytes bytes) const { return Pages{bytes / kernel.page_size}; }

    /// The online CPUs in the groups that one write can interrupt together: neighbours by cache,
    /// core and thread of one socket, as interrupt controllers number them.
    [[nodiscard]] std::vector<CpuSet> ipi_clusters() const;

    /// The queue that a node's memory traffic goes through.
    [[nodiscard]] DomainId domain_of(NodeId node) const;
    /// Domain numbers are below this.
    [[nodiscard]] std::size_t domains() const;
};

}  // namespace pcpsim
