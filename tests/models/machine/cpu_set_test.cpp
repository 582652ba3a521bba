// Goal: CpuSet is a set in ascending order. Method: laws against std::set on pseudo-random input.
#include "models/machine/cpu_set.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace pcpsim;

namespace {

/// A fixed scramble of the counter; only has to be uneven.
std::uint32_t scrambled(std::uint32_t counter) { return counter * 2654435761U >> 7; }

std::vector<CpuId> members(const CpuSet& set) { return {set.begin(), set.end()}; }
std::vector<CpuId> members(const std::set<CpuId>& set) { return {set.begin(), set.end()}; }

struct Both {
    CpuSet set;
    std::set<CpuId> reference;
};

Both random_sets(std::uint32_t seed, std::uint32_t highest) {
    Both both;
    for (std::uint32_t step = 0; step < 200; ++step) {
        const CpuId cpu{scrambled(seed * 1000 + step) % highest};
        if (step % 3 == 2) {
            both.set.erase(cpu);
            both.reference.erase(cpu);
        } else {
            both.set.insert(cpu);
            both.reference.insert(cpu);
        }
    }
    return both;
}

}  // namespace

TEST_SUITE("models/machine/cpu_set") {
    TEST_CASE("holds what was inserted and not erased, in ascending order") {
        for (const std::uint32_t highest : {1U, 64U, 65U, 300U, 4097U}) {
            const auto [set, reference] = random_sets(highest, highest);
            CHECK(members(set) == members(reference));
            CHECK(set.size() == reference.size());
            for (std::uint32_t cpu = 0; cpu < highest + 70; ++cpu)
                CHECK(set.contains(CpuId{cpu}) == reference.contains(CpuId{cpu}));
        }
    }
    TEST_CASE("union, intersection and difference agree with membership") {
        const CpuSet a = random_sets(1, 300).set;
        const CpuSet b = random_sets(2, 200).set;
        for (std::uint32_t number = 0; number < 300; ++number) {
            const CpuId cpu{number};
            CHECK((a | b).contains(cpu) == (a.contains(cpu) || b.contains(cpu)));
            CHECK((a & b).contains(cpu) == (a.contains(cpu) && b.contains(cpu)));
            CHECK((a - b).contains(cpu) == (a.contains(cpu) && !b.contains(cpu)));
        }
    }
    TEST_CASE("equality is by content, whatever the set held before") {
        CpuSet shrunk = CpuSet::range(CpuId{0}, CpuId{4095});
        shrunk -= CpuSet::range(CpuId{1}, CpuId{4095});
        CHECK(shrunk == CpuSet{CpuId{0}});
        shrunk.erase(CpuId{0});
        CHECK(shrunk.empty());
        CHECK(shrunk == CpuSet{});
    }
    TEST_CASE("the first is the lowest, the last the highest") {
        const CpuSet set{CpuId{900}, CpuId{70}, CpuId{71}};
        CHECK(set.first() == CpuId{70});
        CHECK(set.last() == CpuId{900});
    }
    TEST_CASE("members may leave during a walk") {
        CpuSet set = CpuSet::range(CpuId{60}, CpuId{70});
        std::size_t visited = 0;
        for (const CpuId cpu : set) {
            set.erase(cpu);
            ++visited;
        }
        CHECK(visited == 11);
        CHECK(set.empty());
    }
    TEST_CASE("prints and reads the kernel's list format") {
        const CpuSet set{CpuId{0}, CpuId{1}, CpuId{2}, CpuId{3}, CpuId{8}, CpuId{63}, CpuId{64}};
        CHECK(to_string(set) == "0-3,8,63-64");
        CHECK(CpuSet::parse("0-3,8,63-64") == set);
        CHECK(CpuSet::parse("63,8,64,2-3,0-2") == set);
        CHECK(to_string(CpuSet{}).empty());
        CHECK(CpuSet::parse("") == CpuSet{});
    }
    TEST_CASE("refuses text that is not a list") {
        for (const char* text :
             {"3-0", "0-", "-1", ",", "1,", "1 2", "0x3", "a", "8192", "0-99999999999", "1-2-3"}) {
            CAPTURE(text);
            CHECK_FALSE(CpuSet::parse(text));
        }
    }
    TEST_CASE("a range holds what lies between its ends, wherever words begin") {
        for (const std::uint32_t first : {0U, 1U, 63U, 64U, 65U, 127U})
            for (const std::uint32_t last : {0U, 1U, 62U, 63U, 64U, 127U, 128U, 200U}) {
                CpuSet expected;
                for (std::uint32_t cpu = first; cpu <= last; ++cpu) expected.insert(CpuId{cpu});
                CHECK(CpuSet::range(CpuId{first}, CpuId{last}) == expected);
            }
    }
    TEST_CASE("sets intersect if they have a CPU in common") {
        const CpuSet low = CpuSet::range(CpuId{0}, CpuId{70});
        CHECK(low.intersects(CpuSet{CpuId{70}, CpuId{4095}}));
        CHECK_FALSE(low.intersects(CpuSet{CpuId{71}}));
        CHECK_FALSE(low.intersects(CpuSet{}));
    }
}
