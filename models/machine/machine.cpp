#include "models/machine/machine.hpp"

namespace pcpsim {

DomainId Machine::domain_of(NodeId node) const {
    return memory_domain == MemoryDomain::node ? DomainId{node.number()}
                                               : DomainId{topology.socket_of(node).number()};
}

std::size_t Machine::domains() const {
    return memory_domain == MemoryDomain::node ? topology.nodes().back().node.index() + 1
                                               : topology.sockets();
}

}  // namespace pcpsim
