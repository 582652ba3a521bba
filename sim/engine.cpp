#include "sim/engine.hpp"

#include <algorithm>

#include "sim/check.hpp"
#include "sim/process.hpp"

namespace pcpsim {
namespace {

std::string waiting_text(const Process& process) {
    std::string text = process.name();
    const Waitable* const target = process.waits_for();
    if (target == nullptr) return text + " is runnable but does not run";
    text += " waits for " + target->name();
    if (const Process* const holder = target->holder()) text += " held by " + holder->name();
    return text;
}

}  // namespace

Engine::Engine() = default;
Engine::~Engine() { shut_down(); }

void Engine::shut_down() {
    shutting_down_ = true;
    for (auto& process : processes_) process.reset();
    processes_.clear();
}

void Engine::refuse(Time time) { broken_law("an event is scheduled for " + to_string(time)); }

void Engine::fail(std::exception_ptr error) {
    if (!error_) error_ = std::move(error);
}

/// Moves the clock to the next event; false if that is after `until`, which it then shows.
inline bool Engine::advance(Time next, Time until) {
    if (next == Time::max()) report_stall("stall");
    now_ = std::min(next, until);
    if (next > until) return false;
    events_max_ = events_ + events_per_instant_max;
    if (now_ - foreground_ran_ > stall_after_) check_starvation();
    return true;
}

void Engine::run(Time until) {
    foreground_ran_ = now_;
    try {
        while (foreground_ > 0 && !error_) {
            const Time next = queue_.next_time();
            EventQueue::Event event;
            // Queued events of this instant were scheduled before any posted one; boundaries come
            // after both.
            if (!posted_.empty() && (next > now_ || queue_.next_is_boundary())) {
                event = posted_.pop_front();
            } else {
                if (next > now_ && !advance(next, until)) break;
                event = queue_.pop();
            }
            if (++events_ > events_max_) report_stall("10^7 events in one instant");
            event.action(event.object, event.argument);
        }
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    } catch (const BrokenLaw& broken) {
        throw BrokenLaw{to_string(now_) + " " + broken.what()};
    }
}

void Engine::check_starvation() {
    for (const auto& process : processes_) {
        if (process->role() != Process::Role::foreground) continue;
        if (process->makes_progress()) {
            foreground_ran_ = now_;
            return;
        }
    }
    report_stall("starvation: no foreground process ran for " + to_string(stall_after_));
}

void Engine::check_deadlock(const Process& start) {
    const Process* walker = start.waits_for()->holder();
    for (std::size_t steps = 0; walker != &start; ++steps) {
        if (walker == nullptr || steps > processes_.size()) return;
        walker = walker->blocked_by();
    }
    std::string chain;
    do {
        if (walker->waits_for() != nullptr)
            chain += (chain.empty() ? "" : "; ") + waiting_text(*walker);
        walker = walker->blocked_by();
    } while (walker != &start);
    const std::string text = "deadlock at " + to_string(now_) + ": " + chain;
    fail(std::make_exception_ptr(Stall{text}));
}

void Engine::report_stall(const std::string& what) const {
    std::string text = what + " at " + to_string(now_) + ":";
    std::string separator = " ";
    for (const auto& process : processes_) {
        if (process->role() != Process::Role::foreground) continue;
        if (process->state() == Process::State::finished) continue;
        text += separator + waiting_text(*process);
        separator = "; ";
    }
    throw Stall{text};
}

}  // namespace pcpsim
