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
                if (random.below(one_in) == 0) map.set(i, i + 1);
            for (int start = 0; start <= bits; ++start)
                for (int end = start; end <= bits; ++end) {
                    int set = start, clear = start, run = end;
                    while (set < end && !map.test(set)) ++set;
                    while (clear < end && map.test(clear)) ++clear;
                    while (run > start && !map.test(run - 1)) --run;
                    REQUIRE(map.search().next_set(start, end) == set);
                    REQUIRE(map.search().next_clear(start, end) == clear);
                    REQUIRE(map.search().clear_run_before(end, start) == run);
                }
        }
    }
    TEST_CASE("runs are shown as a look at each bit finds them, until a visit declines") {
        constexpr int bits = 150;
        using Runs = std::vector<std::pair<int, int>>;
        Random random{11};
        for (const int one_in : {2, 40}) {
            Bitmap map{bits};
            for (int i = 0; i < bits; ++i)
                if (random.below(one_in) == 0) map.set(i, i + 1);
            for (int start = 0; start <= bits; ++start)
                for (int end = start; end <= bits; ++end) {
                    Runs expected[2], shown[2];
                    for (int at = start; at < end;) {
                        const int from = at;
                        while (at < end && map.test(at) == map.test(from)) ++at;
                        expected[map.test(from) ? 1 : 0].emplace_back(from, at);
                    }
                    const auto into = [](Runs& runs) {
                        return
                            [&runs](int from, int to) { return runs.emplace_back(from, to), true; };
                    };
                    map.search().visit_clear_runs(start, end, into(shown[0]));
                    map.search().visit_set_runs(start, end, into(shown[1]));
                    REQUIRE(shown[0] == expected[0]);
                    REQUIRE(shown[1] == expected[1]);
                    int visits = 0;
                    map.search().visit_clear_runs(start, end,
                                                  [&](int, int) { return ++visits < 2; });
                    REQUIRE(visits == std::min<int>(2, static_cast<int>(expected[0].size())));
                }
        }
    }
    TEST_CASE("a range changes its own bits, and no others") {
        constexpr int bits = 150;
        for (int start = 0; start <= bits; start += 3)
            for (int end = start; end <= bits; ++end) {
                Bitmap map{bits};
                map.set(start, end);
                REQUIRE(map.search().next_set(0, bits) == (start == end ? bits : start));
                REQUIRE(map.search().next_clear(start, bits) == end);
                REQUIRE(map.search().next_set(end, bits) == bits);
                map.set(0, bits);
                map.clear(start, end);
                REQUIRE(map.search().next_clear(0, bits) == (start == end ? bits : start));
                REQUIRE(map.search().next_set(start, bits) == end);
                REQUIRE(map.search().next_clear(end, bits) == bits);
            }
    }
}
