// Goal: a draw is a function of what it is for. Method: the published known answers, and locality.
#include "sim/draws.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("sim/draws") {
    TEST_CASE("Philox4x32-10 gives the known answers of its authors") {
        using Block = std::array<std::uint32_t, 4>;
        CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) ==
              Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
        CHECK(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                         {0xffffffff, 0xffffffff}) ==
              Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    }
    TEST_CASE("every argument matters, and nothing else does") {
        const Draws draws{7};
        const std::uint64_t value = draws.bits(3, Purpose{"placement"}, 5);
        CHECK(value == Draws{7}.bits(3, Purpose{"placement"}, 5));
        CHECK(value != Draws{8}.bits(3, Purpose{"placement"}, 5));
        CHECK(value != draws.bits(4, Purpose{"placement"}, 5));
        CHECK(value != draws.bits(3, Purpose{"jitter"}, 5));
        CHECK(value != draws.bits(3, Purpose{"placement"}, 6));
    }
    TEST_CASE("below() covers its range evenly") {
        const Draws draws{1};
        std::array<int, 8> counts{};
        for (std::uint64_t i = 0; i < 8000; ++i) {
            const std::int64_t drawn = draws.below(8, 0, Purpose{"even"}, i);
            ++counts.at(static_cast<std::size_t>(drawn));
        }
        for (const int count : counts) CHECK((count > 850 && count < 1150));  // 5 sd = 148
    }
    TEST_CASE("up_to() reaches the longest, and no further") {
        const Draws draws{1};
        std::array<int, 3> counts{};
        for (std::uint64_t i = 0; i < 3000; ++i) {
            const Duration drawn = draws.up_to(Duration{2}, 0, Purpose{"even"}, i);
            ++counts.at(static_cast<std::size_t>(drawn.count()));
        }
        for (const int count : counts) CHECK((count > 870 && count < 1130));  // 5 sd = 129
    }
}
