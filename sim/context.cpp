#include "sim/context.hpp"

#include "sim/check.hpp"
#include "sim/processor.hpp"

namespace pcpsim {
namespace {

Activity activity_of(Level level) {
    switch (level) {
        case Level::task:
            return Activity::kernel;
        case Level::softirq:
            return Activity::softirq;
        case Level::hardirq:
            return Activity::hardirq;
        case Level::nmi:
            return Activity::nmi;
    }
    return Activity::kernel;
}

}  // namespace

Context::Context(Engine& engine, std::string name, Level level, Role role)
    : Process{engine, "context", 0, role, true}, name_{std::move(name)}, level_{level} {}

bool Context::pinned() const {
    return level_ != Level::task || preempt_depth_ > 0 || interrupts_off_depth_ > 0;
}

CpuId Context::cpu() const {
    PCPSIM_CHECK(pinned(), "cpu() of " + name_ + ", which is not pinned to a CPU");
    return processor_->id();
}

void Context::resume() {
    engine_.set_current(this);
    continue_coroutine();
    engine_.set_current(nullptr);
}

std::string Context::place() const { return to_string(processor_->id()) + " "; }

void Context::ended() const {
    PCPSIM_CHECK(spinlocks_ == 0, name_ + " ended with a spinlock held");
}

void Context::kill() {
    if (state_ == State::finished) return;
    if (on_cpu_) processor_->settle();
    PCPSIM_CHECK(spinlocks_ == 0, name_ + " is killed with a spinlock held");
    Process::kill();
    processor_->remove(*this);
}

Ledger Context::spent() const {
    Ledger spent = spent_;
    if (on_cpu_) processor_->add_unsettled(*this, spent);
    return spent;
}

void Context::request_stop() {
    Process::request_stop();
    end_burst();
}

void Context::set_work(Operation phases, std::uint32_t first) {
    phases_ = phases.data();
    phase_count_ = static_cast<std::uint32_t>(phases.size());
    phase_index_ = first;
    remaining_ = phases[first].work;
    phase_entered_ = false;
    burst_ = nullptr;
    burst_left_ = 0;
    state_ = State::working;
}

Context::RunAwaiter Context::run(Duration work) {
    PCPSIM_CHECK(work >= Duration{}, name_ + " runs for a negative time");
    if (work == Duration{}) return RunAwaiter{*this, false};
    single_.work = work;
    single_.activity = activity_of(level_);
    single_.preemptible = kernel_preemptible_;
    set_work(Operation{&single_, 1});
    return RunAwaiter{*this, true};
}

Context::RunAwaiter Context::run(Operation operation) {
    PCPSIM_CHECK(!operation.empty(), name_ + " runs an empty operation");
    set_work(operation);
    return RunAwaiter{*this, true};
}

Context::RunAwaiter Context::run(const BurstPlan& plan) {
    PCPSIM_CHECK(
        plan.times > 0 && plan.first < plan.phases.size() && plan.again < plan.phases.size(),
        name_ + " runs an empty burst");
    set_work(plan.phases, plan.first);
    phase_entered_ = plan.entered;
    burst_ = &plan.burst;
    burst_left_ = plan.times - 1;
    burst_again_ = plan.again;
    burst_told_ = 0;
    first_released_ = false;
    return RunAwaiter{*this, true};
}

void Context::catch_up() {
    if (burst_ != nullptr) processor_->catch_up(*this);
}

void Context::end_burst() {
    if (burst_ != nullptr) processor_->end_burst(*this);
}

bool Context::StallAwaiter::await_ready() const { return until <= self.engine_.now(); }

void Context::StallAwaiter::await_suspend(std::coroutine_handle<> leaf) const {
    self.leaf_ = leaf;
    self.state_ = State::spinning;
    self.spin_activity_ = Activity::stall;
    self.stalled_until_ = until;
}

void Context::check_may_sleep() const {
    PCPSIM_CHECK(level_ == Level::task && preempt_depth_ == 0 && interrupts_off_depth_ == 0,
                 name_ + " sleeps in atomic context");
}

void Context::become_runnable() {
    // An interrupt's frame is put on its processor by the interrupt; a thread on its processor has
    // not yet left.
    if (level_ == Level::task && !on_cpu_) processor_->wake(*this);
}

void Context::spin(std::coroutine_handle<> leaf, const Waitable& target, Activity activity) {
    leaf_ = leaf;
    waits_for_ = &target;
    state_ = State::spinning;
    spin_activity_ = activity;
    engine_.check_deadlock(*this);
}

void Context::granted(Duration handoff) {
    waits_for_ = nullptr;
    if (on_cpu_) processor_->settle();
    if (handoff > Duration{}) {
        single_ = Phase{handoff, Activity::spin, false, false, nullptr};
        set_work(Operation{&single_, 1});
    } else {
        state_ = State::ready;
    }
    processor_->post();
}

void Context::charge_before_running(Duration overhead) {
    overhead_ += overhead;
    paying_ = overhead_ > Duration{};
}

bool Context::makes_progress() const {
    return Process::makes_progress() ||
           ((state_ == State::working || stalls()) && processor_->thread() == this);
}

const Process* Context::blocked_by() const {
    if (waits_for_ != nullptr) return waits_for_->holder();
    return on_cpu_ ? processor_->frame_above(*this) : nullptr;
}

}  // namespace pcpsim
