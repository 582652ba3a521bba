#include "analysis/import/zoneinfo_report.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/import/small_found.hpp"

using namespace pcpsim;

namespace {

const std::string text = R"(Node 0, zone      DMA
  pages free     3840
        min      34
        low      42
        high     50
        spanned  4095
        present  3998
        managed  3840
  pagesets
    cpu: 0
              count: 0
              high:  4
              batch: 1
  start_pfn:           1
Node 4, zone   Normal
  pages free     700
        min      5
        low      6
        high     7
        spanned  262144
        present  262144
        managed  260000
  pagesets
    cpu: 0
              count: 303
              high:  378
              batch: 63
    cpu: 2
              count: 7
              high:  400
              batch: 63
  start_pfn:           4096
)";

RecordedKernel kernel() { return recorded_kernel_of_zoneinfo("z", text); }

}  // namespace

TEST_SUITE("analysis/import/zoneinfo_report") {
    TEST_CASE("the tables say every zone and every list") {
        CHECK(zoneinfo_text(kernel()) ==
              "node  zone    start_pfn  spanned  present  managed  free  min  low  high  batch  "
              "pcp high  on lists\n"
              "   0  DMA             1     4095     3998     3840  3840   34   42    50      1  "
              "       4         0\n"
              "   4  Normal       4096   262144   262144   260000   700    5    6     7     63  "
              " 378-400       310\n"
              "\n"
              "count  node0/DMA  node4/Normal\n"
              "cpu0           0           303\n"
              "cpu2           -             7\n"
              "\n"
              "For a scenario, the limits of the largest zone: \"pcp\": "
              "{\"batch\":63,\"high\":400}\n");
    }
    TEST_CASE("JSON says the same") {
        const std::string json = zoneinfo_json(kernel());
        for (const char* part :
             {R"("pcp": { "batch": 63, "high": 400 })", R"("counts": { "0": 303, "2": 7 })",
              R"("pcp_high": [378, 400])", R"("min": 34)", R"("free": 700)", R"("zone": "DMA")"})
            CHECK_MESSAGE(json.find(part) != std::string::npos, part);
    }
    TEST_CASE("a node's memory is the present pages of its zones") {
        FoundMachine found = test::small_found();
        take_memory(found, kernel());
        CHECK(*found.nodes[0].memory == 3998 * 4_KiB);
        CHECK(*found.nodes[1].memory == 1_GiB);
        found.page_size = 64_KiB;
        take_memory(found, kernel());
        CHECK(*found.nodes[1].memory == 16_GiB);
    }
    TEST_CASE("nodes with memory alone are added, unless their distances would be missing") {
        FoundMachine found = test::small_found();
        for (FoundCpu& cpu : found.cpus) cpu.node = 0;
        found.nodes.pop_back();
        found.distances = {10};
        CHECK(test::complaint([&] { take_memory(found, kernel()); }) ==
              "z: expected memory of the nodes of the topology, got node 4, which it does not "
              "have");
        found.distances.clear();
        take_memory(found, kernel());
        REQUIRE(found.nodes.size() == 2);
        CHECK(found.nodes[1].node == 4);
    }
}
