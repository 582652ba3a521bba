// Goal: any file is a machine or a sentence. Method: a small file of each kind, a sysfs in a folder
// and in an archive, and hostile ones.
#include "analysis/import/topology_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/analysis/import/small_found.hpp"
#include "tests/analysis/import/small_xml.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;
using test::by_cpu;

namespace {

std::string complaint(const std::string& text) {
    const TemporaryFolder folder;
    const std::string path = folder.write("f", text);
    const std::string all = test::complaint([&] { read_topology_file(path); });
    return all.starts_with(path + ":") ? all.substr(path.size() - 1) : all;
}

/// cpu0 and cpu2 on nodes 0 and 3; cpu1 is offline.
void write_sysfs(const std::string& root) {
    const auto write = [&](const std::string& name, const std::string& text) {
        const std::string path = root + "/sys/devices/system/" + name;
        std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
        std::ofstream{path} << text;
    };
    write("cpu/online", "0,2\n");
    write("cpu/possible", "0-2\n");
    write("cpu/present", "0-2\n");
    write("cpu/cpu1/online", "0\n");
    for (const int cpu : {0, 2}) {
        const std::string topology = fmt::format("cpu/cpu{}/topology/", cpu);
        const std::string mask = fmt::format("{:08x}\n", 1 << cpu);
        write(topology + "physical_package_id", fmt::format("{}\n", cpu * 18));
        write(topology + "core_id", "0\n");
        write(topology + "core_siblings", mask);
        write(topology + "package_cpus", mask);
        write(topology + "thread_siblings", mask);
        write(topology + "core_cpus", mask);
        const std::string node = fmt::format("node/node{}/", cpu == 0 ? 0 : 3);
        write(node + "cpumap", mask);
        write(node + "distance", cpu == 0 ? "10 28\n" : "28 10\n");
        write(node + "meminfo", "Node 0 MemTotal:  1048576 kB\n");
    }
    write("node/online", "0,3\n");
    write("node/possible", "0-3\n");
}

void check_sysfs(const FoundMachine& found) {
    CHECK(by_cpu(found, &FoundCpu::node) == "0:0 2:3");
    CHECK(found.distances == std::vector{10, 28, 28, 10});
    CHECK(*found.nodes[1].memory == 1_GiB);
    CHECK(found.cpus[0].socket != found.cpus[1].socket);
    CHECK(found.left_out == 1);
}

}  // namespace

