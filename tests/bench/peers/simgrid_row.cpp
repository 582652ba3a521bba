// SimGrid: kernel timers, actors that sleep, and its mutexes.
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>

#include <vector>

#include "tests/bench/row.hpp"

namespace sg = simgrid::s4u;

namespace {

bench::Increments shared_increments{0};

void sleep_ticks(std::uint64_t ticks) { sg::this_actor::sleep_for(static_cast<double>(ticks)); }
std::uint64_t now() { return static_cast<std::uint64_t>(sg::Engine::get_clock()); }

void arm(bench::Row& row, double time) {
    const double due = time + static_cast<double>(shared_increments.next());
    simgrid::kernel::timer::Timer::set(due, [&row, due] {
        row.fired(static_cast<std::uint64_t>(due));
        arm(row, due);
    });
}

void ping(bench::Row& row, bench::Increments increments) {
    for (;;) {
        sleep_ticks(increments.next());
        row.fired(now());
    }
}

void convoy(bench::Row& row, std::vector<sg::MutexPtr>& mutexes, bench::Increments increments) {
    for (;;) {
        sleep_ticks(increments.next());
        sg::Mutex& mutex = *mutexes[increments.bits() >> 62];
        mutex.lock();
        sleep_ticks(increments.next() >> 2);
        row.fired(now());
        mutex.unlock();
    }
}

}  // namespace

int main(int argc, char** argv) {
    bench::Row row{"SimGrid", argc, argv};
    sg::Engine engine{&argc, argv};
    sg::NetZone* const zone = sg::create_full_zone("zone");
    sg::Host* const host = zone->create_host("host", 1e9);
    zone->seal();
    std::vector<sg::MutexPtr> mutexes;
    for (int i = 0; i < 4; ++i) mutexes.push_back(sg::Mutex::create());
    // Timers alone do not keep a run going.
    if (row.workload() == "hold")
        sg::Actor::create("idle", host, [] { sg::this_actor::sleep_for(1e18); });
    for (std::uint64_t i = 0; i < row.n(); ++i) {
        const bench::Increments increments{i};
        if (row.workload() == "hold")
            arm(row, 0);
        else if (row.workload() == "ping")
            sg::Actor::create("ping", host, [&row, increments] { ping(row, increments); });
        else
            sg::Actor::create("convoy", host,
                              [&, increments] { convoy(row, mutexes, increments); });
    }
    engine.run();
    return 1;
}
