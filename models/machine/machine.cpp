#include "models/machine/machine.hpp"

#include <algorithm>

namespace pcpsim {

std::vector<CpuSet> Machine::ipi_clusters() const {
    const CpuSet& online = topology.online();
    std::vector<CpuId> order(online.begin(), online.end());
    const auto position = [this](CpuId cpu) {
        const HardwareThread& thread = topology.thread(cpu);
        return std::tuple{thread.socket, thread.cache, thread.core};
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](CpuId a, CpuId b) { return position(a) < position(b); });
    std::vector<CpuSet> clusters;
    for (std::size_t i = 0, in_socket = 0; i < order.size(); ++i, ++in_socket) {
        if (i > 0 && topology.socket_of(order[i - 1]) != topology.socket_of(order[i]))
            in_socket = 0;
        if (in_socket % ipi_reach.cluster == 0) clusters.emplace_back();
        clusters.back().insert(order[i]);
    }
    return clusters;
}

DomainId Machine::domain_of(NodeId node) const {
    return memory_domain == MemoryDomain::node ? DomainId{node.number()}
                                               : DomainId{topology.socket_of(node).number()};
}

std::size_t Machine::domains() const {
    return memory_domain == MemoryDomain::node ? topology.nodes().back().node.index() + 1
                                               : topology.sockets();
}

}  // namespace pcpsim
