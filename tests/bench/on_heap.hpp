#pragma once
// The yardstick: the least that an engine with a heap can do. A 4-ary heap of 16-byte keys, records
// in a slot pool, an indirect call, bare coroutines. No errors, names, cancelling or deadlocks.
#include <array>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include "sim/key_heap.hpp"
#include "sim/ring.hpp"
#include "tests/bench/workload.hpp"

namespace bench {

class HeapEngine {
public:
    using Action = void (*)(void* object, std::uint64_t argument);

    [[nodiscard]] std::uint64_t now() const { return now_; }
    void schedule(std::uint64_t time, Action action, void* object, std::uint64_t argument = 0) {
        std::uint32_t slot = free_;
        if (slot == slots_.size()) slots_.push_back({nullptr, nullptr, slot + 1});
        free_ = static_cast<std::uint32_t>(slots_[slot].argument);
        slots_[slot] = {action, object, argument};
        heap_.push(pcpsim::make_event_key(time, number_++, slot));
    }
    void make_ready(std::coroutine_handle<> coroutine) { ready_.push_back(coroutine); }
    void stop() { stopped_ = true; }
    void run() {
        for (stopped_ = false; !stopped_;) {
            if (!ready_.empty()) {
                ready_.pop_front().resume();
                continue;
            }
            const pcpsim::EventKey key = heap_.front();
            heap_.pop();
            now_ = pcpsim::time_of(key);
            const std::uint32_t slot = pcpsim::slot_of(key);
            const Record record = slots_[slot];
            slots_[slot].argument = free_;
            free_ = slot;
            record.action(record.object, record.argument);
        }
    }

private:
    struct Record {
        Action action;
        void* object;
        std::uint64_t argument;  ///< of a free record: the next free one
    };
    pcpsim::KeyHeap heap_;
    std::vector<Record> slots_;
    pcpsim::Ring<std::coroutine_handle<>> ready_;
    std::uint32_t free_ = 0;
    std::uint64_t number_ = 0;
    std::uint64_t now_ = 0;
    bool stopped_ = false;
};

struct Bare {
    struct promise_type {
        Bare get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
};

struct HeapSleep {
    HeapEngine& engine;
    std::uint64_t ticks;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) const {
        engine.schedule(engine.now() + ticks, resume, coroutine.address());
    }
    void await_resume() const {}
    static void resume(void* coroutine, std::uint64_t) {
        std::coroutine_handle<>::from_address(coroutine).resume();
    }
};

/// First come, first served; handed over to the next before that one runs.
struct HeapLock {
    HeapEngine* engine = nullptr;
    bool taken = false;
    pcpsim::Ring<std::coroutine_handle<>> waiters{};
    struct Acquire {
        HeapLock& lock;
        bool await_ready() const { return !std::exchange(lock.taken, true); }
        void await_suspend(std::coroutine_handle<> coroutine) const {
            lock.waiters.push_back(coroutine);
        }
        void await_resume() const {}
    };
    void release() {
        if (waiters.empty())
            taken = false;
        else
            engine->make_ready(waiters.pop_front());
    }
};

template <class Sink>
class OnHeap {
public:
    explicit OnHeap(Sink& sink) : sink_{sink} {}
    ~OnHeap() {
        for (const Bare& process : processes_) process.handle.destroy();
    }
    void hold(std::uint64_t n) { schedule_all(n, fire<&OnHeap::exponential>); }
    void bimodal(std::uint64_t n) { schedule_all(n, fire<&OnHeap::two_magnitudes>); }
    void ping(std::uint64_t n) {
        for (std::uint64_t i = 0; i < n; ++i) processes_.push_back(sleep_on(*this, Increments{i}));
    }
    void convoy(std::uint64_t n) {
        for (HeapLock& lock : locks_) lock.engine = &engine_;
        for (std::uint64_t i = 0; i < n; ++i)
            processes_.push_back(sleep_and_hold(*this, Increments{i}));
    }
    void run() { engine_.run(); }
    void stop() { engine_.stop(); }

private:
    std::uint64_t exponential() { return increments_.next(); }
    std::uint64_t two_magnitudes() { return increments_.next_of_two_magnitudes(); }
    void schedule_all(std::uint64_t n, HeapEngine::Action action) {
        for (std::uint64_t i = 0; i < n; ++i) engine_.schedule(exponential(), action, this, i);
    }
    template <std::uint64_t (OnHeap::*Next)()>
    static void fire(void* object, std::uint64_t item) {
        auto& self = *static_cast<OnHeap*>(object);
        self.sink_.fired(self.engine_.now());
        self.engine_.schedule(self.engine_.now() + (self.*Next)(), fire<Next>, object, item);
    }
    static Bare sleep_on(OnHeap& bench, Increments increments) {
        for (;;) {
            co_await HeapSleep{bench.engine_, increments.next()};
            bench.sink_.fired(bench.engine_.now());
        }
    }
    static Bare sleep_and_hold(OnHeap& bench, Increments increments) {
        for (;;) {
            co_await HeapSleep{bench.engine_, increments.next()};
            HeapLock& lock = bench.locks_[increments.bits() >> 62];
            co_await HeapLock::Acquire{lock};
            co_await HeapSleep{bench.engine_, increments.next() >> 2};
            bench.sink_.fired(bench.engine_.now());
            lock.release();
        }
    }

    Sink& sink_;
    HeapEngine engine_;
    std::array<HeapLock, 4> locks_;
    std::vector<Bare> processes_;
    Increments increments_{0};
};

}  // namespace bench
