#include <doctest/doctest.h>

#include "analysis/replay/recorded_kernel.hpp"
#include "models/config/errors.hpp"

using namespace pcpsim;

namespace {

const std::string text = R"(Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 320758
  pages free     3840
        boost    0
        min      34
        high     50
        spanned  4095
        present  3998
        managed  3840
        protection: (0, 1909, 1909, 1909)
  pagesets
    cpu: 0
              count:    0
              high:     4
              batch:    1
  vm stats threshold: 2
    cpu: 1
              count:    7
              high:     4
              batch:    1
  vm stats threshold: 2
  node_unreclaimable:  0
  start_pfn:           1
Node 0, zone   Normal
  pages free     0
        spanned  0
        present  0
Node 1, zone    DMA32
  pages free     466254
        high     1000
        spanned  520160
  pagesets
    cpu: 0
              count:    303
              high:     474
              batch:    63
              high_min: 475
              high_max: 15591
  vm stats threshold: 24
  start_pfn:           4096
)";

}  // namespace

TEST_SUITE("analysis/replay/zoneinfo") {
    TEST_CASE("zones, pagesets and CPUs are those printed, empty zones are none") {
        const RecordedKernel kernel = recorded_kernel_of_zoneinfo("z", text);
        REQUIRE(kernel.zones.size() == 2);
        CHECK(kernel.zones[0].name == "DMA");
        CHECK(kernel.zones[0].start == Pfn{1});
        CHECK(kernel.zones[0].spanned == 4095_pages);
        CHECK(kernel.zones[1].node == NodeId{1});
        CHECK(kernel.cpus == 2);
        REQUIRE(kernel.pagesets.size() == 3);
        CHECK(kernel.pagesets[1].cpu == CpuId{1});
        CHECK(kernel.pagesets[1].fields.count == 7);
        CHECK(kernel.pagesets[1].fields.high == 4);
        CHECK(kernel.pagesets[2].zone == 1);
        CHECK(kernel.pagesets[2].fields.high == 474);
        CHECK(kernel.pagesets[2].fields.high_max == 15591);
    }
    TEST_CASE("zones are ordered by address, and pagesets go with them") {
        const std::size_t second = text.find("Node 1");
        const RecordedKernel kernel =
            recorded_kernel_of_zoneinfo("z", text.substr(second) + text.substr(0, second));
        CHECK(kernel.zones[0].name == "DMA");
        for (const RecordedPageset& pageset : kernel.pagesets)
            CHECK(pageset.zone == (pageset.fields.batch == 63 ? 1 : 0));
    }
    TEST_CASE("line ends of another system change nothing") {
        std::string crlf;
        for (const char c : text) crlf += c == '\n' ? std::string{"\r\n"} : std::string{c};
        CHECK(recorded_kernel_of_zoneinfo("z", crlf).zones[1].name == "DMA32");
    }
    TEST_CASE("what is no zoneinfo is refused with its place") {
        CHECK_THROWS_WITH_AS(recorded_kernel_of_zoneinfo("z", "Node x, zone DMA\n"),
                             "z:1:1: expected \"Node N, zone NAME\", got Node x, zone DMA",
                             ScenarioError);
        CHECK_THROWS_AS(recorded_kernel_of_zoneinfo("z", "Node 0, zone DMA\n"), ScenarioError);
        CHECK_THROWS_AS(recorded_kernel_of_zoneinfo("z", ""), ScenarioError);
    }
}
