#include "models/machine/machine.hpp"

#include <algorithm>
#include <array>

namespace pcpsim {

std::string to_string(ZoneType type) {
    switch (type) {
        case ZoneType::dma:
            return "DMA";
        case ZoneType::dma32:
            return "DMA32";
        case ZoneType::normal:
            return "Normal";
    }
    return {};
}

DomainId Machine::domain_of(NodeId node) const {
    return memory_domain == MemoryDomain::node ? DomainId{node.number()}
                                               : DomainId{topology.socket_of(node).number()};
}

std::size_t Machine::domains() const {
    return memory_domain == MemoryDomain::node ? topology.nodes().back().node.index() + 1
                                               : topology.sockets();
}

std::vector<ZoneSpan> Machine::zones_of(NodeId node) const {
    Bytes start;
    for (const MemoryNode& lower : topology.nodes())
        if (lower.node < node) start += lower.memory;
    const Bytes end = start + topology.memory_of(node);
    if (kernel.zones == ZoneRule::single) return {{ZoneType::normal, start, end - start}};

    struct Border {
        ZoneType type;
        Bytes below;
    };
    constexpr std::array borders{Border{ZoneType::dma, 16_MiB}, Border{ZoneType::dma32, 4_GiB},
                                 Border{ZoneType::normal, Bytes::max()}};
    std::vector<ZoneSpan> spans;
    for (const auto& [type, below] : borders) {
        const Bytes stop = std::min(end, below);
        if (start >= stop) continue;
        spans.push_back({type, start, stop - start});
        start = stop;
    }
    return spans;
}

}  // namespace pcpsim
