// Goal: searches and changes of ranges agree with one bit at a time. Method: every range of a
// bitmap longer than two words, at random contents.
#include "models/mm/bitmap.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/random.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("models/mm/bitmap") {
    TEST_CASE("a search finds what a look at each bit finds") {
        constexpr int bits = 150;
        Random random{7};
        for (const int one_in : {2, 40}) {
            Bitmap map{bits};
            for (int i = 0; i < bits; ++i)
                if (random.below(one_in) == 0) map.set(i);
            for (int start = 0; start <= bits; ++start)
                for (int end = start; end <= bits; ++end) {
                    int set = start, clear = start, run = end;
                    while (set < end && !map.test(set)) ++set;
                    while (clear < end && map.test(clear)) ++clear;
                    while (run > start && !map.test(run - 1)) --run;
                    REQUIRE(map.next_set(start, end) == set);
                    REQUIRE(map.next_clear(start, end) == clear);
                    REQUIRE(map.clear_run_before(end, start) == run);
                }
        }
    }
    TEST_CASE("a range changes its own bits, and no others") {
        constexpr int bits = 150;
        for (int start = 0; start <= bits; start += 3)
            for (int end = start; end <= bits; ++end) {
                Bitmap map{bits};
                map.set(start, end);
                REQUIRE(map.next_set(0, bits) == (start == end ? bits : start));
                REQUIRE(map.next_clear(start, bits) == end);
                REQUIRE(map.next_set(end, bits) == bits);
                map.set(0, bits);
                map.clear(start, end);
                REQUIRE(map.next_clear(0, bits) == (start == end ? bits : start));
                REQUIRE(map.next_set(start, bits) == end);
                REQUIRE(map.next_clear(end, bits) == bits);
            }
    }
}
