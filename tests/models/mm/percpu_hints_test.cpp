// Goal: what is remembered of free runs is what a search needs. Method: runs told one by one.
#include "models/mm/percpu_hints.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

namespace {

struct Run {
    int start, size;
    bool operator==(const Run&) const = default;
};

PercpuHints told(std::initializer_list<Run> runs) {
    PercpuHints hints{1024};
    hints.first_free = 1024;
    for (const Run& run : runs) hints.note(run.start, run.start + run.size);
    return hints;
}

Run contig(const PercpuHints& hints) { return Run{hints.contig_start, hints.contig}; }
Run scan(const PercpuHints& hints) { return Run{hints.scan_start, hints.scan}; }

}  // namespace

TEST_SUITE("models/mm/percpu_hints") {
    TEST_CASE("the longest run is remembered, and the longest before it") {
        const PercpuHints hints = told({{10, 4}, {20, 9}, {40, 2}, {60, 30}, {100, 20}});
        CHECK(contig(hints) == Run{60, 30});
        CHECK(scan(hints) == Run{20, 9});
        CHECK(hints.first_free == 10);
    }
    TEST_CASE(
        "of equally long runs the best aligned is preferred, and the last one before it noted") {
        CHECK(contig(told({{12, 8}, {64, 8}, {96, 8}})) == Run{64, 8});
        CHECK(contig(told({{12, 8}, {0, 8}})) == Run{0, 8});
        const PercpuHints hints = told({{4, 3}, {12, 3}, {60, 8}});
        CHECK(scan(hints) == Run{12, 3});
    }
    TEST_CASE("runs at either end are known as such") {
        const PercpuHints hints = told({{0, 5}, {1000, 24}});
        CHECK(hints.left_free == 5);
        CHECK(hints.right_free == 24);
        CHECK(told({{1, 5}}).left_free == 0);
        CHECK(told({{1000, 23}}).right_free == 0);
    }
    TEST_CASE("an area too large for the run before is searched for behind it") {
        const PercpuHints hints = told({{10, 4}, {20, 9}, {60, 30}});
        CHECK(hints.search_start(9) == 10);
        CHECK(hints.search_start(10) == 29);
    }
    TEST_CASE("alignment counts within the longest run only") {
        const PercpuHints hints = told({{8, 8}, {33, 15}});
        CHECK(hints.holds(15, 1));
        CHECK_FALSE(hints.holds(16, 1));
        CHECK(hints.holds(8, 8));         // from 40 on
        CHECK_FALSE(hints.holds(9, 8));   // though 33 + 15 leaves no room
        CHECK_FALSE(hints.holds(8, 16));  // 48 is taken
    }
    TEST_CASE("what the scan hint tells of becomes the longest once that is lost") {
        PercpuHints hints = told({{10, 4}, {20, 9}, {60, 30}});
        CHECK(hints.forget(70, 71));
        CHECK(hints.start_over() == 29);
        CHECK(contig(hints) == Run{20, 9});
        CHECK(hints.scan == 0);
        CHECK(hints.forget(25, 26));
        CHECK(hints.start_over() == 10);  // nothing is known: from the first free position on
        CHECK(hints.contig == 0);
    }
    TEST_CASE("areas elsewhere cost neither hint") {
        PercpuHints hints = told({{10, 4}, {20, 9}, {60, 30}});
        CHECK_FALSE(hints.forget(10, 14));
        CHECK(scan(hints) == Run{20, 9});
        CHECK_FALSE(hints.forget(28, 29));
        CHECK(hints.scan == 0);
    }
    TEST_CASE("a short run may stand in for a lost scan hint, and hide a longer one") {
        PercpuHints hints = told({{10, 8}, {20, 9}, {60, 30}});
        CHECK_FALSE(hints.forget(20, 29));
        hints.note(40, 41);
        CHECK(scan(hints) == Run{40, 1});
        CHECK(hints.search_start(8) == 41);  // not 10
    }
}
