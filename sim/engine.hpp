#pragma once
// The clock and the order of events. An instant has two phases: first the events due now in the
// order they were scheduled, with the zero-delay ones they cause; then the processors' progress
// boundaries, one at a time in processor order, returning to the events after each.
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "sim/event_queue.hpp"
#include "sim/fingerprint.hpp"
#include "sim/ring.hpp"
#include "sim/units.hpp"

namespace pcpsim {

class Context;
class Process;

class Engine {
public:
    Engine();
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    [[nodiscard]] Time now() const { return now_; }
    /// `time` is after now(): what happens in this instant is posted.
    EventHandle schedule(Time time, Action action, void* object, std::uint64_t argument = 0) {
        if (time <= now_) [[unlikely]]
            refuse(time);
        return queue_.schedule(time, {action, object, argument});
    }
    /// Runs in this instant, after the events already due.
    void post(Action action, void* object, std::uint64_t argument = 0) {
        posted_.push_back({action, object, argument});
    }
    EventHandle schedule_boundary(Time time, std::uint32_t index, Action action, void* object) {
        return queue_.schedule_boundary(time, index, {action, object, 0});
    }
    void cancel(EventHandle& handle) { queue_.cancel(handle); }
    /// It is the turn of processor `index` in this instant.
    void begin_turn(std::uint32_t index) {
        turn_time_ = now_;
        turn_ = index;
    }
    /// Whether the processor has had its turn in this instant, or has it now.
    [[nodiscard]] bool had_turn(std::uint32_t index) const {
        return turn_time_ == now_ && index <= turn_;
    }

    /// How many operations a burst may have; 1 runs each on its own, with the same results.
    void set_longest_burst(std::uint32_t operations) { longest_burst_ = operations; }
    [[nodiscard]] std::uint32_t longest_burst() const { return longest_burst_; }

    /// Takes ownership. Processes are destroyed in the order they were adopted.
    template <class P>
    P& adopt(std::unique_ptr<P> process) {
        P& adopted = *process;
        processes_.push_back(std::move(process));
        return adopted;
    }
    /// Runs until the last foreground process has ended or the clock would pass `until`. Throws
    /// what a process threw, BrokenLaw with time and process, or Stall with who waits for what.
    void run(Time until = Time::max());
    /// Ends the run with this error after the current event.
    void fail(std::exception_ptr error);
    /// Destroys every process while the locks they hold still exist. Nothing runs afterwards.
    void shut_down();
    [[nodiscard]] bool shutting_down() const { return shutting_down_; }

    /// A run stalls when no foreground process ran for this long.
    void set_stall_after(Duration limit) { stall_after_ = limit; }
    void foreground_started() { ++foreground_; }
    void foreground_runs() { foreground_ran_ = now_; }
    void foreground_ended() { --foreground_; }
    /// The context whose coroutine runs now; null if none does, or a process without a CPU.
    [[nodiscard]] Context* current() const { return current_; }
    void set_current(Context* context) { current_ = context; }

    [[nodiscard]] Fingerprint& fingerprint() { return fingerprint_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    /// A cycle of waiting reached from `start`, which waits, is reported at once.
    void check_deadlock(const Process& start);

private:
    static constexpr std::uint64_t events_per_instant_max = 10'000'000;

    [[noreturn]] static void refuse(Time time);
    bool advance(Time next, Time until);
    void check_starvation();
    [[noreturn]] void report_stall(const std::string& what) const;

    Time now_;
    Time turn_time_ = Time::max();  ///< the instant that turn_ belongs to
    std::uint32_t turn_ = 0;
    std::uint32_t longest_burst_ = UINT32_MAX;
    EventQueue queue_;
    Ring<EventQueue::Event> posted_;
    std::uint64_t events_ = 0;
    std::uint64_t events_max_ = events_per_instant_max;  ///< by the end of this instant
    std::vector<std::unique_ptr<Process>> processes_;
    Context* current_ = nullptr;
    std::int64_t foreground_ = 0;
    Time foreground_ran_;
    Duration stall_after_ = 10_s;
    Fingerprint fingerprint_;
    std::exception_ptr error_;
    bool shutting_down_ = false;
};

}  // namespace pcpsim
