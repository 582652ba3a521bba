// Goal: a search by bounds finds the first block that a look at each bound finds. Method: random
// bounds, every start, in rows that end anywhere in a word.
#include "models/mm/run_bounds.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/random.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("models/mm/run_bounds") {
    TEST_CASE("a search stops at the first bound that is not below") {
        Random random{5};
        for (std::size_t blocks = 1; blocks <= 13; ++blocks) {
            RunBounds bounds{blocks};
            std::vector<int> expected(blocks);
            for (std::size_t i = 0; i < blocks; ++i) {
                expected[i] =
                    random.below(4) == 0 ? RunBounds::whole : static_cast<int>(random.below(6));
                bounds.set(i, expected[i]);
            }
            for (const int run : {1, 2, 4, 5, 6, 32'766, 32'767, 1 << 20})
                for (std::size_t from = 0; from <= blocks; ++from) {
                    std::size_t first = from;
                    while (first < blocks && expected[first] < std::min(run, RunBounds::most))
                        ++first;
                    CHECK(bounds.next(from, run) == first);
                }
            for (std::size_t from = 0; from <= blocks; ++from) {
                std::size_t first = from;
                while (first < blocks && expected[first] == RunBounds::whole) ++first;
                CHECK(bounds.next_not_whole(from) == first);
            }
        }
    }
    TEST_CASE("a bound is raised, never lowered, and alone") {
        RunBounds bounds{6};
        for (std::size_t i = 0; i < 6; ++i) bounds.set(i, 3);
        bounds.raise(4, 9);
        bounds.raise(4, 7);
        CHECK(bounds.next(0, 9) == 4);
        CHECK(bounds.next(5, 4) == 6);
        CHECK(bounds.next(0, 10) == 6);
        CHECK(bounds.next(0, 3) == 0);
    }
    TEST_CASE("all blocks are whole at first") {
        CHECK(RunBounds{7}.next_not_whole(0) == 7);
        CHECK(RunBounds{7}.next(6, 1'000'000) == 6);
    }
}
