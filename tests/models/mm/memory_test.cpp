// Goal: a machine's memory is laid out, reserved and accounted as its kernel would. Method: known
// machines, with the formulas written out.
#include "models/mm/memory.hpp"

#include <doctest/doctest.h>

#include "sim/check.hpp"

using namespace pcpsim;

namespace {

constexpr auto movable = MigrateType::movable;

/// Two sockets of two nodes with 64 CPUs and 256 GiB each.
Topology large_machine() {
    return Topology{RegularShape{.sockets = 2,
                                 .nodes_per_socket = 2,
                                 .cores_per_node = 32,
                                 .cores_per_cache = 4,
                                 .threads_per_core = 2,
                                 .memory_per_node = 256_GiB,
                                 .same_socket_distance = 12,
                                 .other_socket_distance = 32}};
}

Topology small_machine() {
    return Topology{RegularShape{.sockets = 2, .cores_per_node = 2, .memory_per_node = 32_MiB}};
}

}  // namespace

TEST_SUITE("models/mm/memory") {
    TEST_CASE("the first node has the low zones, and page structs are not managed") {
        const Topology machine = large_machine();
        const std::vector<ZoneSpan> spans = lay_out_zones(machine, MemorySpec{});
        REQUIRE(spans.size() == 6);
        const ZoneKind kinds[] = {ZoneKind::dma,    ZoneKind::dma32,  ZoneKind::normal,
                                  ZoneKind::normal, ZoneKind::normal, ZoneKind::normal};
        for (std::size_t zone = 0; zone < 6; ++zone) CHECK(spans[zone].kind == kinds[zone]);
        CHECK(spans[0].managed == Pages{16_MiB / 4_KiB});
        CHECK(spans[1].managed == Pages{(4_GiB - 16_MiB) / 4_KiB});
        // 64 bytes for each 4 KiB: a 64th of 256 GiB.
        CHECK(spans[2].managed == Pages{(252_GiB - 4_GiB) / 4_KiB});
        CHECK(spans[3].managed == Pages{(256_GiB - 4_GiB) / 4_KiB});
        CHECK(spans[3].start == Pfn{256_GiB / 4_KiB});
    }
    TEST_CASE("a machine with one zone per node has only Normal ones") {
        const std::vector<ZoneSpan> spans =
            lay_out_zones(small_machine(), MemorySpec{.zones = ZoneRule::single});
        REQUIRE(spans.size() == 2);
        CHECK(spans[0].kind == ZoneKind::normal);
        CHECK(spans[0].present == Pages{32_MiB / 4_KiB});
    }
    TEST_CASE("i386 has HighMem above 896 MiB, whose page structs lie below") {
        const Topology machine{RegularShape{.cores_per_node = 2, .memory_per_node = 16_GiB}};
        const MemorySpec spec{.zones = ZoneRule::i386};
        const std::vector<ZoneSpan> spans = lay_out_zones(machine, spec);
        REQUIRE(spans.size() == 3);
        CHECK(spans[0].managed == Pages{16_MiB / 4_KiB});
        CHECK(spans[1].kind == ZoneKind::normal);
        CHECK(spans[1].present == Pages{(896_MiB - 16_MiB) / 4_KiB});
        CHECK(spans[1].managed == spans[1].present - Pages{16_GiB / 4_KiB * Bytes{32} / 4_KiB});
        CHECK(spans[2].kind == ZoneKind::highmem);
        CHECK(spans[2].managed == Pages{(16_GiB - 896_MiB) / 4_KiB});

        const Memory memory{machine, spec};
        CHECK(memory.zonelist(NodeId{0u}) ==
              std::vector<ZoneId>{ZoneId{2u}, ZoneId{1u}, ZoneId{0u}});
        CHECK(memory.zones()[2].watermarks().min == 128_pages);
        // Only what is below HighMem counts for min_free, all of which it keeps itself.
        const Pages lowmem = spans[0].managed + spans[1].managed;
        const Pages min_free{min_free_bytes(lowmem, 4_KiB) / 4_KiB};
        const Zone& normal = memory.zones()[1];
        CHECK(normal.watermarks().min == min_free * normal.managed().count() / lowmem.count());
        const Pages reserve = spans[2].managed / 32;
        CHECK(normal.watermark_ok(Order{0}, normal.managed() - reserve - 1_pages, highest_zone));
        CHECK_FALSE(normal.watermark_ok(Order{0}, normal.managed() - reserve, highest_zone));
        CHECK(normal.watermark_ok(Order{0}, normal.managed() - 1_pages, ZoneKind::normal));
    }
    TEST_CASE("batch and high of a 256 GiB node with 64 CPUs follow from its low watermark") {
        const Topology machine = large_machine();
        const Memory memory{machine, MemorySpec{}};
        const Zone& zone = memory.zones()[5];
        // min_free = sqrt(16 x lowmem) KiB, a quarter of it for the node; the step is 10 / 10000
        // of the zone, as a quarter of min is less.
        const std::int64_t lowmem_kbytes = memory.managed().count() * 4;
        const Pages min_free{integer_sqrt(16 * lowmem_kbytes) / 4};
        const Pages min = min_free * zone.managed().count() / memory.managed().count();
        const Pages low = min + zone.managed() / 1000;
        CHECK(zone.watermarks().low == low);
        CHECK(zone.pcplist(CpuId{0}).tuning().batch == 63_pages);
        CHECK(zone.pcplist(CpuId{0}).tuning().high == low / 64);
        CHECK(low / 64 > 1100_pages);
        CHECK(low / 64 < 1300_pages);
    }
    TEST_CASE("64 KiB pages make batches of 3 and at least 12 pages per CPU") {
        const MemorySpec spec{.geometry = {.page_size = 64_KiB}, .zones = ZoneRule::single};
        const Memory memory{Topology{RegularShape{.cores_per_node = 64, .memory_per_node = 4_GiB}},
                            spec};
        CHECK(memory.zones()[0].pcplist(CpuId{0}).tuning().batch == 3_pages);
        CHECK(memory.zones()[0].pcplist(CpuId{0}).tuning().high == 12_pages);
    }
    TEST_CASE("a scenario may fix batch and high") {
        const MemorySpec spec{.pcp_batch = 7_pages, .pcp_high = 70_pages};
        const Memory memory{small_machine(), spec};
        for (const Zone& zone : memory.zones())
            for (std::uint32_t cpu = 0; cpu < 4; ++cpu) {
                CHECK(zone.pcplist(CpuId{cpu}).tuning().batch == 7_pages);
                CHECK(zone.pcplist(CpuId{cpu}).tuning().high == 70_pages);
            }
    }
    TEST_CASE("low zones keep a 256th of what lies above them for those who need them") {
        const Topology machine = large_machine();
        Memory memory{machine, MemorySpec{}};
        Zone& dma = memory.zone(ZoneId{0});
        const Pages dma32 = memory.zones()[1].managed();
        const Pages normal = memory.zones()[2].managed();
        CHECK(dma.watermark_ok(Order{0}, dma.managed() - dma32 / 256 - 1_pages, ZoneKind::dma32));
        CHECK_FALSE(dma.watermark_ok(Order{0}, dma.managed() - dma32 / 256, ZoneKind::dma32));
        // The 1008th part of a TiB would have to stay free: more than the zone has.
        REQUIRE((dma32 + normal) / 256 > dma.managed());
        CHECK_FALSE(dma.watermark_ok(Order{0}, 0_pages, ZoneKind::normal));
        CHECK(dma.watermark_ok(Order{0}, 0_pages, ZoneKind::dma));
    }
    TEST_CASE("a zonelist starts with the highest zone of its own node") {
        const Memory memory{large_machine(), MemorySpec{}};
        using Ids = std::vector<ZoneId>;
        const auto ids = [](std::initializer_list<int> list) {
            Ids result;
            for (const int id : list) result.emplace_back(id);
            return result;
        };
        CHECK(memory.zonelist(NodeId{0}) == ids({2, 1, 0, 3, 4, 5}));
        CHECK(memory.zonelist(NodeId{3}) == ids({5, 4, 3, 2, 1, 0}));
    }
    TEST_CASE("every page is found in its zone, and nothing outside") {
        Memory memory{small_machine(), MemorySpec{}};
        for (const Zone& zone : memory.zones()) {
            CHECK(memory.zone_of(zone.span().start).id() == zone.id());
            CHECK(memory.zone_of(zone.span().start + zone.span().spanned - 1_pages).id() ==
                  zone.id());
        }
        CHECK_THROWS_AS(static_cast<void>(memory.zone_of(Pfn{64_MiB / 4_KiB})), BrokenLaw);
    }
    TEST_CASE("what is free, on lists and allocated adds up to what is managed") {
        Memory memory{small_machine(), MemorySpec{}};
        Zone& zone = memory.zone(memory.zonelist(NodeId{1}).front());
        zone.refill(CpuId{3}, Order{0}, movable);
        zone.pop(CpuId{3}, Order{0}, movable);
        memory.check_conservation(1_pages);
        CHECK_THROWS_WITH_AS(memory.check_conservation(2_pages),
                             doctest::Contains("conservation: free "), BrokenLaw);
    }
}
