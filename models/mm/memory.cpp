#include "models/mm/memory.hpp"

#include <algorithm>

#include "models/mm/zonelist.hpp"
#include "sim/check.hpp"

namespace pcpsim {
namespace {

/// sizeof(struct page): 64 bytes on 64-bit kernels (Documentation/mm/vmemmap_dedup.rst), half of it
/// on i386 (assumed).
constexpr Bytes page_struct(ZoneRule rule) { return Bytes{rule == ZoneRule::i386 ? 32 : 64}; }

/// First address above the zone.
Bytes limit_of(ZoneKind kind, ZoneRule rule) {
    switch (kind) {
        case ZoneKind::dma:
            return rule == ZoneRule::single ? Bytes{0} : 16_MiB;
        case ZoneKind::dma32:
            return rule == ZoneRule::x86 ? 4_GiB : Bytes{0};
        case ZoneKind::normal:
            return rule == ZoneRule::i386 ? 896_MiB : Bytes::max();
        case ZoneKind::highmem:
            break;
    }
    return Bytes::max();
}

}  // namespace

std::vector<ZoneSpan> lay_out_zones(const Topology& topology, const MemorySpec& spec) {
    const Bytes page = spec.geometry.page_size;
    std::vector<ZoneSpan> spans;
    Bytes start;
    for (const auto& [node, socket, memory] : topology.nodes()) {
        const Bytes end = start + memory;
        const std::size_t first_zone = spans.size();
        for (const ZoneKind kind :
             {ZoneKind::dma, ZoneKind::dma32, ZoneKind::normal, ZoneKind::highmem}) {
            const Bytes zone_end = std::min(end, limit_of(kind, spec.zones));
            if (zone_end <= start) continue;
            const Pages present{(zone_end - start) / page};
            spans.push_back({node, kind, Pfn{start / page}, present, present, present});
            start = zone_end;
        }
        Pages unmanaged{(memory / page * page_struct(spec.zones) + page - Bytes{1}) / page};
        for (std::size_t zone = spans.size(); zone-- > first_zone;) {
            if (spans[zone].kind == ZoneKind::highmem) continue;  // the kernel must reach them
            const Pages taken = std::min(unmanaged, spans[zone].managed);
            spans[zone].managed -= taken;
            unmanaged -= taken;
        }
    }
    return spans;
}

Memory::Memory(const Topology& topology, const MemorySpec& spec, const std::vector<ZoneSpan>& spans)
    : spec_{spec} {
    zones_.reserve(spans.size());
    for (const ZoneSpan& span : spans) {
        zones_.emplace_back(ZoneId{zones_.size()}, span, *spec.rules, spec.geometry,
                            topology.cpus());
        managed_ += span.managed;
    }
    for (const std::vector<NodeId>& nodes : fallback_orders(topology)) {
        std::vector<ZoneId>& zonelist = zonelists_.emplace_back();
        for (const NodeId node : nodes)
            for (auto zone = zones_.rbegin(); zone != zones_.rend(); ++zone)
                if (zone->node() == node) zonelist.push_back(zone->id());
    }
    set_watermarks_and_limits(topology);
}

Zone& Memory::zone_of(Pfn page) {
    const auto above = std::partition_point(zones_.begin(), zones_.end(), [page](const Zone& zone) {
        return zone.span().start <= page;
    });
    PCPSIM_CHECK(above != zones_.begin() && std::prev(above)->spans(page),
                 "memory: no zone has " + to_string(page));
    return *std::prev(above);
}

void Memory::catch_up() const {
    for (const Zone& zone : zones_) zone.catch_up();
}

Pages Memory::free_pages() const {
    Pages sum;
    for (const Zone& zone : zones_) sum += zone.free_pages();
    return sum;
}

Pages Memory::pcp_pages() const {
    Pages sum;
    for (const Zone& zone : zones_) sum += zone.pcp_pages();
    return sum;
}

void Memory::check_conservation(Pages allocated) const {
    const Pages free = free_pages();
    const Pages pcp = pcp_pages();
    PCPSIM_CHECK(free + pcp + allocated == managed_,
                 "conservation: free " + std::to_string(free.count()) + " + pcp " +
                     std::to_string(pcp.count()) + " + in use " +
                     std::to_string(allocated.count()) + " != " + std::to_string(managed_.count()));
}

void Memory::set_watermarks_and_limits(const Topology& topology) {
    const Bytes page = spec_.geometry.page_size;
    Pages lowmem;
    for (const Zone& zone : zones_)
        if (zone.kind() != ZoneKind::highmem) lowmem += zone.managed();
    const Pages min_free{spec_.min_free.value_or(min_free_bytes(lowmem, page)) / page};
    for (Zone& zone : zones_) {
        const auto rule = zone.kind() == ZoneKind::highmem ? highmem_watermarks : zone_watermarks;
        zone.set_watermarks(rule(zone.managed(), lowmem, min_free, spec_.watermark_scale_factor));
    }
    set_lowmem_reserves();
    for (Zone& zone : zones_) set_limits(zone, topology);
}

/// A request that could have used higher zones of the node leaves a share of them free in a lower
/// one: sysctl_lowmem_reserve_ratio, 256 for DMA and DMA32, 32 for Normal.
void Memory::set_lowmem_reserves() {
    for (Zone& lower : zones_) {
        const std::int64_t ratio = lower.kind() == ZoneKind::normal ? 32 : 256;
        Pages above;
        for (const ZoneKind kind : {ZoneKind::dma32, ZoneKind::normal, ZoneKind::highmem}) {
            if (kind <= lower.kind()) continue;
            for (const Zone& zone : zones_)
                if (zone.node() == lower.node() && zone.kind() == kind) above += zone.managed();
            lower.set_lowmem_reserve(kind, above / ratio);
        }
    }
}

PcpZoneFacts Memory::pcp_facts(const Zone& zone, const Topology& topology) const {
    const CpuSet local = topology.cpus_of(zone.node()) & topology.online();
    const std::size_t sharers = local.empty() ? topology.online().size() : local.size();
    return {zone.managed(), zone.watermarks().low, spec_.geometry.page_size,
            spec_.pcp_high_fraction, static_cast<std::int64_t>(sharers)};
}

void Memory::set_limits(Zone& zone, const Topology& topology) {
    const PcpZoneFacts facts = pcp_facts(zone, topology);
    const Pages batch = spec_.pcp_batch.value_or(spec_.rules->batch(facts));
    const PcpLimits limits{batch, spec_.pcp_high.value_or(spec_.rules->high_min(facts, batch)),
                           spec_.pcp_high.value_or(spec_.rules->high_max(facts, batch))};
    for (const CpuId cpu : topology.possible()) zone.set_limits(cpu, limits);
}

}  // namespace pcpsim
