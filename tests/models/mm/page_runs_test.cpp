// Goal: a list of runs is the list of its pages. Method: known lists, then random operations beside
// a std::deque of pages.
#include "models/mm/page_runs.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <vector>

#include "tests/models/mm/random.hpp"

using namespace pcpsim;

namespace {

std::vector<std::int64_t> pages_of(const PageRuns& list) {
    std::vector<std::int64_t> pages;
    for (const PageRun& run : list)
        for (std::int64_t i = 0; i < run.count; ++i) pages.push_back(run.at(i).number());
    return pages;
}

}  // namespace

TEST_SUITE("models/mm/page_runs") {
    TEST_CASE("pages freed one by one in either direction are one run") {
        PageRuns list;
        for (const std::int64_t pfn : {10, 11, 12}) list.push_head(Pfn{pfn});
        CHECK(pages_of(list) == std::vector<std::int64_t>{12, 11, 10});
        CHECK(list.run_count() == 1);
        for (const std::int64_t pfn : {12, 11, 10}) list.push_head(Pfn{pfn + 20});
        CHECK(pages_of(list) == std::vector<std::int64_t>{30, 31, 32, 12, 11, 10});
        CHECK(list.run_count() == 2);
    }
    TEST_CASE("the head freed last is taken first, the tail spills first") {
        PageRuns list;
        list.push_tail(PageRun{Pfn{100}, 4, 1});
        list.push_head(Pfn{7});
        CHECK(list.pop_head() == Pfn{7});
        CHECK(list.pop_head() == Pfn{100});
        CHECK(list.take_tail(Blocks{2}) == PageRun{Pfn{103}, 2, -1});
        CHECK(list.take_head(Blocks{9}).first == Pfn{101});
        CHECK(list.empty());
    }
    TEST_CASE("a spliced list follows in order and leaves the other empty") {
        PageRuns list, other;
        list.push_tail(Pfn{1});
        other.push_tail(Pfn{2});
        other.push_tail(Pfn{9});
        list.splice_tail(other);
        CHECK(pages_of(list) == std::vector<std::int64_t>{1, 2, 9});
        CHECK(list.size() == Blocks{3});
        CHECK(other.empty());
    }
    TEST_CASE("a moved-from list is empty and can be used again") {
        PageRuns list;
        for (std::int64_t i = 0; i < 20; ++i) list.push_tail(Pfn{i * i});
        PageRuns moved{std::move(list)};
        CHECK(moved.size() == Blocks{20});
        list = PageRuns{};
        list.push_tail(Pfn{3});
        CHECK(list.size() == Blocks{1});
    }
    TEST_CASE("steps too wide for a run start a new one") {
        PageRuns list;
        const std::int64_t far = std::int64_t{1} << 40;
        for (const std::int64_t pfn : {std::int64_t{0}, far, std::int64_t{1}})
            list.push_tail(Pfn{pfn});
        CHECK(pages_of(list) == std::vector<std::int64_t>{0, far, 1});
        CHECK(list.run_count() == 3);
    }
    TEST_CASE("random operations leave the same pages as a page-by-page list") {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            CAPTURE(seed);
            test::Random random{seed};
            PageRuns list;
            std::deque<std::int64_t> expected;
            for (int round = 0; round < 600; ++round) {
                const PageRun run{Pfn{random.below(40)},
                                  static_cast<std::uint32_t>(1 + random.below(5)),
                                  static_cast<std::int32_t>(random.below(5)) - 2};
                const Blocks most{1 + random.below(6)};
                switch (random.below(7)) {
                    case 0:
                        list.push_head(run);
                        for (std::int64_t i = run.count; i-- > 0;)
                            expected.push_front(run.at(i).number());
                        break;
                    case 1:
                        list.push_tail(run);
                        for (std::int64_t i = 0; i < run.count; ++i)
                            expected.push_back(run.at(i).number());
                        break;
                    case 2:
                        list.push_head(run.first);
                        expected.push_front(run.first.number());
                        break;
                    case 3:
                        if (expected.empty()) break;
                        CHECK(list.pop_head().number() == expected.front());
                        expected.pop_front();
                        break;
                    case 4:
                    case 5: {
                        if (expected.empty()) break;
                        const bool head = random.below(2) == 0;
                        const PageRun taken = head ? list.take_head(most) : list.take_tail(most);
                        REQUIRE(taken.blocks() <= most);
                        for (std::int64_t i = 0; i < taken.count; ++i) {
                            CHECK(taken.at(i).number() ==
                                  (head ? expected.front() : expected.back()));
                            head ? expected.pop_front() : expected.pop_back();
                        }
                        break;
                    }
                    default: {
                        PageRuns other;
                        other.push_tail(run);
                        other.push_tail(Pfn{round});
                        for (const std::int64_t page : pages_of(other)) expected.push_back(page);
                        list.splice_tail(other);
                    }
                }
                REQUIRE(list.size() == Blocks{static_cast<std::int64_t>(expected.size())});
                REQUIRE(pages_of(list) ==
                        std::vector<std::int64_t>(expected.begin(), expected.end()));
            }
        }
    }
}
