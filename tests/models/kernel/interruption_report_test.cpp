// Goal: a report sums over threads and names every cause. Method: two records told by hand.
#include "models/kernel/interruption_report.hpp"

#include <doctest/doctest.h>

#include "models/kernel/interruption_cause.hpp"

using namespace pcpsim;

TEST_SUITE("models/kernel/interruption_report") {
    TEST_CASE("counts and times are summed, the longest is that of any thread") {
        std::deque<Interruptions> threads(2);
        const auto interrupt = [](Interruptions& thread, Duration from, Duration lasts,
                                  InterruptionCause cause) {
            thread.begin(Time{from});
            thread.blame(static_cast<std::size_t>(cause));
            thread.end(Time{from + lasts});
        };
        interrupt(threads[0], 1_us, 5_us, InterruptionCause::drain);
        interrupt(threads[0], 10_us, 2_us, InterruptionCause::tick);
        interrupt(threads[1], 1_us, 6_us, InterruptionCause::vmstat);
        std::vector<std::string> lines;
        for (const Measurement& m : report_interruptions("loop", threads))
            if (m.value != 0)
                lines.push_back(m.name + " " + std::to_string(m.value) + " " + m.unit);
        CHECK(lines ==
              std::vector<std::string>{"loop/interrupted 13000000 us", "loop/longest 6000000 us",
                                       "loop/longest-drain 5000000 us",
                                       "loop/interruptions 3 count", "loop/by-tick 1 count",
                                       "loop/by-drain 1 count", "loop/by-vmstat 1 count"});
    }
    TEST_CASE("every cause has a name of its own") {
        CHECK(enum_names(InterruptionCause{}).size() == interruption_causes);
        CHECK(interruption_causes <= Interruptions::causes);
    }
}
