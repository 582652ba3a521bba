// Goal: a zone counts its pages right wherever they are, and says truly whether it can serve.
// Method: one small zone; random operations of several CPUs with every page tracked.
#include "models/mm/zone.hpp"

#include <doctest/doctest.h>

#include "sim/check.hpp"
#include "tests/models/mm/random.hpp"

using namespace pcpsim;

namespace {

constexpr auto unmovable = MigrateType::unmovable;
constexpr auto movable = MigrateType::movable;

Zone zone_with(Pages managed, std::size_t cpus = 1) {
    const ZoneSpan span{.node = NodeId{0},
                        .kind = ZoneKind::normal,
                        .start = Pfn{0},
                        .spanned = managed,
                        .present = managed,
                        .managed = managed};
    Zone zone{ZoneId{0}, span, *find_kernel_rules("5.17"), PageGeometry{}, cpus};
    for (std::size_t cpu = 0; cpu < cpus; ++cpu)
        zone.set_limits(CpuId{cpu}, {63_pages, 252_pages, 252_pages});
    return zone;
}

}  // namespace

TEST_SUITE("models/mm/zone") {
    TEST_CASE("pages on pcplists are not free, and a drain makes them free") {
        Zone zone = zone_with(4096_pages);
        zone.refill(CpuId{0}, Order{0}, movable);
        CHECK(zone.free_pages() == 4096_pages - 63_pages);
        zone.pop(CpuId{0}, Order{0}, movable);
        CHECK(zone.free_pages() == 4096_pages - 63_pages);
        CHECK(zone.pcp_pages() == 62_pages);
        CHECK(zone.drain(CpuId{0}).pages == 62_pages);
        CHECK(zone.free_pages() == 4095_pages);
        CHECK(zone.pcp_pages() == 0_pages);
    }
    TEST_CASE("pages taken in bulk are in use") {
        Zone zone = zone_with(4096_pages);
        zone.refill(CpuId{0}, Order{0}, unmovable);
        CHECK(zone.take_bulk(CpuId{0}, unmovable, Blocks{4}).count == 4);
        CHECK(zone.pcp_pages() == 59_pages);
        CHECK(zone.in_use() == 4_pages);
        CHECK(zone.drain(CpuId{0}).pages == 59_pages);
    }
    TEST_CASE("a spill that lifts the zone above its high watermark ends the flag") {
        Zone zone = zone_with(1024_pages);
        zone.set_watermarks({.min = 100_pages, .low = 200_pages, .high = 1000_pages});
        zone.set_flags({.below_high = true});
        zone.refill(CpuId{0}, Order{0}, movable);
        zone.spill(CpuId{0}, 39_pages, Order{0}, movable);
        CHECK(zone.free_pages() == 1000_pages);
        CHECK(zone.flags().below_high);
        zone.spill(CpuId{0}, 1_pages, Order{0}, movable);
        CHECK_FALSE(zone.flags().below_high);
    }
    TEST_CASE("an allocation below the high watermark raises the flag, above it leaves it down") {
        Zone zone = zone_with(1024_pages);
        zone.set_watermarks({.min = 100_pages, .low = 200_pages, .high = 1000_pages});
        zone.note_high_watermark();
        CHECK_FALSE(zone.flags().below_high);
        zone.refill(CpuId{0}, Order{0}, movable);
        zone.note_high_watermark();
        CHECK(zone.flags().below_high);
    }
    TEST_CASE("exchanged lists stay on the books until they are freed") {
        Zone zone = zone_with(4096_pages);
        zone.refill(CpuId{0}, Order{0}, movable);
        PcpLists spare = zone.empty_lists();
        zone.swap_lists(CpuId{0}, spare);
        CHECK(zone.pcplist(CpuId{0}).count() == 0_pages);
        CHECK(zone.pcp_pages() == 63_pages);
        CHECK(zone.drain(spare).pages == 63_pages);
        CHECK(zone.free_pages() == 4096_pages);
    }
    TEST_CASE("the watermark must stay above the mark and the reserve of the request's class") {
        Zone zone = zone_with(1024_pages);
        CHECK(zone.watermark_ok(Order{0}, 1023_pages, ZoneKind::normal));
        CHECK_FALSE(zone.watermark_ok(Order{0}, 1024_pages, ZoneKind::normal));
        zone.set_lowmem_reserve(ZoneKind::normal, 100_pages);
        CHECK(zone.watermark_ok(Order{0}, 923_pages, ZoneKind::normal));
        CHECK_FALSE(zone.watermark_ok(Order{0}, 924_pages, ZoneKind::normal));
        CHECK(zone.watermark_ok(Order{0}, 924_pages, ZoneKind::dma32));
    }
    TEST_CASE("a large block needs room for all of its pages, and to exist") {
        Zone zone = zone_with(1024_pages);
        CHECK(zone.watermark_ok(Order{3}, 1016_pages, ZoneKind::normal));
        CHECK_FALSE(zone.watermark_ok(Order{3}, 1017_pages, ZoneKind::normal));
        std::vector<Pfn> pages;
        while (const auto page = zone.alloc_block(Order{0}, movable)) pages.push_back(*page);
        for (std::size_t i = 0; i < pages.size(); i += 2)
            zone.free_block(pages[i], Order{0}, movable);
        CHECK(zone.watermark_ok(Order{0}, 100_pages, ZoneKind::normal));
        CHECK_FALSE(zone.watermark_ok(Order{1}, 100_pages, ZoneKind::normal));
    }
    TEST_CASE("every page has one owner under random operations of several CPUs") {
        test::Random random{1};
        Zone zone = zone_with(16'384_pages, 4);
        struct Held {
            Pfn block;
            Order order;
            MigrateType type;
        };
        std::vector<Held> held;
        std::vector<bool> in_use(16'384, false);
        PcpLists spare = zone.empty_lists();
        const auto mark = [&](const Held& block, bool taken) {
            for (std::int64_t i = 0; i < block.order.pages().count(); ++i) {
                auto page = in_use[static_cast<std::size_t>(block.block.number() + i)];
                REQUIRE(page != taken);
                page = taken;
            }
        };
        for (int round = 0; round < 60'000; ++round) {
            const CpuId cpu{static_cast<std::uint32_t>(random.below(4))};
            const Order order{static_cast<int>(random.below(10) == 0 ? random.below(4) : 0)};
            const MigrateType type = random.below(5) == 0 ? unmovable : movable;
            const std::int64_t action = random.below(1000);
            const bool fill = round % 20'000 < 12'000;
            if (action < (fill ? 600 : 300)) {
                if (zone.needs_refill(cpu, order, type) && zone.refill(cpu, order, type) == Moved{})
                    continue;
                held.push_back({zone.pop(cpu, order, type), order, type});
                mark(held.back(), true);
            } else if (action < 990) {
                if (held.empty()) continue;
                const auto at = static_cast<std::size_t>(random.below(std::ssize(held)));
                const Held freed = held[at];
                held[at] = held.back();
                held.pop_back();
                mark(freed, false);
                if (const Pages due = zone.free(cpu, freed.block, freed.order, freed.type);
                    due > 0_pages)
                    CHECK(zone.spill(cpu, due, freed.order, freed.type).pages >= due);
            } else if (action < 995) {
                zone.drain(cpu);
                CHECK(zone.pcplist(cpu).count() == 0_pages);
            } else {
                zone.swap_lists(cpu, spare);
                zone.drain(spare);
            }
            Pages allocated;
            if (round % 500 == 0) {
                for (const Held& block : held) allocated += block.order.pages();
                CHECK(zone.free_pages() + zone.pcp_pages() + allocated == zone.managed());
                zone.validate();
            }
        }
    }
}
