#include "models/kernel/oom.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

struct Candidate final : OomCandidate {
    Candidate(Thread& t, Pages p) : owner{t}, resident{p} {}
    Thread& thread() override { return owner; }
    Pages pages() const override { return resident; }
    Thread& owner;
    Pages resident;
};

struct Candidates : TinyKernel {
    Candidate& candidate(Pages resident) {
        const std::string name = "process " + std::to_string(all.size());
        Candidate& added = all.emplace_back(create(0, name, Context::Role::daemon), resident);
        killer.add(added);
        return added;
    }
    OomKiller killer;
    std::deque<Candidate> all;
};

}  // namespace

TEST_SUITE("models/kernel/oom") {
    TEST_CASE("the process with most pages is killed, the first of equals") {
        Candidates world;
        world.candidate(5_pages);
        const Candidate& largest = world.candidate(7_pages);
        world.candidate(7_pages);
        CHECK(world.killer.out_of_memory());
        for (const Candidate& candidate : world.all)
            CHECK(candidate.owner.stop_requested() == (&candidate == &largest));
    }
    TEST_CASE("while one that was killed still has pages nobody else is") {
        Candidates world;
        Candidate& largest = world.candidate(7_pages);
        const Candidate& other = world.candidate(5_pages);
        CHECK(world.killer.out_of_memory());
        CHECK(world.killer.out_of_memory());
        CHECK_FALSE(other.owner.stop_requested());
        CHECK(world.killer.kills() == 1);
        largest.resident = Pages{};
        CHECK(world.killer.out_of_memory());
        CHECK(other.owner.stop_requested());
        CHECK(world.killer.kills() == 2);
    }
    TEST_CASE("nobody with pages: nobody to kill") {
        Candidates world;
        world.candidate(0_pages);
        CHECK_FALSE(world.killer.out_of_memory());
        CHECK(world.killer.kills() == 0);
    }
}
