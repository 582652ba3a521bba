// Goal: a run stays sorted while it is consumed. Method: compare with a multiset.
#include "sim/sorted_run.hpp"

#include <doctest/doctest.h>

#include <set>

#include "sim/draws.hpp"

using namespace pcpsim;

TEST_SUITE("sim/sorted_run") {
    TEST_CASE("gives back the least of what was inserted, early or late") {
        SortedRun run;
        std::set<std::uint64_t> reference;
        const Draws draws{3};
        for (std::uint64_t i = 0; i < 5000; ++i) {
            const std::int64_t drawn = draws.below(1000, 0, Purpose{"time"}, i);
            const std::uint64_t time = static_cast<std::uint64_t>(drawn) << 20 | i;
            const bool grows = i / 300 % 2 == 0;
            if (reference.empty() || draws.below(3, 0, Purpose{"choice"}, i) < (grows ? 2 : 1)) {
                run.insert(make_event_key(time, 0, 0));
                reference.insert(time);
            } else {
                REQUIRE(time_of(run.front()) == *reference.begin());
                run.pop_front();
                reference.erase(reference.begin());
            }
            REQUIRE(run.size() == reference.size());
            if (!reference.empty()) REQUIRE(time_of(run.back()) == *reference.rbegin());
        }
    }

    TEST_CASE("hands over what is not before a key and keeps the rest") {
        SortedRun run;
        for (const std::uint64_t time : {5U, 3U, 9U, 7U})
            run.add_unsorted(make_event_key(time, 0, 0));
        run.sort();
        std::vector<std::uint64_t> cut;
        run.cut(make_event_key(6, 0, 0), [&](EventKey key) { cut.push_back(time_of(key)); });
        CHECK(cut == std::vector<std::uint64_t>{7, 9});
        CHECK(run.size() == 2);
        CHECK(time_of(run.at(1)) == 5);
        run.remove_if([](EventKey key) { return time_of(key) == 3; });
        CHECK(time_of(run.front()) == 5);
    }
}
