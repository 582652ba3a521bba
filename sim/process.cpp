#include "sim/process.hpp"

#include "sim/check.hpp"
#include "sim/task.hpp"

namespace pcpsim {

using RootHandle = std::coroutine_handle<TaskPromise<void>>;

Process::~Process() { destroy_coroutine(); }

void Process::destroy_coroutine() {
    if (root_) std::exchange(root_, {}).destroy();
}

std::string Process::name() const { return kind_ + (" " + std::to_string(number_)); }

void Process::start(Task<void> root) {
    PCPSIM_CHECK(!root_, name() + " is started twice");
    root_ = root.release();
    leaf_ = root_;
    if (role_ == Role::foreground) engine_.foreground_started();
    set_ready();
}

void Process::finish() {
    state_ = State::finished;
    try {
        RootHandle::from_address(root_.address()).promise().result();
    } catch (const BrokenLaw& broken) {
        const std::string where = place() + name() + ": ";
        engine_.fail(std::make_exception_ptr(BrokenLaw{where + broken.what()}));
    } catch (...) {
        engine_.fail(std::current_exception());
    }
    destroy_coroutine();
    if (role_ == Role::foreground) engine_.foreground_ended();
    ended();
}

void Process::kill() {
    if (state_ == State::finished) return;
    PCPSIM_CHECK(leaf_, name() + " cannot kill itself");
    destroy_coroutine();
    leaf_ = {};
    waits_for_ = nullptr;
    engine_.cancel(timer_);
    state_ = State::finished;
    if (role_ == Role::foreground) engine_.foreground_ended();
    ended();
}

void Process::alarm(void* process, std::uint64_t) {
    Process& self = *static_cast<Process*>(process);
    self.timer_ = EventHandle{};
    self.wake();
}

void Process::end_sleep(void* process, std::uint64_t) {
    Process& self = *static_cast<Process*>(process);
    self.timer_ = EventHandle{};
    self.state_ = State::ready;
    self.continue_coroutine();
}

void Process::go_on(void* process, std::uint64_t) {
    Process& self = *static_cast<Process*>(process);
    if (self.state_ == State::ready) self.continue_coroutine();
}

void Process::wake_early() {
    if (state_ != State::sleeping) return;
    engine_.cancel(timer_);
    wake();
}

void Process::request_stop() {
    stop_requested_ = true;
    if (waits_for_ == nullptr || killable_) wake_early();
}

void Process::wake() {
    PCPSIM_CHECK(state_ == State::sleeping, name() + " is woken but does not sleep");
    waits_for_ = nullptr;
    set_ready();
}

const Process* Process::blocked_by() const {
    return waits_for_ == nullptr ? nullptr : waits_for_->holder();
}

}  // namespace pcpsim
