// Goal: units are as large as kernels make them. Method: what kernels of four architectures said at
// boot ("pcpu-alloc: s.. r.. d.. u.. alloc=.."), and the rule's own terms.
#include "models/mm/percpu_geometry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

using namespace pcpsim;

namespace {

std::vector<std::vector<CpuId>> one_group(int cpus) {
    return group_by_distance(cpus, [](CpuId, CpuId) { return true; });
}

PercpuLayout layout(Bytes page, Bytes atom, std::array<std::int64_t, 3> sizes, int cpus) {
    PercpuLayout layout;
    layout.page_size = page;
    layout.atom_size = atom;
    layout.static_size = Bytes{sizes[0]};
    layout.reserved_size = Bytes{sizes[1]};
    layout.dynamic_size = Bytes{sizes[2]};
    layout.groups = one_group(cpus);
    return layout;
}

}  // namespace

TEST_SUITE("models/mm/percpu_geometry") {
    TEST_CASE("units are those of boot logs") {
        struct Boot {
            Bytes page, atom;
            std::array<std::int64_t, 3> sizes;  // static, reserved, dynamic
            int cpus;
            std::int64_t unit;
        };
        const Boot boots[]{
            {4_KiB, 2_MiB, {217'088, 8'192, 28'672}, 8, 262'144},     // x86-64, 6.x
            {4_KiB, 2_MiB, {177'624, 8'192, 31'272}, 12, 262'144},    //
            {4_KiB, 2_MiB, {217'088, 8'192, 28'672}, 32, 262'144},    //
            {4_KiB, 2_MiB, {233'472, 8'192, 28'672}, 12, 524'288},    // more static data
            {4_KiB, 2_MiB, {290'816, 65'536, 28'672}, 4, 524'288},    // allocation profiling
            {4_KiB, 2_MiB, {105'304, 8'192, 29'864}, 4, 524'288},     //
            {4_KiB, 2_MiB, {217'088, 8'192, 28'672}, 4, 524'288},     // Debian 6.1.192
            {4_KiB, 2_MiB, {221'184, 8'192, 28'672}, 4, 524'288},     // Debian 5.10.262
            {4_KiB, 2_MiB, {139'416, 8'192, 32'616}, 2, 1'048'576},   //
            {4_KiB, 2_MiB, {221'184, 8'192, 114'688}, 2, 1'048'576},  // random kmalloc caches
            {4_KiB, 4_MiB, {28'800, 0, 24'448}, 4, 1'048'576},        // i386
            {4_KiB, 2_MiB, {39'480, 0, 21'960}, 8, 262'144},          // i386 with PAE
            {64_KiB, 1_MiB, {128'792, 0, 67'816}, 2, 524'288},        // ppc64
            {64_KiB, 1_MiB, {123'288, 0, 73'320}, 8, 262'144},        //
            {64_KiB, 64_KiB, {116'736, 8'192, 71'680}, 16, 196'608},  // arm64
        };
        for (const Boot& boot : boots) {
            CAPTURE(boot.sizes[0]);
            CAPTURE(boot.cpus);
            const PercpuGeometry geometry =
                make_percpu_geometry(layout(boot.page, boot.atom, boot.sizes, boot.cpus));
            CHECK(geometry.unit_size == Bytes{boot.unit});
            CHECK(geometry.nr_cpus == boot.cpus);
            // What the log calls dynamic already ends with a page.
            CHECK(geometry.dynamic_size == Bytes{boot.sizes[2]});
            CHECK(geometry.unit_pages() == Pages{boot.unit / boot.page.count()});
        }
    }
    TEST_CASE("the dynamic part grows to whole pages, from its least size on") {
        const auto dynamic = [](std::int64_t static_size, std::int64_t size) {
            return make_percpu_geometry(layout(4_KiB, 2_MiB, {static_size, 0, size}, 8))
                .dynamic_size;
        };
        CHECK(dynamic(100, 28'672) == Bytes{8 * 4096 - 100});
        CHECK(dynamic(4096, 28'672) == Bytes{28'672});
        CHECK(dynamic(4096, 4) == Bytes{20 * 1024});  // PERCPU_DYNAMIC_EARLY_SIZE
    }
    TEST_CASE("spare units count, and are few") {
        // Eight units of 256 KiB to a large page: twelve CPUs leave four spare, a third of twelve.
        PercpuLayout twelve = layout(4_KiB, 2_MiB, {217'088, 8'192, 28'672}, 12);
        CHECK(make_percpu_geometry(twelve).nr_units == 16);
        // Eleven would leave five, so a large page holds four units.
        PercpuLayout eleven = twelve;
        eleven.groups = one_group(11);
        CHECK(make_percpu_geometry(eleven).unit_size == 512_KiB);
        CHECK(make_percpu_geometry(eleven).nr_units == 12);
        // Two nodes of six would leave two each.
        PercpuLayout nodes = twelve;
        nodes.groups =
            group_by_distance(12, [](CpuId a, CpuId b) { return a.index() / 6 == b.index() / 6; });
        CHECK(nodes.groups.size() == 2);
        CHECK(make_percpu_geometry(nodes).nr_units == 16);
    }
    TEST_CASE("a CPU joins the first group in which it is local to all") {
        const auto next = [](CpuId a, CpuId b) {
            return std::max(a, b).index() - std::min(a, b).index() <= 1;
        };
        const auto groups = group_by_distance(5, next);
        CHECK(groups == std::vector<std::vector<CpuId>>{
                            {CpuId{0}, CpuId{1}}, {CpuId{2}, CpuId{3}}, {CpuId{4}}});
    }
    TEST_CASE("a layout that makes no sense is refused") {
        const PercpuLayout good = layout(4_KiB, 2_MiB, {217'088, 8'192, 28'672}, 8);
        const auto fault = [&](auto spoil) -> std::string {
            PercpuLayout spoiled = good;
            spoil(spoiled);
            try {
                make_percpu_geometry(spoiled);
                return "";
            } catch (const std::invalid_argument& error) {
                return error.what();
            }
        };
        CHECK(fault([](PercpuLayout&) {}).empty());
        CHECK(fault([](PercpuLayout& l) { l.groups.clear(); }) == "percpu layout: there is no CPU");
        CHECK(fault([](PercpuLayout& l) { l.groups.emplace_back(); }) ==
              "percpu layout: a group has no CPU");
        CHECK(fault([](PercpuLayout& l) { l.page_size = Bytes{5000}; }) ==
              "percpu layout: the page size is not a power of two from 4KiB to 256KiB");
        CHECK(fault([](PercpuLayout& l) { l.atom_size = 2_KiB; }) ==
              "percpu layout: the atom size is not a power of two of at least a page");
        CHECK(fault([](PercpuLayout& l) { l.reserved_size = Bytes{-4}; }) ==
              "percpu layout: a size is negative or more than 64MiB");
    }
}