TEST_SUITE("analysis/import/topology_file") {
    TEST_CASE("the kind of a file shows in its first bytes") {
        CHECK(format_of("f", "\n<topology version=\"2.0\">") == TopologyFormat::xml);
        CHECK(format_of("f", "<topology>") == TopologyFormat::xml);
        CHECK(format_of("f", "available: 1 nodes (0)") == TopologyFormat::numactl);
        CHECK(format_of("f", "CPU NODE") == TopologyFormat::lscpu_table);
        CHECK(format_of("f", "NODE CPU\n") == TopologyFormat::lscpu_table);
        CHECK(format_of("f", "# CPU,Core\n") == TopologyFormat::lscpu_table);
        CHECK(format_of("f", "# The following is the parsable format, which can be fed to") ==
              TopologyFormat::lscpu_table);
        CHECK(format_of("f", "Architecture:   x86_64\n") == TopologyFormat::lscpu_summary);
        CHECK(format_of("f", " {") == TopologyFormat::lscpu_json);
        CHECK(format_of("f", "BZh9") == TopologyFormat::archive);
        CHECK(format_of("f", "\x1f\x8b") == TopologyFormat::archive);
        CHECK(format_of("f", std::string(257, '\0') + "ustar\0") == TopologyFormat::archive);
    }
    TEST_CASE("what is none of ours is refused with what would be") {
        const std::string expected =
            "f: expected hwloc XML, an archive of hwloc-gather-topology, numactl --hardware or "
            "lscpu, with -e, -p or -J or as it is, got ";
        CHECK(complaint("") == expected + "nothing");
        CHECK(complaint("\xff\xfe") == expected + "\\xFF\\xFE");
        CHECK(complaint("Node 0, zone DMA\n") ==
              expected + "Node 0, zone DMA; is it for pcpsim import zoneinfo?");
        CHECK(complaint("<html/>") == "f: expected hwloc XML, got XML without <topology>");
    }
    TEST_CASE("hwloc XML from version 3 on is refused by name") {
        const std::string expected = "f: expected hwloc XML of version 1 or 2, got version ";
        CHECK(complaint("<topology version=\"3.0\">").starts_with(expected + "3.0; "));
        CHECK(complaint("<topology version='10'>").starts_with(expected + "10; "));
        CHECK(complaint("<topology version=\"\">").starts_with(expected + "; "));
    }
    TEST_CASE("XML is read in a child") {
        const TemporaryFolder folder;
        CHECK(read_topology_file(folder.write("1", test::xml_v1())).tool == "hwloc XML 1.0");
        const FoundMachine found = read_topology_file(folder.write("2", test::xml_v2()));
        CHECK(found.tool == "hwloc XML 2.0");
        CHECK(found.cpus.size() == 6);
    }
    TEST_CASE("XML that libhwloc chokes on is an error here") {
        const std::string xml = test::xml_v2();
        std::string nested = "<topology version=\"2.0\">";
        for (int i = 0; i < 100'000; ++i) nested += "<object type=\"Group\" cpuset=\"0x1\">";
        const std::string huge_set = replaced(
            xml, "os_index=\"4\"", "os_index=\"4\" cpuset=\"" + std::string(1'000'000, ',') + "\"");
        for (const std::string& text :
             {xml.substr(0, xml.size() / 2), nested, std::string{"<topology version=\"2.0\"/>"},
              replaced(xml, "<u64values", "<u64valuse"),
              replaced(xml, "os_index=\"224\"", "os_index=\"4000000000\"")})
            CHECK(complaint(text).starts_with("f: "));
        // Ignored or refused, but not more.
        static_cast<void>(complaint(huge_set));
    }
    TEST_CASE("XML with changed bytes is a machine or an error, whatever it does to libhwloc") {
        const TemporaryFolder folder;
        const std::string xml = test::xml_v2();
        std::size_t refused = 0;
        for (std::size_t i = 0; i < 40; ++i) {
            std::string changed = xml;
            for (std::size_t k = 0; k < 4; ++k)
                changed[(i * 7919 + k * 104'729) % xml.size()] = "0f<\"x,"[(i + k) % 6];
            const std::string path = folder.write("f", changed);
            const std::string said = test::complaint([&] { read_topology_file(path); });
            CHECK((said.empty() || said.starts_with(path + ": ")));
            if (!said.empty()) ++refused;
        }
        CHECK(refused > 0);
        CHECK(refused < 40);
    }
    TEST_CASE("a sysfs is read from a folder, from the one within, and from an archive") {
        const TemporaryFolder folder;
        const std::string top =
            std::filesystem::path{folder.write("x", "")}.parent_path().string() + "/top";
        std::filesystem::create_directory(top);
        CHECK(test::complaint([&] { read_topology_file(top); }) ==
              top +
                  ": expected sys/devices/system in it, as hwloc-gather-topology collects it, "
                  "got none");
        write_sysfs(top + "/box");
        check_sysfs(read_topology_file(top + "/box"));
        check_sysfs(read_topology_file(top));
        const std::string archive = top + ".tar.gz";
        REQUIRE(std::system(("tar -czf " + archive + " -C " + top + " box").c_str()) == 0);
        check_sysfs(read_topology_file(archive));
        std::filesystem::resize_file(archive, std::filesystem::file_size(archive) / 2);
        CHECK(test::complaint([&] { read_topology_file(archive); }) ==
              archive + ": expected an archive that tar reads: tar ended with status 2");
    }
    TEST_CASE("the host is a machine") { CHECK(!read_host_topology().cpus.empty()); }
}
