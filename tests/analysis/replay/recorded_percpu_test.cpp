#include "analysis/replay/recorded_percpu.hpp"

#include <doctest/doctest.h>

#include "models/config/errors.hpp"

using namespace pcpsim;

namespace {

RecordedKernel kernel_with(std::vector<std::string> lines, std::size_t cpus) {
    RecordedKernel kernel;
    kernel.file = "a.meta.json";
    kernel.cpus = cpus;
    kernel.boot_lines = std::move(lines);
    return kernel;
}

PercpuSnapshots snapshot_of(std::int64_t units, std::int64_t pages) {
    PercpuSnapshots snapshots{"a.chunks", {}, {}};
    PercpuSnapshot& snapshot = snapshots.snapshots.emplace_back();
    snapshot.nr_units = units;
    snapshot.unit_pages = Pages{pages};
    snapshot.nr_populated = Pages{65};
    return snapshots;
}

std::string complaint(const RecordedKernel& kernel, const PercpuSnapshots& snapshots) {
    try {
        percpu_geometry_of(kernel, snapshots);
    } catch (const ScenarioError& error) {
        return error.what();
    }
    return "none";
}

const std::vector<std::string> four_cpus{
    "percpu: Embedded 62 pages/cpu s217088 r8192 d28672 u524288",
    "pcpu-alloc: s217088 r8192 d28672 u524288 alloc=1*2097152", "pcpu-alloc: [0] 0 1 2 3 "};

}  // namespace

TEST_SUITE("analysis/replay/recorded_percpu") {
    TEST_CASE("the layout is what the kernel printed at boot") {
        const PercpuGeometry geometry =
            percpu_geometry_of(kernel_with(four_cpus, 4), snapshot_of(4, 128));
        CHECK(geometry.page_size == Bytes{4096});
        CHECK(geometry.unit_size == Bytes{524288});
        CHECK(geometry.static_size == Bytes{217088});
        CHECK(geometry.atom_size == Bytes{2097152});
        CHECK(geometry.nr_units == 4);
        CHECK(geometry.nr_cpus == 4);
        CHECK(geometry.groups.size() == 1);
    }
    TEST_CASE("groups go over several lines, and units that no CPU has are counted") {
        const PercpuGeometry geometry = percpu_geometry_of(
            kernel_with({"pcpu-alloc: s1 r0 d2 u65536 alloc=2*65536", "pcpu-alloc: [0] 00 01 02",
                         "pcpu-alloc: [1] 03 04 -- "},
                        5),
            snapshot_of(6, 16));
        CHECK(geometry.nr_units == 6);
        CHECK(geometry.nr_cpus == 5);
        REQUIRE(geometry.groups.size() == 2);
        CHECK(geometry.groups[1] == std::vector{CpuId{3}, CpuId{4}});
    }
    TEST_CASE("a group of several blocks of units is one group") {
        const PercpuGeometry geometry =
            percpu_geometry_of(kernel_with({"pcpu-alloc: s1 r0 d2 u262144 alloc=1*1048576",
                                            "pcpu-alloc: [0] 00 01 02 03 [0] 04 05 06 07 ",
                                            "pcpu-alloc: [1] 08 09 10 11 [1] 12 13 14 15 "},
                                           16),
                               snapshot_of(16, 64));
        REQUIRE(geometry.groups.size() == 2);
        CHECK(geometry.groups[1].size() == 8);
    }
    TEST_CASE("if the kernel's log has lost lines, the chunks tell how many units there are") {
        const PercpuGeometry geometry = percpu_geometry_of(
            kernel_with({"pcpu-alloc: s217088 r8192 d28672 u262144 alloc=1*2097152",
                         "pcpu-alloc: [0] 00 01 02 03 04 05 06 07 "},
                        16),
            snapshot_of(16, 64));
        CHECK(geometry.nr_units == 16);
        CHECK(geometry.nr_cpus == 16);
        CHECK(geometry.first_unit_pages() == Pages{62});
    }
    TEST_CASE("without boot lines the first chunk has what no other has") {
        PercpuSnapshots snapshots = snapshot_of(4, 128);
        snapshots.snapshots[0].chunks.emplace_back().first = true;
        snapshots.snapshots[0].chunks.emplace_back().populated = Pages{3};
        const PercpuGeometry geometry = percpu_geometry_of(kernel_with({}, 4), snapshots);
        CHECK(geometry.nr_units == 4);
        CHECK(geometry.first_unit_pages() == Pages{62});
    }
    TEST_CASE("contradictions are refused") {
        CHECK(complaint(kernel_with(four_cpus, 8), snapshot_of(4, 128)) ==
              "a.meta.json: expected a percpu unit for each of 8 CPUs, got 4");
        CHECK(complaint(kernel_with(four_cpus, 4), snapshot_of(8, 128)) ==
              "a.chunks:0: expected 4 units as a.meta.json says, got 8");
        CHECK(complaint(kernel_with(four_cpus, 4), snapshot_of(4, 100)) ==
              "a.chunks:0: expected units of 512KiB as a.meta.json says, got 100 pages");
        CHECK(complaint(kernel_with({"pcpu-alloc: u12x"}, 4), snapshot_of(4, 128)) ==
              "a.meta.json: \"pcpu-alloc: u12x\": expected a number, got \"12x\"");
        CHECK(complaint(kernel_with({"pcpu-alloc: [0] 0 1 2 8192"}, 4), snapshot_of(4, 128)) ==
              "a.meta.json: \"pcpu-alloc: [0] 0 1 2 8192\": expected a CPU from 0 to 8191, got "
              "\"8192\"");
        CHECK(complaint(kernel_with({"pcpu-alloc: [0] 0 1 1 2"}, 4), snapshot_of(4, 128)) ==
              "a.meta.json: \"pcpu-alloc: [0] 0 1 1 2\": expected each CPU once, got \"1\"");
        CHECK(complaint(kernel_with({"pcpu-alloc: u1073741824", four_cpus.back()}, 4),
                        snapshot_of(4, 128)) ==
              "a.chunks:0: expected units of 1GiB as a.meta.json says, got 128 pages");
        CHECK(complaint(kernel_with({}, 4), PercpuSnapshots{"a.chunks", {}, {}}) ==
              "a.chunks: expected a section labpcpu.NAME, got none");
    }
    TEST_CASE("more CPUs make smaller units, on as many nodes") {
        const PercpuGeometry recorded =
            percpu_geometry_of(kernel_with(four_cpus, 4), snapshot_of(4, 128));
        CHECK(percpu_geometry_for(recorded, 4).unit_size == recorded.unit_size);
        const PercpuGeometry more = percpu_geometry_for(recorded, 32);
        CHECK(more.unit_size == Bytes{262144});
        CHECK(more.nr_units == 32);
        CHECK_THROWS_AS(percpu_geometry_for(recorded, 0), ScenarioError);
        CHECK_THROWS_AS(percpu_geometry_for(recorded, 1 << 20), ScenarioError);
    }
}
