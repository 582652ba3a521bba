// Goal: one total order, and cancelled entries that do not pile up.
// Method: compare with a sorted reference under pseudo-random operations.
#include "sim/event_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "sim/draws.hpp"

using namespace pcpsim;

namespace {
void nothing(void*, std::uint64_t) {}
EventQueue::Event event(std::uint64_t argument) { return {nothing, nullptr, argument}; }

/// What a population of events does: the next delay, and how often of ten times an event is
/// scheduled or cancelled rather than fired while the population grows (and shrinks).
struct Mix {
    const char* name;
    std::int64_t scheduled;
    std::int64_t cancelled;
    std::uint64_t (*delay)(std::uint64_t bits);
};
constexpr std::array<Mix, 6> mixes{{
    {"few instants", 5, 2, [](std::uint64_t bits) { return bits % 50; }},
    {"one instant", 6, 1, [](std::uint64_t) { return std::uint64_t{0}; }},
    {"any magnitude", 7, 1, [](std::uint64_t bits) { return bits >> 1 >> bits % 63; }},
    {"two magnitudes", 6, 0, [](std::uint64_t b) { return b >> (b % 8 == 0 ? 14 : 44); }},
    {"mostly cancelled", 6, 3, [](std::uint64_t bits) { return bits >> 30; }},
    {"few pending", 5, 0, [](std::uint64_t bits) { return bits >> 30; }},
}};

/// A queue beside a map in the same order.
class Comparison {
public:
    explicit Comparison(const Mix& mix) : mix_{mix} {}

    void step(std::uint64_t i) {
        // It grows for a while, then shrinks, and grows again.
        const bool growing = i / 5000 % 2 == 0;
        const std::int64_t choice = draws_.below(10, 0, Purpose{"choice"}, i);
        const std::int64_t fired = 10 - mix_.scheduled - mix_.cancelled;
        if (choice < (growing ? mix_.scheduled : fired) || reference_.empty())
            schedule(i);
        else if (choice >= 10 - mix_.cancelled)
            cancel(i);
        else
            fire();
        REQUIRE(queue_.size() == reference_.size());
        REQUIRE(queue_.entries() <= 2 * queue_.size() + 64);
    }
    void empty_out() {
        while (!reference_.empty()) fire();
        REQUIRE(queue_.next_time() == Time::max());
        REQUIRE(queue_.empty());
    }

private:
    using Order = std::pair<std::int64_t, std::uint64_t>;

    void schedule(std::uint64_t i) {
        const auto room = static_cast<std::uint64_t>(Time::max().since_start().count() - now_);
        const std::uint64_t delay = mix_.delay(draws_.bits(0, Purpose{"delay"}, i));
        const std::int64_t when = now_ + static_cast<std::int64_t>(std::min(delay, room));
        const bool boundary = draws_.below(4, 0, Purpose{"phase"}, i) == 0;
        // Only one boundary of a processor is pending; here each is another processor's.
        const std::uint64_t number = boundary ? (std::uint64_t{1} << 39) | i : i;
        reference_[{when, number}] =
            boundary ? queue_.schedule_boundary(Time{Duration{when}}, static_cast<std::uint32_t>(i),
                                                event(number))
                     : queue_.schedule(Time{Duration{when}}, event(number));
    }
    void cancel(std::uint64_t i) {
        const auto room = static_cast<std::uint64_t>(Time::max().since_start().count() - now_);
        const std::uint64_t ahead = draws_.bits(0, Purpose{"victim"}, i) >> 31;
        auto victim =
            reference_.lower_bound({now_ + static_cast<std::int64_t>(std::min(ahead, room)), 0});
        if (victim == reference_.end()) victim = std::prev(victim);
        queue_.cancel(victim->second);
        reference_.erase(victim);
    }
    void fire() {
        const auto first = reference_.begin();
        REQUIRE(queue_.next_time() == Time{Duration{first->first.first}});
        REQUIRE(queue_.next_is_boundary() == (first->first.second >> 39 != 0));
        now_ = first->first.first;
        REQUIRE(queue_.pop().argument == first->first.second);
        reference_.erase(first);
    }

    const Mix& mix_;
    Draws draws_{1};
    EventQueue queue_;
    std::map<Order, EventHandle> reference_;
    std::int64_t now_ = 0;
};

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

    TEST_CASE("agrees with a sorted map, whatever is scheduled, cancelled and fired") {
        for (const Mix& mix : mixes) {
            CAPTURE(mix.name);
            Comparison comparison{mix};
            for (std::uint64_t i = 0; i < 30000; ++i) comparison.step(i);
            comparison.empty_out();
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
