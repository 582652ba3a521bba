// SystemC: methods that trigger themselves, threads that wait, and its mutexes.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <memory>
#include <systemc>
#include <vector>

#include "tests/bench/row.hpp"

namespace {

bench::Increments shared_increments{0};

sc_core::sc_time ticks(std::uint64_t count) { return sc_core::sc_time::from_value(count); }
std::uint64_t now() { return sc_core::sc_time_stamp().value(); }

template <class Body>
void spawn(Body body, bool is_thread) {
    sc_core::sc_spawn_options options;
    if (is_thread)
        options.set_stack_size(16384);
    else
        options.spawn_method();
    sc_core::sc_spawn(body, sc_core::sc_gen_unique_name("process"), &options);
}

void start_hold(bench::Row& row) {
    spawn(
        [&row, started = std::make_shared<bool>(false)] {
            if (*started) row.fired(now());
            *started = true;
            sc_core::next_trigger(ticks(shared_increments.next()));
        },
        false);
}

void start_ping(bench::Row& row, bench::Increments seed) {
    spawn(
        [&row, seed] {
            for (bench::Increments increments = seed;;) {
                sc_core::wait(ticks(increments.next()));
                row.fired(now());
            }
        },
        true);
}

void start_convoy(bench::Row& row, std::vector<std::unique_ptr<sc_core::sc_mutex>>& mutexes,
                  bench::Increments seed) {
    spawn(
        [&row, &mutexes, seed] {
            for (bench::Increments increments = seed;;) {
                sc_core::wait(ticks(increments.next()));
                sc_core::sc_mutex& mutex = *mutexes[increments.bits() >> 62];
                mutex.lock();
                sc_core::wait(ticks(increments.next() >> 2));
                row.fired(now());
                mutex.unlock();
            }
        },
        true);
}

}  // namespace

int sc_main(int argc, char** argv) {
    bench::Row row{"SystemC", argc, argv};
    std::vector<std::unique_ptr<sc_core::sc_mutex>> mutexes;
    for (int i = 0; i < 4; ++i)
        mutexes.push_back(
            std::make_unique<sc_core::sc_mutex>(sc_core::sc_gen_unique_name("mutex")));
    for (std::uint64_t i = 0; i < row.n(); ++i)
        if (row.workload() == "hold")
            start_hold(row);
        else if (row.workload() == "ping")
            start_ping(row, bench::Increments{i});
        else
            start_convoy(row, mutexes, bench::Increments{i});
    sc_core::sc_start();
    return 1;
}
