// Goal: one total order, and cancelled entries that do not pile up.
// Method: compare with a sorted reference under pseudo-random operations.
#include "sim/event_queue.hpp"

#include <doctest/doctest.h>

#include <map>

#include "sim/draws.hpp"

using namespace pcpsim;

namespace {
void nothing(void*, std::uint64_t) {}
EventQueue::Event event(std::uint64_t argument) { return {nothing, nullptr, argument}; }
}  // namespace

TEST_SUITE("sim/event_queue") {
    TEST_CASE("equal times fire in schedule order, and boundaries after them in processor order") {
        EventQueue queue;
        queue.schedule_boundary(Time{5_ns}, 7, event(107));
        queue.schedule_boundary(Time{5_ns}, 2, event(102));
        queue.schedule(Time{5_ns}, event(1));
        queue.schedule(Time{3_ns}, event(0));
        queue.schedule(Time{5_ns}, event(2));
        std::vector<std::uint64_t> fired;
        while (queue.next_time() != Time::max()) fired.push_back(queue.pop().argument);
        CHECK(fired == std::vector<std::uint64_t>{0, 1, 2, 102, 107});
    }

    TEST_CASE("agrees with a sorted map under random scheduling and cancelling") {
        EventQueue queue;
        std::map<std::pair<std::int64_t, std::uint64_t>, EventHandle> reference;
        const Draws draws{1};
        std::int64_t now = 0;
        for (std::uint64_t i = 0; i < 20000; ++i) {
            const std::uint64_t choice = draws.below(10, 0, Purpose{"choice"}, i);
            if (choice < 5 || reference.empty()) {
                const auto delay =
                    static_cast<std::int64_t>(draws.below(50, 0, Purpose{"delay"}, i));
                reference[{now + delay, i}] = queue.schedule(Time{Duration{now + delay}}, event(i));
            } else if (choice < 7) {
                auto victim = reference.begin();
                std::advance(victim, draws.below(reference.size(), 0, Purpose{"victim"}, i));
                queue.cancel(victim->second);
                reference.erase(victim);
            } else {
                const auto first = reference.begin();
                REQUIRE(queue.next_time() == Time{Duration{first->first.first}});
                now = first->first.first;
                REQUIRE(queue.pop().argument == first->first.second);
                reference.erase(first);
            }
            REQUIRE(queue.size() == reference.size());
            REQUIRE(queue.entries() <= 2 * queue.size() + 64);
        }
    }

    TEST_CASE("a handle outlives its event harmlessly") {
        EventQueue queue;
        EventHandle fired = queue.schedule(Time{1_ns}, event(1));
        REQUIRE(queue.next_time() == Time{1_ns});
        queue.pop();
        EventHandle other = queue.schedule(Time{2_ns}, event(2));
        queue.cancel(fired);  // same slot, other event
        CHECK(queue.size() == 1);
        queue.cancel(other);
        CHECK(queue.empty());
        CHECK_FALSE(static_cast<bool>(other));
    }
}
