// Goal: each era's numbers are those of its kernel. Method: values seen on real machines, or worked
// out from the formulas beside them.
#include "models/mm/kernel_rules.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

namespace {

const KernelRules& rules = *find_kernel_rules("5.17");

PcpZoneFacts zone_of(Bytes memory, Bytes page_size) {
    return {.managed = Pages{memory / page_size},
            .low_watermark = 0_pages,
            .page_size = page_size,
            .cpus = 4};
}

/// What a kernel recorded on a 2 GB guest with 4 CPUs.
PcpTuning recorded() { return {.batch = 63_pages, .high = 474_pages}; }

}  // namespace

TEST_SUITE("models/mm/kernel_rules") {
    TEST_CASE("eras are found by name, and only those that exist") {
        CHECK(kernel_names() == std::vector<std::string_view>{"5.17"});
        for (const std::string_view name : kernel_names())
            CHECK(find_kernel_rules(name)->name == name);
        CHECK(find_kernel_rules("5.170") == nullptr);
    }
    TEST_CASE("batch is a quarter of a MiB, less one page, in a large zone") {
        CHECK(rules.batch(zone_of(16_GiB, 4_KiB)) == 63_pages);
        CHECK(rules.batch(zone_of(16_GiB, 16_KiB)) == 15_pages);
        CHECK(rules.batch(zone_of(16_GiB, 64_KiB)) == 3_pages);
        CHECK(rules.batch(zone_of(15_MiB, 4_KiB)) == 1_pages);
        // 128 MiB: 32768 / 4096 = 8 pages, x 1.5 = 12, rounded down to 8.
        CHECK(rules.batch(zone_of(128_MiB, 4_KiB)) == 7_pages);
    }
    TEST_CASE("high splits the low watermark over the CPUs, at least four batches each") {
        PcpZoneFacts facts = zone_of(16_GiB, 4_KiB);
        facts.low_watermark = 1897_pages;
        CHECK(rules.high(facts, 63_pages) == 474_pages);
        facts.low_watermark = 100_pages;
        CHECK(rules.high(facts, 63_pages) == 252_pages);
        facts.high_fraction = 8;
        CHECK(rules.high(facts, 63_pages) == facts.managed / 8 / 4);
    }
    TEST_CASE("a refill asks for a batch of pages, in at least two blocks") {
        const std::int64_t blocks[] = {63, 31, 15, 7};
        for (int order = 0; order < 4; ++order)
            CHECK(rules.refill(recorded(), Order{order}) == Blocks{blocks[order]});
        CHECK(rules.refill(recorded(), Order{9}) == Blocks{2});
        CHECK(rules.refill(PcpTuning{}, Order{3}) == Blocks{1});
    }
    TEST_CASE("nothing spills below high") {
        PcpTuning pcp = recorded();
        CHECK(rules.spill(pcp, 473_pages, Order{0}, false) == 0_pages);
        CHECK(pcp.free_factor == 0);
    }
    TEST_CASE("spills double while nothing is allocated, and leave a batch behind") {
        PcpTuning pcp = recorded();
        for (const Pages expected : {63_pages, 126_pages, 252_pages, 411_pages, 411_pages})
            CHECK(rules.spill(pcp, 474_pages, Order{0}, false) == expected);
        CHECK(pcp.free_factor == 3);
        rules.allocated(pcp);
        CHECK(pcp.free_factor == 1);
        CHECK(rules.spill(pcp, 474_pages, Order{0}, false) == 126_pages);
    }
    TEST_CASE("high orders freed in a burst empty the lists, huge pages do not") {
        PcpTuning pcp = recorded();
        CHECK(rules.spill(pcp, 200_pages, Order{2}, false) == 0_pages);
        pcp.free_factor = 1;
        CHECK(rules.spill(pcp, 200_pages, Order{2}, false) == 200_pages);
        CHECK(rules.spill(pcp, 200_pages, Order{9}, false) == 0_pages);
        CHECK(rules.spill(pcp, 200_pages, Order{0}, false) == 0_pages);
    }
    TEST_CASE("under reclaim four batches are enough") {
        PcpTuning pcp = recorded();
        CHECK(rules.spill(pcp, 252_pages, Order{0}, true) == 63_pages);
        CHECK(rules.spill(pcp, 251_pages, Order{0}, true) == 0_pages);
    }
    TEST_CASE("a pcplist that may keep nothing gives every page back") {
        PcpTuning pcp;
        CHECK(rules.spill(pcp, 1_pages, Order{0}, false) == 1_pages);
    }
}
