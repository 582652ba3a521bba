#pragma once
// Which hardware thread sits where: core, last-level cache, NUMA node, socket; and how far apart
// the nodes are.
#include <cstdint>
#include <tuple>
#include <vector>

#include "models/config/field.hpp"
#include "models/machine/cpu_set.hpp"
#include "models/machine/ids.hpp"
#include "sim/units.hpp"

namespace pcpsim {

struct HardwareThread {
    CpuId cpu;
    CoreId core;
    CacheId cache;
    NodeId node;
    SocketId socket;
};

struct MemoryNode {
    NodeId node;
    SocketId socket;
    Bytes memory;
};

/// A machine whose sockets are all alike, numbered as Linux numbers x86: CPUs 0, 1, ... are the
/// first threads of all cores, socket by socket, then come the second threads in the same order.
struct RegularShape {
    std::uint32_t sockets = 1;
    std::uint32_t nodes_per_socket = 1;
    std::uint32_t cores_per_node = 1;
    std::uint32_t cores_per_cache = 1;
    std::uint32_t threads_per_core = 1;
    Bytes cache_size = 1_MiB;
    Bytes memory_per_node = 1_GiB;
    int same_socket_distance = 10;
    int other_socket_distance = 20;

    static constexpr auto fields() {
        using Shape = RegularShape;
        const auto count = [](const char* name, std::uint32_t Shape::*member, const char* help) {
            return field(name, member, help).within(1, CpuSet::limit).required();
        };
        const auto distance = [](const char* name, int Shape::*member, const char* help) {
            return field(name, member, help).within(10, 254).required();
        };
        return std::tuple{
            count("sockets", &Shape::sockets, "sockets of the machine"),
            count("nodes_per_socket", &Shape::nodes_per_socket, "NUMA nodes of each socket"),
            count("cores_per_node", &Shape::cores_per_node, "cores of each node"),
            count("cores_per_cache", &Shape::cores_per_cache,
                  "cores behind each last-level cache; divides the cores of a socket"),
            count("threads_per_core", &Shape::threads_per_core, "hardware threads of each core"),
            field("cache_size", &Shape::cache_size, "size of each last-level cache")
                .within(1_KiB, 64_GiB)
                .required(),
            field("memory_per_node", &Shape::memory_per_node, "memory of each node")
                .within(1_MiB, 64 * 1024_GiB)
                .required(),
            distance("same_socket_distance", &Shape::same_socket_distance,
                     "SLIT distance between nodes of a socket"),
            distance("other_socket_distance", &Shape::other_socket_distance,
                     "SLIT distance between nodes of different sockets"),
        };
    }
};

/// Immutable. Every array is flat and indexed by the number of the CPU, node, ...
class Topology {
public:
    /// The SLIT distance of a node to itself, and the farthest one; 255 means unreachable.
    static constexpr int local_distance = 10;
    static constexpr int farthest_distance = 254;
    /// Node numbers are below MAX_NUMNODES of the largest configurations (CONFIG_NODES_SHIFT=10).
    static constexpr std::uint32_t node_limit = 1024;

    Topology() = default;
    /// Threads in CPU order, numbered from 0 without gaps; nodes in ascending order;
    /// distances[i * nodes.size() + j] is the SLIT distance from the i-th to the j-th node.
    Topology(std::vector<HardwareThread> threads, std::vector<MemoryNode> nodes,
             std::vector<int> distances, Bytes cache_size = {});
    explicit Topology(const RegularShape& shape);

    [[nodiscard]] const CpuSet& possible() const { return possible_; }
    [[nodiscard]] const CpuSet& online() const { return online_; }

    [[nodiscard]] std::size_t cpus() const { return threads_.size(); }
    [[nodiscard]] std::size_t caches() const { return cpus_of_cache_.size(); }
    [[nodiscard]] std::size_t sockets() const { return cpus_of_socket_.size(); }
    /// Of each last-level cache.
    [[nodiscard]] Bytes cache_size() const { return cache_size_; }
    /// Ascending.
    [[nodiscard]] const std::vector<MemoryNode>& nodes() const { return nodes_; }

    [[nodiscard]] const HardwareThread& thread(CpuId cpu) const { return threads_[cpu.index()]; }
    [[nodiscard]] NodeId node_of(CpuId cpu) const { return thread(cpu).node; }
    [[nodiscard]] SocketId socket_of(CpuId cpu) const { return thread(cpu).socket; }
    [[nodiscard]] SocketId socket_of(NodeId node) const { return described(node).socket; }
    [[nodiscard]] Bytes memory_of(NodeId node) const { return described(node).memory; }

    /// Empty for a node that has memory only.
    [[nodiscard]] const CpuSet& cpus_of(NodeId node) const { return cpus_of_node_[node.index()]; }
    [[nodiscard]] const CpuSet& cpus_of(SocketId socket) const {
        return cpus_of_socket_[socket.index()];
    }
    [[nodiscard]] const CpuSet& cpus_of(CacheId cache) const {
        return cpus_of_cache_[cache.index()];
    }
    /// All threads of the CPU's core, itself included, as in thread_siblings_list.
    [[nodiscard]] const CpuSet& siblings(CpuId cpu) const {
        return cpus_of_core_[thread(cpu).core.index()];
    }

    /// From the SLIT: 10 within a node, more for farther ones.
    [[nodiscard]] int distance(NodeId from, NodeId to) const {
        return distances_[position_[from.index()] * nodes_.size() + position_[to.index()]];
    }

private:
    [[nodiscard]] const MemoryNode& described(NodeId node) const {
        return nodes_[position_[node.index()]];
    }

    std::vector<HardwareThread> threads_;
    std::vector<MemoryNode> nodes_;
    std::vector<std::size_t> position_;  // by node number; where the node stands in nodes_
    std::vector<int> distances_;
    std::vector<CpuSet> cpus_of_node_, cpus_of_socket_, cpus_of_cache_, cpus_of_core_;
    Bytes cache_size_;
    CpuSet possible_, online_;
};

}  // namespace pcpsim
