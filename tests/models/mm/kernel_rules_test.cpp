// Goal: each era's numbers are those of its kernel. Method: values seen on real machines, or worked
// out from the formulas beside them.
#include "models/mm/kernel_rules.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

namespace {

const KernelRules& fixed = *find_kernel_rules("5.10");
const KernelRules& doubling = *find_kernel_rules("6.1");
const KernelRules& tuned = *find_kernel_rules("6.12");

PcpZoneFacts zone_of(Bytes memory, Bytes page_size) {
    return {.managed = Pages{memory / page_size},
            .low_watermark = 0_pages,
            .page_size = page_size,
            .cpus = 4};
}

/// What 6.1 recorded on a 2 GB guest with 4 CPUs.
PcpTuning recorded() {
    return {.batch = 63_pages, .high = 474_pages, .high_min = 474_pages, .high_max = 474_pages};
}

/// What 6.12 recorded on such a guest, when it had not been used for long.
PcpTuning recorded_tuned() {
    return {.batch = 63_pages, .high = 475_pages, .high_min = 475_pages, .high_max = 15'591_pages};
}

Pages spill(const KernelRules& rules, PcpTuning& pcp, Pages count, Order order = Order{0},
            ZoneFlags zone = {}) {
    return rules.spill(pcp, count, order, zone);
}

}  // namespace

TEST_SUITE("models/mm/kernel_rules") {
    TEST_CASE("eras are found by name, and only those that exist") {
        CHECK(kernel_names() ==
              std::vector<std::string_view>{"5.10", "5.17", "6.0", "6.1", "6.2", "6.12"});
        for (const std::string_view name : kernel_names())
            CHECK(find_kernel_rules(name)->name == name);
        CHECK(find_kernel_rules("5.170") == nullptr);
        CHECK(find_kernel_rules("6") == nullptr);
    }
    TEST_CASE("batch is a quarter of a MiB, less one page, in a large zone of any era") {
        for (const std::string_view name : kernel_names()) {
            const KernelRules& rules = *find_kernel_rules(name);
            CHECK(rules.batch(zone_of(16_GiB, 4_KiB)) == 63_pages);
            CHECK(rules.batch(zone_of(16_GiB, 16_KiB)) == 15_pages);
            CHECK(rules.batch(zone_of(16_GiB, 64_KiB)) == 3_pages);
            CHECK(rules.batch(zone_of(15_MiB, 4_KiB)) == 1_pages);
            // 128 MiB: 32768 / 4096 = 8 pages, x 1.5 = 12, rounded down to 8.
            CHECK(rules.batch(zone_of(128_MiB, 4_KiB)) == 7_pages);
        }
    }
    TEST_CASE("memory goes offline with lists disabled since 5.11, and by drains before") {
        for (const std::string_view name : kernel_names()) {
            const bool disables = find_kernel_rules(name)->offlining == Offlining::disables_lists;
            CHECK(disables == (name != "5.10"));
        }
    }
    TEST_CASE("only 6.1 stable and 6.12 drain in slices of 32 batches") {
        for (const std::string_view name : kernel_names()) {
            const bool sliced = name == "6.1" || name == "6.12";
            const Pages slice = find_kernel_rules(name)->drain_slice(63_pages);
            CHECK(slice == (sliced ? 2016_pages : Pages::max()));
        }
    }
}

TEST_SUITE("models/mm/kernel_rules 5.10") {
    TEST_CASE("high is six batches whatever the zone, and nothing in the smallest ones") {
        CHECK(fixed.high_min(zone_of(2_GiB, 4_KiB), 63_pages) == 378_pages);
        CHECK(fixed.high_max(zone_of(256_GiB, 4_KiB), 63_pages) == 378_pages);
        // 3977 pages, recorded as ZONE_DMA: 3977 / 4096 rounds down to nothing.
        CHECK(fixed.high_min(zone_of(3977 * 4_KiB, 4_KiB), 1_pages) == 0_pages);
        // 8192 / 4096 = 2 pages, x 1.5 = 3, rounded down to 2, less one: a batch of 1.
        CHECK(fixed.high_min(zone_of(8192 * 4_KiB, 4_KiB), 1_pages) == 6_pages);
    }
    TEST_CASE("a fraction of the zone sets high, and a quarter of it the batch, at most 96 pages") {
        PcpZoneFacts facts = zone_of(16_MiB, 4_KiB);
        facts.high_fraction = 32;
        CHECK(fixed.high_min(facts, 1_pages) == 4096_pages / 32);
        CHECK(fixed.batch(facts) == 4096_pages / 32 / 4);
        facts.managed = facts.managed * 1024;
        CHECK(fixed.batch(facts) == 96_pages);
    }
    TEST_CASE("every refill and every spill is a batch") {
        PcpTuning pcp{.batch = 63_pages, .high = 378_pages};
        for (int round = 0; round < 4; ++round) {
            CHECK(fixed.refill(pcp, 0_pages, Order{0}, {}) == Blocks{63});
            CHECK(spill(fixed, pcp, 377_pages) == 0_pages);
            CHECK(spill(fixed, pcp, 378_pages) == 63_pages);
        }
        CHECK(spill(fixed, pcp, 377_pages, Order{0}, {.reclaim_active = true}) == 0_pages);
        CHECK(fixed.decay(pcp, 377_pages) == 0_pages);
    }
    TEST_CASE("a zone without high keeps nothing") {
        PcpTuning pcp{.batch = 1_pages};
        CHECK(spill(fixed, pcp, 1_pages) == 1_pages);
    }
}

TEST_SUITE("models/mm/kernel_rules 5.17 to 6.2") {
    TEST_CASE("high splits the low watermark over the CPUs, at least four batches each") {
        PcpZoneFacts facts = zone_of(16_GiB, 4_KiB);
        facts.low_watermark = 1897_pages;
        CHECK(doubling.high_min(facts, 63_pages) == 474_pages);
        CHECK(doubling.high_max(facts, 63_pages) == 474_pages);
        facts.low_watermark = 100_pages;
        CHECK(doubling.high_min(facts, 63_pages) == 252_pages);
        facts.high_fraction = 8;
        CHECK(doubling.high_min(facts, 63_pages) == facts.managed / 8 / 4);
    }
    TEST_CASE("a refill asks for a batch of pages, in at least two blocks") {
        PcpTuning pcp = recorded();
        const std::int64_t blocks[] = {63, 31, 15, 7};
        for (int order = 0; order < 4; ++order)
            CHECK(doubling.refill(pcp, 0_pages, Order{order}, {}) == Blocks{blocks[order]});
        CHECK(doubling.refill(pcp, 0_pages, Order{9}, {}) == Blocks{2});
        PcpTuning boot;
        CHECK(doubling.refill(boot, 0_pages, Order{3}, {}) == Blocks{1});
    }
    TEST_CASE("nothing spills below high") {
        PcpTuning pcp = recorded();
        CHECK(spill(doubling, pcp, 473_pages) == 0_pages);
        CHECK(pcp.free_factor == 0);
    }
    TEST_CASE("spills double while nothing is allocated, and leave a batch behind") {
        PcpTuning pcp = recorded();
        for (const Pages expected : {63_pages, 126_pages, 252_pages, 411_pages, 411_pages})
            CHECK(spill(doubling, pcp, 474_pages) == expected);
        CHECK(pcp.free_factor == 3);
        pcp.allocated();
        CHECK(pcp.free_factor == 1);
        CHECK(spill(doubling, pcp, 474_pages) == 126_pages);
    }
    TEST_CASE("stable updates of 6.1 double up to 32 batches, the others as far as high allows") {
        for (const auto& [era, largest] : {std::pair{"6.1", 5}, {"6.2", 7}}) {
            PcpTuning pcp = recorded();
            pcp.high = 63_pages + 63_pages * 128;
            for (int factor = 0; factor < 10; ++factor)
                CHECK(spill(*find_kernel_rules(era), pcp, pcp.high) ==
                      63_pages * (std::int64_t{1} << std::min(factor, largest)));
        }
    }
    TEST_CASE("high orders freed in a burst empty the lists, huge pages do not") {
        PcpTuning pcp = recorded();
        CHECK(spill(doubling, pcp, 200_pages, Order{2}) == 0_pages);
        pcp.free_factor = 1;
        CHECK(spill(doubling, pcp, 200_pages, Order{2}) == 200_pages);
        CHECK(spill(doubling, pcp, 200_pages, Order{9}) == 0_pages);
        CHECK(spill(doubling, pcp, 200_pages, Order{0}) == 0_pages);
    }
    TEST_CASE("under reclaim four batches are enough") {
        PcpTuning pcp = recorded();
        CHECK(spill(doubling, pcp, 252_pages, Order{0}, {.reclaim_active = true}) == 63_pages);
        CHECK(spill(doubling, pcp, 251_pages, Order{0}, {.reclaim_active = true}) == 0_pages);
    }
    TEST_CASE("a pcplist that may keep nothing gives every page back") {
        PcpTuning pcp;
        CHECK(spill(doubling, pcp, 1_pages) == 1_pages);
    }
}

TEST_SUITE("models/mm/kernel_rules 6.12") {
    TEST_CASE(
        "high lies between the share of the low watermark and that of an eighth of the zone") {
        PcpZoneFacts facts = zone_of(2_GiB, 4_KiB);
        facts.low_watermark = 1900_pages;
        CHECK(tuned.high_min(facts, 63_pages) == 475_pages);
        CHECK(tuned.high_max(facts, 63_pages) == facts.managed / 8 / 4);
        facts.high_fraction = 100;
        CHECK(tuned.high_min(facts, 63_pages) == facts.managed / 100 / 4);
        CHECK(tuned.high_max(facts, 63_pages) == facts.managed / 100 / 4);
    }
    TEST_CASE("refills of single pages double up to 32 batches, and high rises by each of them") {
        PcpTuning pcp = recorded_tuned();
        Pages high = pcp.high;
        for (const std::int64_t batches : {1, 2, 4, 8, 16, 32, 32}) {
            CHECK(tuned.refill(pcp, 0_pages, Order{0}, {}) == Blocks{63 * batches});
            high += 63_pages * batches;
            CHECK(pcp.high == high);
        }
    }
    TEST_CASE("a refill fills the lists up to a batch below high") {
        PcpTuning pcp = recorded_tuned();
        pcp.alloc_factor = 5;
        pcp.high_max = 1000_pages;
        CHECK(tuned.refill(pcp, 300_pages, Order{0}, {}) == Blocks{1000 - 300 - 63});
        CHECK(tuned.refill(pcp, 950_pages, Order{0}, {}) == Blocks{63});
        CHECK(pcp.alloc_factor == 5);
    }
    TEST_CASE("high orders are refilled with a batch of pages and do not double") {
        PcpTuning pcp = recorded_tuned();
        pcp.alloc_factor = 3;
        for (int order = 1; order < 4; ++order)
            CHECK(tuned.refill(pcp, 0_pages, Order{order}, {}) == Blocks{63 >> order});
        CHECK(pcp.alloc_factor == 3);
        CHECK(pcp.high == 475_pages + 3 * 63_pages);
    }
    TEST_CASE("a free halves the next refill, an allocation halves the memory of frees") {
        PcpTuning pcp = recorded_tuned();
        pcp.alloc_factor = 4;
        CHECK(spill(tuned, pcp, 10_pages) == 0_pages);
        CHECK(pcp.alloc_factor == 2);
        CHECK(spill(tuned, pcp, 10_pages, Order{3}) == 0_pages);
        CHECK(pcp.alloc_factor == 1);
        CHECK(pcp.free_count == 9_pages);
        pcp.allocated();
        CHECK(pcp.free_count == 4_pages);
    }
    TEST_CASE("a spill is as large as the burst, from a batch up to all but a batch") {
        PcpTuning pcp = recorded_tuned();
        pcp.free_count = 18_pages;
        CHECK(spill(tuned, pcp, 475_pages) == 63_pages);
        pcp.free_count = 199_pages;
        CHECK(spill(tuned, pcp, 475_pages) == 200_pages);
        CHECK(pcp.high == 475_pages);
        pcp.free_count = 999_pages;
        CHECK(spill(tuned, pcp, 475_pages) == 475_pages - 63_pages);
    }
    TEST_CASE("a burst larger than high makes room for itself and a batch") {
        PcpTuning pcp = recorded_tuned();
        pcp.free_count = 999_pages;
        spill(tuned, pcp, 475_pages);
        CHECK(pcp.high == 1000_pages + 63_pages);
        CHECK(spill(tuned, pcp, 1063_pages, Order{0}) == 1000_pages);
        pcp.free_count = 99_pages;
        CHECK(spill(tuned, pcp, 1064_pages) == 100_pages);
        CHECK(pcp.high == 1064_pages);
    }
    TEST_CASE("a burst counts no further than 32 batches") {
        PcpTuning pcp = recorded_tuned();
        for (int freed = 0; freed < 3000; ++freed) spill(tuned, pcp, 1_pages);
        CHECK(pcp.free_count == 2016_pages);
    }
    TEST_CASE("where high is fixed neither refills nor frees move it") {
        PcpTuning pcp = recorded_tuned();
        pcp.high_max = pcp.high_min;
        CHECK(tuned.refill(pcp, 0_pages, Order{0}, {}) == Blocks{63});
        pcp.free_count = 999_pages;
        CHECK(spill(tuned, pcp, 475_pages) == 412_pages);
        CHECK(pcp.high == 475_pages);
    }
    TEST_CASE("the second high order in a burst of a batch sends up to 32 batches back") {
        PcpTuning pcp = recorded_tuned();
        pcp.high = 5000_pages;
        pcp.free_count = 62_pages;
        CHECK(spill(tuned, pcp, 3000_pages, Order{1}) == 0_pages);
        CHECK(pcp.free_count == 64_pages);
        CHECK(spill(tuned, pcp, 3000_pages, Order{1}) == 2016_pages);
        CHECK(pcp.high == 5000_pages - 2016_pages);
        CHECK(spill(tuned, pcp, 62_pages, Order{1}) == 0_pages);
        pcp.large_cache = false;
        CHECK(spill(tuned, pcp, 62_pages, Order{1}) == 62_pages);
        CHECK(spill(tuned, pcp, 62_pages, Order{0}) == 0_pages);
        CHECK(spill(tuned, pcp, 62_pages, Order{1}) == 0_pages);
    }
    TEST_CASE("a zone below its high watermark lowers high at every free and spills at once") {
        PcpTuning pcp = recorded_tuned();
        pcp.high = 1000_pages;
        const ZoneFlags below{.below_high = true};
        CHECK(spill(tuned, pcp, 474_pages, Order{0}, below) == 0_pages);
        CHECK(pcp.high == 1000_pages - 63_pages);
        CHECK(spill(tuned, pcp, 600_pages, Order{0}, below) == 63_pages);
        CHECK(pcp.high == 1000_pages - 126_pages);
        CHECK(tuned.refill(pcp, 0_pages, Order{0}, below) == Blocks{63});
        CHECK(pcp.high == 1000_pages - 126_pages);
    }
    TEST_CASE("under reclaim high falls, and four batches are enough") {
        PcpTuning pcp = recorded_tuned();
        pcp.high = 1000_pages;
        CHECK(spill(tuned, pcp, 252_pages, Order{0}, {.reclaim_active = true}) == 63_pages);
        CHECK(pcp.high == 1000_pages - 63_pages);
    }
    TEST_CASE("an idle pcplist loses an eighth of high at a time, but not more than a slice") {
        PcpTuning pcp = recorded_tuned();
        pcp.high = 10'445_pages;
        for (const Pages seen : {9140_pages, 7998_pages}) {  // recorded one interval apart
            CHECK(tuned.decay(pcp, 1185_pages) == 0_pages);
            CHECK(pcp.high == seen);
        }
        CHECK(tuned.decay(pcp, 12'000_pages) == 2016_pages);
        CHECK(pcp.high == 12'000_pages - 2016_pages);
        pcp.high = 500_pages;
        CHECK(tuned.decay(pcp, 490_pages) == 15_pages);
        CHECK(pcp.high == 475_pages);
        CHECK(tuned.decay(pcp, 475_pages) == 0_pages);
    }
    TEST_CASE("a pcplist that may keep nothing gives every page back") {
        PcpTuning pcp;
        CHECK(spill(tuned, pcp, 1_pages) == 1_pages);
        CHECK(tuned.refill(pcp, 0_pages, Order{0}, {}) == Blocks{1});
    }
}
