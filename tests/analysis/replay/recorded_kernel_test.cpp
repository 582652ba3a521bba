#include "analysis/replay/recorded_kernel.hpp"

#include <doctest/doctest.h>

#include "models/config/errors.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

const std::string good = R"({
  "kernel": "Linux (none) 6.1.0-56-amd64 #1 SMP x86_64 GNU/Linux",
  "topology": ["node0 cpus 0-1,4 distance 10 21", "node1 cpus 2-3 distance 21 10", "node2 cpus distance 1"],
  "zones": ["node 1 zone Normal zone_ptr ffff88817ffd2c00 start_pfn 1048576 spanned 524288 present 5 managed 5",
            "node 0 zone DMA32 zone_ptr ffff88807fd13600 start_pfn 4096 spanned 520160 present 1 managed 1"],
  "pagesets": {"pre": {"cpu2 1/Normal": {"count": 3, "high": 385, "batch": 63}, "cpu0 9/Movable": {}},
               "start": {"cpu2 1/Normal": {"count": 9, "high": 1, "batch": 1}}},
  "pcp_pointers": ["pcp node 1 zone Normal cpu 3 pcp_ptr ffff88807da388c0", "vmemmap ffffea0000000000"]
})";

RecordedKernel read(const std::string& text, const std::string& name = "a.meta.json") {
    const TemporaryFolder folder;
    return read_recorded_kernel(folder.write(name, text));
}

std::string complaint(const std::string& text) {
    try {
        read(text);
    } catch (const ScenarioError& error) {
        const std::string what = error.what();
        return what.substr(what.find("a.meta.json"));
    }
    return "";
}

}  // namespace

TEST_SUITE("analysis/replay/recorded_kernel") {
    TEST_CASE("a meta file names the kernel, its zones in order, its CPUs and its pcplists") {
        const RecordedKernel kernel = read(good);
        CHECK(kernel.release == "6.1.0-56-amd64");
        REQUIRE(kernel.zones.size() == 2);
        CHECK(kernel.zones[0].name == "DMA32");
        CHECK(kernel.zones[1].node == NodeId{1});
        CHECK(kernel.zones[1].start == Pfn{1048576});
        CHECK(kernel.zones[1].pointer == trace::Address{0xffff88817ffd2c00});
        CHECK(kernel.cpus == 5);
        CHECK(kernel.nodes.at(CpuId{4}) == NodeId{0});
        CHECK(kernel.nodes.at(CpuId{3}) == NodeId{1});
        REQUIRE(kernel.pagesets.size() == 1);
        CHECK(kernel.pagesets[0].zone == 1);
        CHECK(kernel.pagesets[0].fields.high == 385);
        CHECK(kernel.pcps.at(0xffff88807da388c0) == std::pair{CpuId{3}, std::size_t{1}});
        CHECK(kernel.page_structs == PageStructs{});
    }
    TEST_CASE("a zone may have no pointer, where nothing that was recorded names it") {
        std::string text = good;
        text.erase(text.find("zone_ptr ffff88807fd13600 "), 26);
        const RecordedKernel kernel = read(text);
        CHECK(!kernel.zones[0].pointer);
        CHECK(kernel.zones[0].spanned == Pages{520160});
        CHECK(kernel.zone_at(trace::Address{0xffff88817ffd2c00}) == 1);
        CHECK(!kernel.zone_at(trace::Address{0}));
    }
    TEST_CASE("a zone spans its own pages") {
        const RecordedZone zone = read(good).zones[0];
        CHECK(zone.spans(Pfn{4096}));
        CHECK(zone.spans(Pfn{4096 + 520160 - 1}));
        CHECK(!zone.spans(Pfn{4095}));
        CHECK(!zone.spans(Pfn{4096 + 520160}));
    }
    TEST_CASE("what is wrong in a meta file is named with its place, all in one go") {
        const std::string three =
            complaint("{\"zones\": [\"node 0 zone\", 3],\n \"topology\": [\"nodes\"]}");
        CHECK(
            three.starts_with("a.meta.json:1:12: /zones/0: expected \"node N zone NAME [zone_ptr "
                              "HEX] start_pfn N spanned N ...\", got \"node 0 zone\"\n"));
        CHECK(three.find("a.meta.json:1:27: /zones/1: expected a string, got 3\n") !=
              std::string::npos);
        CHECK(three.find("a.meta.json:2:15: /topology/0: expected \"nodeN cpus") !=
              std::string::npos);
        CHECK(complaint("{}").find("key \"zones\"") != std::string::npos);
        CHECK(complaint("[]").find("expected an object") != std::string::npos);
        CHECK(complaint("{\"zones\": []}").find("/zones: expected a list") != std::string::npos);
        CHECK(complaint("").find("a.meta.json:1:1") != std::string::npos);
        CHECK(complaint("not json") != "");
        std::string many_cpus = good;
        many_cpus.replace(many_cpus.find("0-1,4"), 5, "0-99999");
        CHECK(complaint(many_cpus).find("expected a CPU list") != std::string::npos);
        std::string no_count = good;
        no_count.replace(no_count.find("\"high\": 385"), 11, "\"high\": 1e9");
        CHECK(complaint(no_count).find("expected a count of pages") != std::string::npos);
        std::string negative = good;
        negative.replace(negative.find("\"high\": 385"), 11, "\"high\": -1");
        CHECK(complaint(negative).find("expected a count of pages, 0 or more, got -1") !=
              std::string::npos);
    }
    TEST_CASE("a saved /proc/zoneinfo is known by its first line") {
        const RecordedKernel kernel = read(
            "Node 0, zone   Normal\n  pages free 1\n        spanned  64\n  pagesets\n    cpu: 0\n"
            "              count: 1\n  start_pfn:  4096\n",
            "zoneinfo.txt");
        CHECK(kernel.zones.front().name == "Normal");
        CHECK(kernel.release == "");
    }
    TEST_CASE("a release has the rules of the last era that began before it") {
        CHECK(era_of_release("5.10.0-46-amd64") == "5.10");
        CHECK(era_of_release("5.13.19") == "5.10");
        CHECK(era_of_release("5.14.0") == "5.17");
        CHECK(era_of_release("6.0.1") == "6.0");
        CHECK(era_of_release("6.1.0-56-rt-amd64") == "6.1");
        CHECK(era_of_release("6.6.3") == "6.2");
        CHECK(era_of_release("6.12.95+deb12-amd64") == "6.12");
        CHECK(era_of_release("7.0") == "6.12");
        for (const char* none : {"", "4.9.0", "x", "6", "6."}) CHECK(era_of_release(none) == "");
    }
}
