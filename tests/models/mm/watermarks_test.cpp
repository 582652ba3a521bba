// Goal: watermarks follow the kernel's formulas in integers. Method: each formula by hand.
#include "models/mm/watermarks.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("models/mm/watermarks") {
    TEST_CASE("the root is the largest whose square is not more than the value") {
        for (std::int64_t value = 0; value < 2000; ++value) {
            const std::int64_t root = integer_sqrt(value);
            CHECK(root * root <= value);
            CHECK((root + 1) * (root + 1) > value);
        }
        CHECK(integer_sqrt(std::int64_t{3'000'000'000} * 3'000'000'000) == 3'000'000'000);
    }
    TEST_CASE("min_free grows with the root of memory, within bounds") {
        // sqrt(16 x 4 GiB in KiB) = sqrt(2^26) = 2^13 KiB.
        CHECK(min_free_bytes(Pages{4_GiB / 4_KiB}, 4_KiB) == 8_MiB);
        CHECK(min_free_bytes(Pages{4_GiB / 64_KiB}, 64_KiB) == 8_MiB);
        CHECK(min_free_bytes(Pages{64}, 4_KiB) == 128_KiB);
        CHECK(min_free_bytes(Pages{64} * (1 << 30), 4_KiB) == 256_MiB);
    }
    TEST_CASE("a zone keeps its share of min, and steps of a quarter of it or of a thousandth") {
        // Half of the memory: half of min; min / 4 = 125 < 1000 = 10 / 10000 of a million pages.
        CHECK(zone_watermarks(1'000'000_pages, 2'000'000_pages, 1000_pages, 10) ==
              Watermarks{500_pages, 1500_pages, 2500_pages});
        CHECK(zone_watermarks(10'000_pages, 10'000_pages, 1000_pages, 10) ==
              Watermarks{1000_pages, 1250_pages, 1500_pages});
        CHECK(zone_watermarks(0_pages, 0_pages, 1000_pages, 10) == Watermarks{});
    }
    TEST_CASE("HighMem keeps a 1024th, and the steps of any zone") {
        // A step is a quarter of 500, half of min_free, unless a thousandth of the zone is more.
        CHECK(highmem_watermarks(100'000_pages, 200'000_pages, 1000_pages, 10) ==
              Watermarks{97_pages, 97_pages + 125_pages, 97_pages + 250_pages});
        CHECK(highmem_watermarks(10'240_pages, 20'480_pages, 1000_pages, 10).min == 32_pages);
        CHECK(highmem_watermarks(1'000'000_pages, 200'000_pages, 1000_pages, 10).min == 128_pages);
    }
}
