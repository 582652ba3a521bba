#pragma once
// The workloads as a user of sim/ writes them. `Sink::fired(time)` is told of every event.
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "sim/engine.hpp"
#include "sim/fifo_run_queue.hpp"
#include "sim/lock.hpp"
#include "sim/process.hpp"
#include "sim/processor.hpp"
#include "sim/task.hpp"
#include "tests/bench/workload.hpp"

namespace bench {

template <class Sink>
class OnPcpsim {
public:
    explicit OnPcpsim(Sink& sink) : sink_{sink} {
        engine_.set_stall_after(pcpsim::Duration::max());
    }
    ~OnPcpsim() { engine_.shut_down(); }

    /// N pending events; each that fires schedules another.
    void hold(std::uint64_t n) { schedule_all(n, fire<&OnPcpsim::exponential>); }
    /// The same, nine of ten increments a thousand times shorter.
    void bimodal(std::uint64_t n) { schedule_all(n, fire<&OnPcpsim::two_magnitudes>); }
    /// The same, and each event puts off a timeout that never comes.
    void cancel(std::uint64_t n) {
        timeouts_.resize(n);
        schedule_all(n, fire_and_cancel);
    }
    /// N processes that sleep in a loop.
    void ping(std::uint64_t n) {
        for (std::uint64_t i = 0; i < n; ++i) start("ping", i, &OnPcpsim::sleep_on);
    }
    /// N processes that sleep, take one of four mutexes, hold it and release it.
    void convoy(std::uint64_t n) {
        for (std::uint64_t i = 0; i < n; ++i) start("convoy", i, &OnPcpsim::sleep_and_hold);
    }
    /// N threads that sleep in a loop, each on a processor of its own.
    void thread(std::uint64_t n) {
        for (std::uint64_t i = 0; i < n; ++i) {
            const auto cpu = static_cast<int>(i);
            processors_.emplace_back(engine_, pcpsim::CpuId{cpu}, run_queue_);
            pcpsim::Context& context = engine_.adopt(
                std::make_unique<pcpsim::Context>(engine_, "thread", pcpsim::Level::task, daemon));
            context.set_processor(processors_.back());
            context.start(sleep_on(context, *this, Increments{i}));
        }
    }

    /// Until stop().
    void run() {
        engine_.foreground_started();
        engine_.run();
    }
    void stop() { engine_.foreground_ended(); }

private:
    static constexpr auto daemon = pcpsim::Process::Role::daemon;
    using Body = pcpsim::Task<> (*)(pcpsim::Process&, OnPcpsim&, Increments);

    void start(const char* kind, std::uint64_t number, Body body) {
        pcpsim::Process& process = engine_.adopt(std::make_unique<pcpsim::Process>(
            engine_, kind, static_cast<std::uint32_t>(number), daemon));
        process.start(body(process, *this, Increments{number}));
    }
    static pcpsim::Duration ticks(std::uint64_t count) {
        return pcpsim::Duration{static_cast<std::int64_t>(count)};
    }
    std::uint64_t fired() {
        const auto now = static_cast<std::uint64_t>(engine_.now().since_start().count());
        sink_.fired(now);
        return now;
    }
    pcpsim::Duration exponential() { return ticks(increments_.next()); }
    pcpsim::Duration two_magnitudes() { return ticks(increments_.next_of_two_magnitudes()); }
    void schedule_all(std::uint64_t n, pcpsim::Action action) {
        for (std::uint64_t i = 0; i < n; ++i)
            engine_.schedule(engine_.now() + exponential(), action, this, i);
    }
    template <pcpsim::Duration (OnPcpsim::*Next)()>
    static void fire(void* object, std::uint64_t item) {
        auto& self = *static_cast<OnPcpsim*>(object);
        self.fired();
        self.engine_.schedule(self.engine_.now() + (self.*Next)(), fire<Next>, object, item);
    }
    static void fire_and_cancel(void* object, std::uint64_t item) {
        auto& self = *static_cast<OnPcpsim*>(object);
        self.fired();
        pcpsim::EventHandle& timeout = self.timeouts_[item];
        self.engine_.cancel(timeout);
        const pcpsim::Time now = self.engine_.now();
        timeout = self.engine_.schedule(now + ticks(std::uint64_t{1} << 36), never, object, item);
        self.engine_.schedule(now + self.exponential(), fire_and_cancel, object, item);
    }
    static void never(void*, std::uint64_t) {}
    static pcpsim::Task<> sleep_on(pcpsim::Process& self, OnPcpsim& bench, Increments increments) {
        for (;;) {
            co_await self.sleep(ticks(increments.next()));
            bench.fired();
        }
    }
    static pcpsim::Task<> sleep_and_hold(pcpsim::Process& self, OnPcpsim& bench,
                                         Increments increments) {
        for (;;) {
            co_await self.sleep(ticks(increments.next()));
            pcpsim::Mutex& mutex = bench.mutexes_[increments.bits() >> 62];
            const auto held = co_await mutex.acquire(self);
            co_await self.sleep(ticks(increments.next() >> 2));
            bench.fired();
        }
    }

    Sink& sink_;
    pcpsim::Engine engine_;
    pcpsim::FifoRunQueue run_queue_;
    std::deque<pcpsim::Processor> processors_;
    std::array<pcpsim::Mutex, 4> mutexes_{pcpsim::Mutex{engine_, "a"}, pcpsim::Mutex{engine_, "b"},
                                          pcpsim::Mutex{engine_, "c"}, pcpsim::Mutex{engine_, "d"}};
    std::vector<pcpsim::EventHandle> timeouts_;
    Increments increments_{0};
};

}  // namespace bench
