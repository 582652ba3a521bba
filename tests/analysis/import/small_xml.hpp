#pragma once
// Small topologies as hwloc writes them.
#include <fmt/format.h>

#include <string>

namespace pcpsim::test {

/// An object with its sets and what is in it. Sets are 32-bit words in hexadecimal.
inline std::string object(const std::string& type, const std::string& cpus,
                          const std::string& nodes, const std::string& more,
                          const std::string& content = {}) {
    return fmt::format(
        "<object type=\"{0}\" cpuset=\"{1}\" complete_cpuset=\"{1}\" online_cpuset=\"{1}\" "
        "allowed_cpuset=\"{1}\" nodeset=\"{2}\" complete_nodeset=\"{2}\" allowed_nodeset=\"{2}\" "
        "{3}>\n{4}</object>\n",
        type, cpus, nodes, more, content);
}

inline std::string thread(int number, const std::string& nodes) {
    return object("PU", fmt::format("0x{:x}", 1 << number), nodes,
                  fmt::format("os_index=\"{}\"", number));
}

/// hwloc 1: two sockets with a core of two threads each, nodes 0 and 8, distances 10 and 16.
inline std::string xml_v1() {
    const auto side = [](const char* cpus, const char* nodes, int node, int first) {
        const std::string threads = thread(first, nodes) + thread(first + 1, nodes);
        const std::string core = object("Core", cpus, nodes, "os_index=\"0\"", threads);
        return object(
            "NUMANode", cpus, nodes,
            fmt::format("os_index=\"{}\" local_memory=\"1073741824\"", node),
            object("Socket", cpus, nodes, fmt::format("os_index=\"{}\"", first / 2), core));
    };
    return "<?xml version=\"1.0\"?>\n<!DOCTYPE topology SYSTEM \"hwloc.dtd\">\n<topology>\n" +
           object("Machine", "0xf", "0x101", "os_index=\"0\"",
                  "<info name=\"Architecture\" value=\"x86_64\"/>\n"
                  "<distances nbobjs=\"2\" relative_depth=\"1\" latency_base=\"10.000000\">\n"
                  "<latency value=\"1.0\"/><latency value=\"1.6\"/>"
                  "<latency value=\"1.6\"/><latency value=\"1.0\"/>\n</distances>\n" +
                      side("0x3", "0x1", 0, 0) + side("0xc", "0x100", 8, 2)) +
           "</topology>\n";
}

/// hwloc 2: one socket, whose L3 spans node 0, which has no memory, and node 2, whose memory has a
/// cache; node 224 has memory alone and claims all CPUs; of cpus 6 and 7 only the complete sets
/// know.
inline std::string xml_v2() {
    const std::string all = "0x1,,,,,,,0x00000005", first = "0x1,,,,,,,0x1",
                      second = "0x1,,,,,,,0x4";
    const std::string left = object(
        "Group", "0x7", first, "",
        object("NUMANode", "0x7", "0x1", "os_index=\"0\" local_memory=\"0\"") +
            object("Core", "0x3", first, "os_index=\"0\"", thread(0, first) + thread(1, first)) +
            object("Core", "0x4", first, "os_index=\"1\"", thread(2, first)));
    const std::string right = object(
        "Group", "0x38", second, "",
        object("MemCache", "0x38", "0x4",
               "cache_size=\"68719476736\" depth=\"1\" cache_linesize=\"64\" "
               "cache_associativity=\"1\" cache_type=\"0\"",
               object("NUMANode", "0x38", "0x4", "os_index=\"2\" local_memory=\"1073741824\"",
                      "<page_type size=\"65536\" count=\"16384\"/>\n")) +
            object("Core", "0x38", second, "os_index=\"4\"",
                   thread(3, second) + thread(4, second) + thread(5, second)));
    const std::string cache = object(
        "L3Cache", "0x3f", all,
        "cache_size=\"33554432\" depth=\"3\" cache_linesize=\"64\" cache_associativity=\"16\" "
        "cache_type=\"0\"",
        left + right);
    const std::string package =
        object("Package", "0x3f", all, "os_index=\"0\"",
               "<info name=\"CPUModel\" value=\"POWER9 (raw)  \"/>\n" + cache);
    std::string machine = object("Machine", "0x3f", all, "os_index=\"0\"",
                                 "<info name=\"Architecture\" value=\"ppc64le\"/>\n" +
                                     object("NUMANode", "0x3f", "0x1,,,,,,,0x0",
                                            "os_index=\"224\" local_memory=\"16777216000\"") +
                                     package);
    const std::string complete = "complete_cpuset=\"0x3f\"";
    machine.replace(machine.find(complete), complete.size(), "complete_cpuset=\"0xff\"");
    return "<?xml version=\"1.0\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
           "<topology version=\"2.0\">\n" +
           machine +
           "<distances2 type=\"NUMANode\" nbobjs=\"3\" kind=\"5\" name=\"NUMALatency\" "
           "indexing=\"os\">\n<indexes length=\"8\">0 2 224 </indexes>\n"
           "<u64values length=\"9\">10 12 80 </u64values>\n"
           "<u64values length=\"9\">12 10 80 </u64values>\n"
           "<u64values length=\"9\">80 80 10 </u64values>\n</distances2>\n</topology>\n";
}

}  // namespace pcpsim::test
