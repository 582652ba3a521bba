#pragma once
// A machine as the modelled kernel finds it at boot: hardware, its costs, and how it is configured.
#include <cstdint>
#include <string>
#include <vector>

#include "models/machine/costs.hpp"
#include "models/machine/ids.hpp"
#include "models/machine/interconnect.hpp"
#include "models/machine/topology.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// CONFIG_PREEMPT_*
enum class Preemption { none, voluntary, full, rt };

/// What shares one queue to memory: all nodes of a socket, or each node alone.
enum class MemoryDomain { node, socket };

enum class ZoneType { dma, dma32, normal };
std::string to_string(ZoneType type);

/// How physical memory is cut into zones.
enum class ZoneRule {
    x86,     ///< DMA below 16 MiB, DMA32 below 4 GiB, Normal above, whichever node holds them
    single,  ///< one Normal zone per node
};

/// A zone's memory, from the start of the physical address space.
struct ZoneSpan {
    ZoneType type = ZoneType::normal;
    Bytes start;
    Bytes size;
};

/// Where fork puts a task: near its parent while few tasks run there (adjust_numa_imbalance() and
/// find_idlest_group(), 5.11 to 5.17).
struct ForkPlacement {
    enum class Levels { all, top };
    /// The NUMA scheduling levels at which the rule acts.
    Levels levels = Levels::all;
    /// A group keeps new tasks while fewer than this share of its CPUs run one.
    Ratio imbalance{1, 4};
    /// Levels farther apart than this are not balanced at fork (RECLAIM_DISTANCE).
    int reclaim_distance = 30;
};

struct Machine {
    /// Matches the machine with published tables: "epyc-7742-2s".
    std::string id;
    std::string name;
    Topology topology;
    Interconnect interconnect;
    CostTable costs;
    Bytes page_size = 4_KiB;
    ZoneRule zones = ZoneRule::x86;
    /// Ticks per second (CONFIG_HZ).
    std::uint32_t hz = 250;
    Preemption preemption = Preemption::voluntary;
    MemoryDomain memory_domain = MemoryDomain::socket;
    ForkPlacement placement;

    [[nodiscard]] Duration jiffy() const { return 1_s / hz; }
    /// The whole pages in so many bytes.
    [[nodiscard]] Pages pages(Bytes bytes) const { return Pages{bytes / page_size}; }

    /// The queue that a node's memory traffic goes through.
    [[nodiscard]] DomainId domain_of(NodeId node) const;
    /// Domain numbers are below this.
    [[nodiscard]] std::size_t domains() const;

    /// The populated zones of a node, by ascending address. Nodes follow each other in physical
    /// memory without holes.
    [[nodiscard]] std::vector<ZoneSpan> zones_of(NodeId node) const;
};

}  // namespace pcpsim
