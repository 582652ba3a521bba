#include "analysis/import/lscpu.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/import/small_found.hpp"
#include "tests/support/reading.hpp"

using namespace pcpsim;
using test::by_cpu;

namespace {

const std::string table = R"(CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE    MAXMHZ
  0    0      0    0 0:0:0:0          yes 3350.0000
  1    0      0    1 1:1:1:0          yes 3350.0000
  2    8      1    0 2:2:2:1          yes 3350.0000
  3    -      -    - -                 no         -
  4    0      0    0 0:0:0:0          yes 3350.0000)";

const std::string json = R"({"cpus": [
  {"cpu": 0, "node": 0, "socket": 0, "core": 0, "l1d:l1i:l2:l3": "0:0:0:0", "online": true},
  {"cpu": "1", "node": "0", "socket": "0", "core": "1", "l1d:l1i:l2": "1:1:1", "online": "yes"},
  {"cpu": 2, "node": null, "socket": null, "core": null, "l1d:l1i:l2:l3": null, "online": false}
]})";

std::string complaint(const std::string& from, const std::string& to) {
    return test::complaint([&] { read_lscpu_table("l", replaced(table, from, to)); });
}
std::string json_complaint(const std::string& text) {
    return test::complaint([&] { read_lscpu_json("l", text); });
}

}  // namespace

TEST_SUITE("analysis/import/lscpu") {
    TEST_CASE("each online CPU is where its line says, the last line without line break too") {
        const FoundMachine found = read_lscpu_table("l", table);
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0 2:8 4:0");
        CHECK(by_cpu(found, &FoundCpu::socket) == "0:0 1:0 2:1 4:0");
        CHECK(found.left_out == 1);
        CHECK(found.nodes.size() == 2);
        CHECK(found.distances.empty());
        CHECK(!found.nodes[0].memory);
    }
    TEST_CASE("a core is known by its socket, too: its number may begin at 0 in each") {
        const FoundMachine found = read_lscpu_table("l", table);
        CHECK(found.cpus[0].core == found.cpus[3].core);
        CHECK(found.cpus[0].core != found.cpus[2].core);
    }
    TEST_CASE("the last-level cache is the highest one for data that a CPU has") {
        const FoundMachine found = read_lscpu_table("l", table);
        CHECK(found.cpus[0].cache == found.cpus[1].cache);
        CHECK(found.cpus[0].cache != found.cpus[2].cache);
        const FoundMachine without_l3 =
            read_lscpu_table("l", replaced(table, "L1d:L1i:L2:L3", "L1d:L1i:L2"));
        CHECK(without_l3.cpus[0].cache != without_l3.cpus[1].cache);
        const FoundMachine only_instructions =
            read_lscpu_table("l", replaced(table, "L1d:L1i:L2:L3", "L1i"));
        CHECK(by_cpu(only_instructions, &FoundCpu::cache) == "0:- 1:- 2:- 4:-");
    }
    TEST_CASE("a kernel without NUMA prints no node: all CPUs are on one") {
        const FoundMachine found =
            read_lscpu_table("l", "CPU SOCKET CORE ONLINE\n0 0 0 yes\n1 0 1 yes\n");
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0");
    }
    TEST_CASE("columns come in any order, and a model's name may have blanks") {
        const FoundMachine found = read_lscpu_table(
            "l", "NODE CPU MODELNAME L3\n0 1 AMD EPYC 7543 5\n0 0 AMD EPYC 7543 6\n");
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0");
        CHECK(found.processor == "AMD EPYC 7543");
        CHECK(found.cpus[0].cache != found.cpus[1].cache);
    }
    TEST_CASE("without a column that says so, who is nowhere is offline") {
        const FoundMachine found = read_lscpu_table("l", "CPU NODE CORE\n0 0 0\n1 - -\n");
        CHECK(found.cpus.size() == 1);
        CHECK(found.left_out == 1);
        CHECK(read_lscpu_table("l", "CPU\n0\n1\n").cpus.size() == 2);
    }
    TEST_CASE("lscpu -p says the same, between commas") {
        const FoundMachine found = read_lscpu_table(
            "l",
            "# The following is the parsable format, which can be fed to other\n# programs.\n"
            "# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n0,0,0,0,,0,0,0,0\n1,0,0,0,,0,0,0,0\n"
            "2,1,1,8,,1,1,1,1\n3,,,,,,,,\n");
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0 2:8");
        CHECK(found.cpus[0].core == found.cpus[1].core);
        CHECK(found.cpus[0].cache == found.cpus[1].cache);
        CHECK(found.cpus[0].cache != found.cpus[2].cache);
        CHECK(found.left_out == 1);
    }
    TEST_CASE("JSON says the same, with numbers or with texts") {
        const FoundMachine found = read_lscpu_json("l", json);
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0");
        CHECK(found.cpus[0].cache != found.cpus[1].cache);
        CHECK(found.left_out == 1);
    }
    TEST_CASE("what lscpu does not print is refused, with its place") {
        CHECK(complaint("  1    0", "  x    0") ==
              "l:3:1: expected a CPU number below 8192, got x");
        CHECK(complaint("  1    0", "1000000000 0") ==
              "l:3:1: expected a CPU number below 8192, got 1000000000");
        CHECK(complaint("yes 3350.0000\n  2", "yes\n  2") ==
              "l:3:1: expected 7 columns, as the first line has, got 6");
        CHECK(complaint("  2    8", "  2 1024") ==
              "l:4:1: expected a node number below 1024, got 1024");
        CHECK(complaint("  2    8", "  2    -") ==
              "l: expected a node for each CPU that is online, got none for cpu2");
        CHECK(complaint("CPU NODE", "PU NODE") == "l:2:1: expected a CPU in each line, got none");
        CHECK(complaint("  1    0", "  0    0") == "l: expected each CPU once, got cpu0 again");
        CHECK(test::complaint([] { read_lscpu_table("l", "CPU NODE\n"); }) ==
              "l: expected at least one CPU that is online, got none");
        CHECK(json_complaint(R"({"cpus": 1})") ==
              "l: expected \"cpus\", as lscpu -e -J prints them, got {\"cpus\": 1}");
        CHECK(json_complaint(R"({"cpus": [{"node": 0}]})") ==
              "l:1:11: /cpus/0: expected a CPU in each line, got none");
        CHECK(json_complaint("{") == "l:1:2: expected a key in double quotes, got end of file");
        CHECK(json_complaint(R"({"cpus":)" + std::string(100, '[')).find("64") !=
              std::string::npos);
    }
}
