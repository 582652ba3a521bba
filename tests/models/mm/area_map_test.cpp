// Goal: areas come and go as they were added, beside each other, too.
#include "models/mm/area_map.hpp"

#include <doctest/doctest.h>

#include <map>

#include "tests/models/mm/random.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("models/mm/area_map") {
    TEST_CASE("an area begins where it was added and ends where it was to end") {
        AreaMap map{256};
        map.add(0, 3);
        map.add(3, 4);
        map.add(60, 130);
        map.add(130, 256);
        CHECK(map.end_of(0) == 3);
        CHECK(map.end_of(3) == 4);
        CHECK(map.end_of(60) == 130);
        CHECK(map.end_of(130) == 256);
        CHECK_FALSE(map.begins(1));
        CHECK_FALSE(map.begins(4));  // an area ended there
        CHECK_FALSE(map.begins(64));
    }
    TEST_CASE("whatever comes and goes, areas and free granules are those of a list of areas") {
        constexpr int granules = 200;
        Random random{3};
        AreaMap map{granules};
        std::map<int, int> areas;
        for (int i = 0; i < 3000; ++i) {
            const auto start = static_cast<int>(random.below(granules));
            if (areas.contains(start)) {
                REQUIRE(map.end_of(start) == areas[start]);
                map.remove(start, areas[start]);
                areas.erase(start);
            } else if (const int room = map.search().next_set(start, granules); room > start) {
                const int end = start + 1 + static_cast<int>(random.below(room - start));
                map.add(start, end);
                areas[start] = end;
            }
            for (int at = 0; at < granules; ++at) {
                const auto behind = areas.upper_bound(at);
                const bool taken = behind != areas.begin() && std::prev(behind)->second > at;
                REQUIRE((map.search().next_set(at, at + 1) == at) == taken);
                REQUIRE(map.begins(at) == areas.contains(at));
            }
        }
    }
}
