#pragma once
// All memory of a machine: its zones, and in which order they serve whom.
#include <optional>
#include <vector>

#include "models/machine/machine.hpp"
#include "models/machine/topology.hpp"
#include "models/mm/zone.hpp"

namespace pcpsim {

/// What an administrator can set, and what a kernel build fixes. Unset means the kernel's rule.
struct MemorySpec {
    const KernelRules* rules = find_kernel_rules("5.17");  ///< not null; outlives the memory
    PageGeometry geometry{};
    ZoneRule zones = ZoneRule::x86;
    std::optional<Pages> pcp_batch{}, pcp_high{};
    std::int64_t pcp_high_fraction = 0;  ///< vm.percpu_pagelist_high_fraction
    std::optional<Bytes> min_free{};     ///< vm.min_free_kbytes
    std::int64_t watermark_scale_factor = 10;
};

/// The zones of every node, nodes one after the other from address 0 without holes. The page
/// structs of a node lie at its end, but below HighMem, and are not managed.
std::vector<ZoneSpan> lay_out_zones(const Topology& topology, const MemorySpec& spec);

class Memory {
public:
    Memory(const Topology& topology, const MemorySpec& spec)
        : Memory{topology, spec, lay_out_zones(topology, spec)} {}
    /// For zones known from elsewhere, by ascending start address.
    Memory(const Topology& topology, const MemorySpec& spec, const std::vector<ZoneSpan>& spans);

    [[nodiscard]] const MemorySpec& spec() const { return spec_; }
    /// By ascending start address; the position is the ZoneId.
    [[nodiscard]] std::vector<Zone>& zones() { return zones_; }
    [[nodiscard]] const std::vector<Zone>& zones() const { return zones_; }
    [[nodiscard]] Zone& zone(ZoneId id) { return zones_[id.index()]; }
    [[nodiscard]] const Zone& zone(ZoneId id) const { return zones_[id.index()]; }
    /// The page lies in a zone.
    [[nodiscard]] Zone& zone_of(Pfn page);
    /// Every zone in the order in which an allocation on the node tries them: its own node first,
    /// then by distance, and the highest zone of a node first.
    [[nodiscard]] const std::vector<ZoneId>& zonelist(NodeId node) const {
        return zonelists_[node.index()];
    }

    /// Zone::catch_up() for all.
    void catch_up() const;
    [[nodiscard]] Pages managed() const { return managed_; }
    [[nodiscard]] Pages free_pages() const;
    [[nodiscard]] Pages pcp_pages() const;
    /// BrokenLaw unless every managed page is free, on a pcplist or allocated; in time
    /// proportional to the number of zones.
    void check_conservation(Pages allocated) const;

    /// setup_per_zone_wmarks(), setup_per_zone_lowmem_reserve(), zone_pcp_update(): after a change
    /// of the online CPUs, too.
    void set_watermarks_and_limits(const Topology& topology);
    /// What the limits of the zone's pcplists are derived from.
    [[nodiscard]] PcpZoneFacts pcp_facts(const Zone& zone, const Topology& topology) const;

private:
    void set_lowmem_reserves();
    void set_limits(Zone& zone, const Topology& topology);

    MemorySpec spec_;
    std::vector<Zone> zones_;
    std::vector<std::vector<ZoneId>> zonelists_;
    Pages managed_;
};

}  // namespace pcpsim
