#include "analysis/import/hwloc.hpp"

#include <fmt/format.h>
#include <hwloc.h>
#include <hwloc/distances.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#include "models/config/errors.hpp"

namespace pcpsim {
namespace {

using Handle = std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)>;

Handle begin_topology() {
    hwloc_topology_t topology = nullptr;
    if (hwloc_topology_init(&topology) != 0) throw ScenarioError{"libhwloc does not start"};
    return {topology, &hwloc_topology_destroy};
}

std::string text_or_dash(const hwloc_obj* object) {
    return object == nullptr ? "-" : std::to_string(object->gp_index);
}

/// The highest cache for data on the way up.
const hwloc_obj* last_level_cache(const hwloc_obj* object) {
    const hwloc_obj* found = nullptr;
    for (; object != nullptr; object = object->parent)
        if (hwloc_obj_type_is_dcache(object->type) != 0) found = object;
    return found;
}

/// hwloc puts nodes without CPUs beside the CPUs they are nearest to, so several nodes may claim
/// a CPU. Its own is the one with the fewest CPUs, and the first of these: firmware numbers nodes
/// of devices and slow memory last.
const hwloc_obj* node_of(hwloc_topology_t topology, const hwloc_obj* cpu) {
    const hwloc_obj* own = nullptr;
    hwloc_obj_t node = nullptr;
    while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)) != nullptr) {
        if (hwloc_bitmap_isset(node->cpuset, cpu->os_index) == 0) continue;
        const auto rank = [](const hwloc_obj* object) {
            return std::pair{hwloc_bitmap_weight(object->cpuset), object->os_index};
        };
        if (own == nullptr || rank(node) < rank(own)) own = node;
    }
    return own;
}

const char* info(const hwloc_obj* object, const char* name) {
    const char* const found =
        object == nullptr ? nullptr
                          : hwloc_obj_get_info_by_name(const_cast<hwloc_obj_t>(object), name);
    return found == nullptr ? "" : found;
}

/// On one line.
std::string info_line(const char* key, std::string value) {
    for (char& letter : value)
        if (letter == '\n' || letter == '\r') letter = ' ';
    const std::size_t end = value.find_last_not_of(' ');
    return end == std::string::npos ? "" : fmt::format("{} {}\n", key, value.substr(0, end + 1));
}

std::string processor_lines(hwloc_topology_t topology) {
    const hwloc_obj* const root = hwloc_get_root_obj(topology);
    const hwloc_obj* const package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
    std::string model = info(package, "CPUModel");
    if (model.empty()) model = info(root, "CPUModel");
    return info_line("processor", std::move(model)) +
           info_line("architecture", info(root, "Architecture"));
}

std::string node_lines(hwloc_topology_t topology) {
    std::string lines;
    std::uint64_t page_size = 0;
    hwloc_obj_t node = nullptr;
    while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)) != nullptr) {
        const auto& attributes = node->attr->numanode;
        lines += fmt::format("node {} {}\n", node->os_index, attributes.local_memory);
        if (attributes.page_types_len > 0 && page_size == 0)
            page_size = attributes.page_types[0].size;
    }
    return (page_size == 0 ? "" : fmt::format("page_size {}\n", page_size)) + lines;
}

std::string cpu_lines(hwloc_topology_t topology) {
    std::string lines;
    std::uint64_t cache_size = 0;
    hwloc_obj_t cpu = nullptr;
    while ((cpu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, cpu)) != nullptr) {
        const hwloc_obj* const node = node_of(topology, cpu);
        const hwloc_obj* const cache = last_level_cache(cpu);
        if (cache != nullptr) cache_size = std::max(cache_size, cache->attr->cache.size);
        lines += fmt::format(
            "cpu {} {} {} {} {}\n", cpu->os_index,
            node == nullptr ? "-" : std::to_string(node->os_index),
            text_or_dash(hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, cpu)),
            text_or_dash(cache),
            text_or_dash(hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, cpu)));
    }
    return (cache_size == 0 ? "" : fmt::format("cache_size {}\n", cache_size)) + lines;
}

/// Whether a matrix has all nodes, and looks as firmware's table does: what somebody measured in
/// nanoseconds says nothing of what the kernel sees.
bool is_slit(const hwloc_distances_s& matrix, int nodes) {
    if (static_cast<int>(matrix.nbobjs) != nodes) return false;
    for (unsigned i = 0; i < matrix.nbobjs; ++i)
        if (matrix.values[i * matrix.nbobjs + i] != Topology::local_distance) return false;
    return true;
}

/// The first matrix of latencies that is one of the kernel's.
std::string distance_line(hwloc_topology_t topology) {
    const int nodes = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
    unsigned count = 0;
    if (hwloc_distances_get_by_type(topology, HWLOC_OBJ_NUMANODE, &count, nullptr,
                                    HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) != 0)
        return "";
    std::vector<hwloc_distances_s*> all(count);
    hwloc_distances_get_by_type(topology, HWLOC_OBJ_NUMANODE, &count, all.data(),
                                HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0);
    std::string line;
    for (hwloc_distances_s* const matrix : all) {
        if (line.empty() && is_slit(*matrix, nodes)) {
            line = "distances";
            for (unsigned from = 0; from < matrix->nbobjs; ++from)
                for (unsigned to = 0; to < matrix->nbobjs; ++to) {
                    // By the order of the node lines, whatever the order of the matrix.
                    const auto at = [&](unsigned index) {
                        return hwloc_distances_obj_index(
                            matrix, hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE, index));
                    };
                    const int row = at(from), column = at(to);
                    if (row < 0 || column < 0) throw ScenarioError{"a matrix of unknown nodes"};
                    line += fmt::format(" {}",
                                        matrix->values[static_cast<unsigned>(row) * matrix->nbobjs +
                                                       static_cast<unsigned>(column)]);
                }
            line += '\n';
        }
        hwloc_distances_release(topology, matrix);
    }
    return line;
}

std::string message_about(hwloc_topology_t topology) {
    if (hwloc_topology_load(topology) != 0)
        throw ScenarioError{"expected a topology, got one that libhwloc does not read"};
    const int all = hwloc_bitmap_weight(hwloc_topology_get_complete_cpuset(topology));
    const int here = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
    return processor_lines(topology) + fmt::format("left_out {}\n", std::max(all - here, 0)) +
           node_lines(topology) + cpu_lines(topology) + distance_line(topology) + "end\n";
}

}  // namespace

std::string message_about_xml(const std::string& xml) {
    const Handle topology = begin_topology();
    // The length counts the NUL behind the text.
    if (hwloc_topology_set_xmlbuffer(topology.get(), xml.c_str(),
                                     static_cast<int>(xml.size() + 1)) != 0)
        throw ScenarioError{"expected hwloc XML, got XML that libhwloc does not read"};
    return message_about(topology.get());
}

std::string message_about_tree(const std::string& root) {
    // The only way to name a tree; "stop" keeps what asks the processor itself away.
    setenv("HWLOC_FSROOT", root.c_str(), 1);
    setenv("HWLOC_COMPONENTS", "linux,stop", 1);
    setenv("HWLOC_DUMPED_HWDATA_DIR", "/nonexistent", 1);
    return message_about(begin_topology().get());
}

std::string message_about_host() { return message_about(begin_topology().get()); }

}  // namespace pcpsim
