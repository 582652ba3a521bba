#include "models/machine/topology.hpp"

#include <utility>

#include "sim/check.hpp"

namespace pcpsim {
namespace {

/// The element of a flat array, which grows to hold it.
template <class T, class Tag>
T& slot(std::vector<T>& array, Id<Tag> id) {
    if (id.index() >= array.size()) array.resize(id.index() + 1);
    return array[id.index()];
}

std::vector<HardwareThread> threads_of(const RegularShape& shape) {
    const std::uint32_t cores = shape.sockets * shape.nodes_per_socket * shape.cores_per_node;
    std::vector<HardwareThread> threads;
    threads.reserve(std::size_t{cores} * shape.threads_per_core);
    for (std::uint32_t cpu = 0; cpu < cores * shape.threads_per_core; ++cpu) {
        const std::uint32_t core = cpu % cores;
        const std::uint32_t node = core / shape.cores_per_node;
        threads.push_back({CpuId{cpu}, CoreId{core}, CacheId{core / shape.cores_per_cache},
                           NodeId{node}, SocketId{node / shape.nodes_per_socket}});
    }
    return threads;
}

std::vector<MemoryNode> nodes_of(const RegularShape& shape) {
    std::vector<MemoryNode> nodes;
    for (std::uint32_t node = 0; node < shape.sockets * shape.nodes_per_socket; ++node)
        nodes.push_back(
            {NodeId{node}, SocketId{node / shape.nodes_per_socket}, shape.memory_per_node});
    return nodes;
}

std::vector<int> distances_of(const RegularShape& shape) {
    const std::uint32_t nodes = shape.sockets * shape.nodes_per_socket;
    std::vector<int> distances;
    for (std::uint32_t from = 0; from < nodes; ++from)
        for (std::uint32_t to = 0; to < nodes; ++to)
            distances.push_back(from == to ? Topology::local_distance
                                : from / shape.nodes_per_socket == to / shape.nodes_per_socket
                                    ? shape.same_socket_distance
                                    : shape.other_socket_distance);
    return distances;
}

}  // namespace

Topology::Topology(std::vector<HardwareThread> threads, std::vector<MemoryNode> nodes,
                   std::vector<int> distances, Bytes cache_size)
    : threads_{std::move(threads)},
      nodes_{std::move(nodes)},
      distances_{std::move(distances)},
      cache_size_{cache_size} {
    PCPSIM_CHECK(distances_.size() == nodes_.size() * nodes_.size(),
                 "a topology has one distance for each pair of nodes");
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        slot(position_, nodes_[i].node) = i;
        slot(cpus_of_node_, nodes_[i].node);
        slot(cpus_of_socket_, nodes_[i].socket);
    }
    for (const HardwareThread& thread : threads_) {
        PCPSIM_CHECK(thread.cpu.index() == possible_.size(), "CPUs are numbered without gaps");
        possible_.insert(thread.cpu);
        slot(cpus_of_node_, thread.node).insert(thread.cpu);
        slot(cpus_of_socket_, thread.socket).insert(thread.cpu);
        slot(cpus_of_cache_, thread.cache).insert(thread.cpu);
        slot(cpus_of_core_, thread.core).insert(thread.cpu);
    }
    online_ = possible_;
}

Topology::Topology(const RegularShape& shape)
    : Topology{threads_of(shape), nodes_of(shape), distances_of(shape), shape.cache_size} {}

}  // namespace pcpsim
