#include "models/machine/topology_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "models/config/field.hpp"

namespace pcpsim {
namespace {

constexpr std::uint32_t node_limit = Topology::node_limit;

struct ListedNode {
    std::uint32_t node = 0;
    std::uint32_t socket = 0;
    CpuSet cpus;
    Bytes memory;
    static constexpr auto fields() {
        using Self = ListedNode;
        return std::tuple{
            field("node", &Self::node, "the node's number").within(0, node_limit - 1).required(),
            field("socket", &Self::socket, "its socket").within(0, node_limit - 1).required(),
            field("cpus", &Self::cpus, "its CPUs; none if it has memory only").required(),
            field("memory", &Self::memory, "its memory; none, or at least 1MiB")
                .within(0_KiB, 64 * 1024_GiB)
                .required(),
        };
    }
};

struct Listed {
    std::vector<ListedNode> nodes;
    std::vector<std::vector<int>> distances;
    std::vector<CpuSet> cores;
    std::vector<CpuSet> caches;
    Bytes cache_size;
    static constexpr auto fields() {
        return std::tuple{
            field("nodes", &Listed::nodes, "the NUMA nodes, in ascending order").required(),
            field("distances", &Listed::distances, "SLIT distances, one row per node")
                .within(Topology::local_distance, Topology::farthest_distance)
                .required(),
            field("cores", &Listed::cores, "the hardware threads of each core").required(),
            field("caches", &Listed::caches, "the CPUs behind each last-level cache").required(),
            field("cache_size", &Listed::cache_size, "of each last-level cache")
                .within(1_KiB, 64_GiB)
                .required(),
        };
    }
};

std::optional<Topology> read_regular(const Node& node, Errors& errors) {
    RegularShape shape;
    read(node, shape, errors);
    if (!errors.empty()) return std::nullopt;
    const std::uint64_t cores_per_socket =
        std::uint64_t{shape.nodes_per_socket} * shape.cores_per_node;
    const std::uint64_t cores = shape.sockets * cores_per_socket;
    const auto refuse = [&](std::size_t limit, const char* things) {
        errors.add(
            node.place, fmt::format("at most {} {} in all", limit, things),
            fmt::format("{} sockets x {} nodes x {} cores x {} threads", shape.sockets,
                        shape.nodes_per_socket, shape.cores_per_node, shape.threads_per_core));
    };
    if (cores > CpuSet::limit || cores * shape.threads_per_core > CpuSet::limit)
        refuse(CpuSet::limit, "CPUs");
    else if (shape.sockets * shape.nodes_per_socket > Topology::node_limit)
        refuse(Topology::node_limit, "nodes");
    else if (cores_per_socket % shape.cores_per_cache != 0)
        errors.add(*node.find("cores_per_cache"),
                   fmt::format("a divisor of the {} cores of a socket", cores_per_socket));
    if (!errors.empty()) return std::nullopt;
    return Topology{shape};
}

/// Checks that every CPU is in exactly one of the listed sets.
class Partition {
public:
    Partition(std::string_view of, Errors& errors) : of_{of}, errors_{errors} {}

