#include "models/workload/client_ladder.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;
using Ladder = std::vector<std::int64_t>;

TEST_SUITE("models/workload/client_ladder") {
    TEST_CASE("climbs as the published pft tables do") {
        CHECK(client_ladder(4) == Ladder{1, 3, 4});
        CHECK(client_ladder(32) == Ladder{1, 3, 5, 7, 12, 18, 24, 30, 32});
        CHECK(client_ladder(80) == Ladder{1, 4, 7, 12, 21, 30, 48, 79, 80});
        CHECK(client_ladder(128) == Ladder{1, 4, 7, 12, 21, 30, 48, 79, 110, 128});
    }

    TEST_CASE("takes steps of two up to 8, which is the last of them") {
        CHECK(client_ladder(8) == Ladder{1, 3, 5, 7, 8});
        CHECK(client_ladder(7) == Ladder{1, 3, 5, 7});
        CHECK(client_ladder(9) == Ladder{1, 3, 5, 7, 9});
    }

    TEST_CASE("begins with one client, rises, and ends with the most") {
        for (std::int64_t max = 1; max <= 300; ++max) {
            CAPTURE(max);
            const Ladder ladder = client_ladder(max);
            CHECK(ladder.front() == 1);
            CHECK(ladder.back() == max);
            for (std::size_t i = 1; i < ladder.size(); ++i) CHECK(ladder[i - 1] < ladder[i]);
        }
    }
}