    void add(const Node& place, const CpuSet& cpus) {
        const CpuSet twice = seen_ & cpus;
        if (!twice.empty())
            errors_.add(place, fmt::format("CPUs that are in no other {}", of_),
                        fmt::format(" with {} again", echo(to_string(twice))));
        seen_ |= cpus;
    }
    void check_is(const Node& list, const CpuSet& all) {
        if (seen_ != all)
            errors_.add(list.place,
                        fmt::format("CPUs {}, each in some {}", echo(to_string(all)), of_),
                        echo(to_string(seen_)));
    }
    [[nodiscard]] const CpuSet& seen() const { return seen_; }

private:
    std::string_view of_;
    Errors& errors_;
    CpuSet seen_;
};

void check_distances(const Node& rows, const std::vector<std::vector<int>>& distances,
                     std::size_t nodes, Errors& errors) {
    if (distances.size() != nodes)
        return errors.add(rows.place, fmt::format("{} rows, one per node", nodes),
                          std::to_string(distances.size()));
    for (std::size_t from = 0; from < nodes; ++from) {
        const Node& row = rows.elements[from];
        if (distances[from].size() != nodes) {
            errors.add(row, fmt::format("{} distances, one per node", nodes));
            continue;
        }
        if (distances[from][from] != Topology::local_distance)
            errors.add(row.elements[from], "10, the distance of a node to itself");
        for (std::size_t to = 0; to < from; ++to)
            if (distances[to].size() == nodes && distances[from][to] != distances[to][from])
                errors.add(row.elements[to], fmt::format("{}, the distance in the other direction",
                                                         distances[to][from]));
    }
}

void check_nodes(const Node& list, const std::vector<ListedNode>& nodes, Partition& in_nodes,
                 Errors& errors) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& element = list.elements[i];
        if (i > 0 && nodes[i].node <= nodes[i - 1].node)
            errors.add(*element.find("node"),
                       fmt::format("a number above {}, in ascending order", nodes[i - 1].node));
        if (nodes[i].memory > Bytes{0} && nodes[i].memory < 1_MiB)
            errors.add(*element.find("memory"), "0B or at least 1MiB");
        in_nodes.add(*element.find("cpus"), nodes[i].cpus);
    }
    if (!nodes.empty() && std::all_of(nodes.begin(), nodes.end(), [](const ListedNode& node) {
            return node.memory == Bytes{0};
        }))
        errors.add(list.place, "a node that has memory", "none");
    const CpuSet& all = in_nodes.seen();
    if (all.empty())
        errors.add(list.place, "at least one CPU in some node", "none");
    else if (all != CpuSet::range(CpuId{0}, CpuId{all.size() - 1}))
        errors.add(list.place, "CPU numbers from 0 without gaps", echo(to_string(all)));
}

/// Numbers the groups of CPUs in the order of the list, after a check that each CPU is in one.
template <class Tag>
void place_groups(const Node& list, const std::vector<CpuSet>& groups, const CpuSet& all,
                  Id<Tag> HardwareThread::*member, std::vector<HardwareThread>& threads,
                  Errors& errors) {
    Partition in_groups{Tag::name, errors};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        in_groups.add(list.elements[i], groups[i]);
        for (const CpuId cpu : groups[i] & all) threads[cpu.index()].*member = Id<Tag>{i};
    }
    in_groups.check_is(list, all);
}

/// Checks that the threads of a core share their node and their cache.
void check_cores(const Node& list, const std::vector<CpuSet>& cores,
                 const std::vector<HardwareThread>& threads, Errors& errors) {
    for (std::size_t i = 0; i < cores.size(); ++i)
        for (const CpuId cpu : cores[i]) {
            const HardwareThread& first = threads[cores[i].first().index()];
            const HardwareThread& thread = threads[cpu.index()];
            if (thread.node != first.node || thread.cache != first.cache) {
                errors.add(list.elements[i], "CPUs that share a node and a cache");
                break;
            }
        }
}

std::optional<Topology> read_listed(const Node& node, Errors& errors) {
    Listed listed;
    read(node, listed, errors);
    if (!errors.empty()) return std::nullopt;

    Partition in_nodes{"node", errors};
    check_nodes(*node.find("nodes"), listed.nodes, in_nodes, errors);
    check_distances(*node.find("distances"), listed.distances, listed.nodes.size(), errors);
    const CpuSet& all = in_nodes.seen();
    if (all.empty()) return std::nullopt;

    std::vector<HardwareThread> threads(all.last().index() + 1);
    std::vector<MemoryNode> nodes;
    for (const ListedNode& in : listed.nodes) {
        nodes.push_back({NodeId{in.node}, SocketId{in.socket}, in.memory});
        for (const CpuId cpu : in.cpus)
            threads[cpu.index()] = {cpu, CoreId{}, CacheId{}, NodeId{in.node}, SocketId{in.socket}};
    }
    place_groups(*node.find("cores"), listed.cores, all, &HardwareThread::core, threads, errors);
    place_groups(*node.find("caches"), listed.caches, all, &HardwareThread::cache, threads, errors);
    if (errors.empty()) check_cores(*node.find("cores"), listed.cores, threads, errors);
    if (!errors.empty()) return std::nullopt;

    std::vector<int> distances;
    for (const std::vector<int>& row : listed.distances)
        distances.insert(distances.end(), row.begin(), row.end());
    return Topology{std::move(threads), std::move(nodes), std::move(distances), listed.cache_size};
}

}  // namespace

std::string topology_schema(SchemaStyle style) {
    return any_of({schema_of<RegularShape>({}, style), schema_of<Listed>({}, style)});
}

std::optional<Topology> read_topology(const Node& node, Errors& errors) {
    return node.find("nodes") ? read_listed(node, errors) : read_regular(node, errors);
}

}  // namespace pcpsim
