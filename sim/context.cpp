#include "sim/context.hpp"

#include "sim/check.hpp"
#include "sim/engine.hpp"
#include "sim/processor.hpp"
#include "sim/task.hpp"

namespace pcpsim {
namespace {

using RootHandle = std::coroutine_handle<TaskPromise<void>>;

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
    : engine_{engine}, name_{std::move(name)}, level_{level}, role_{role} {}

Context::~Context() {
    if (root_) root_.destroy();
}

bool Context::pinned() const {
    return level_ != Level::task || preempt_depth_ > 0 || interrupts_off_depth_ > 0;
}

CpuId Context::cpu() const {
    PCPSIM_CHECK(pinned(), "cpu() of " + name_ + ", which is not pinned to a CPU");
    return processor_->id();
}

void Context::start(Task<void> root) {
    PCPSIM_CHECK(!root_, name_ + " is started twice");
    root_ = root.release();
    leaf_ = root_;
    state_ = State::ready;
    if (level_ != Level::task) return;
    if (role_ == Role::foreground) engine_.foreground_started();
    processor_->wake(*this);
}

void Context::resume() {
    engine_.enter(this);
    continuation_ = std::exchange(leaf_, {});
    while (continuation_) std::exchange(continuation_, {}).resume();
    engine_.enter(nullptr);
    if (root_.done()) finish();
}

void Context::finish() {
    state_ = State::finished;
    PCPSIM_CHECK(spinlocks_ == 0, name_ + " ended with a spinlock held");
    try {
        RootHandle::from_address(root_.address()).promise().result();
    } catch (const BrokenLaw& broken) {
        const std::string place = to_string(processor_->id()) + " " + name_ + ": ";
        engine_.fail(std::make_exception_ptr(BrokenLaw{place + broken.what()}));
    } catch (...) {
        engine_.fail(std::current_exception());
    }
    std::exchange(root_, {}).destroy();
    if (level_ == Level::task && role_ == Role::foreground) engine_.foreground_ended();
    if (on_finished) on_finished(*this);
}

void Context::kill() {
    if (state_ == State::finished) return;
    PCPSIM_CHECK(engine_.current() != this, name_ + " cannot kill itself");
    if (on_cpu_) processor_->settle();
    PCPSIM_CHECK(spinlocks_ == 0, name_ + " is killed with a spinlock held");
    if (root_) std::exchange(root_, {}).destroy();
    leaf_ = {};
    waits_for_ = nullptr;
    engine_.cancel(timer_);
    state_ = State::finished;
    processor_->remove(*this);
    if (role_ == Role::foreground) engine_.foreground_ended();
    if (on_finished) on_finished(*this);
}

Ledger Context::spent() const {
    Ledger spent = spent_;
    if (on_cpu_) processor_->add_unsettled(*this, spent);
    return spent;
}

void Context::set_work(Operation phases, std::uint32_t first) {
    phases_ = phases.data();
    phase_count_ = static_cast<std::uint32_t>(phases.size());
    phase_index_ = first;
    remaining_ = phases[first].work;
    phase_entered_ = false;
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
    burst_begun_ = 0;
    first_released_ = false;
    return RunAwaiter{*this, true};
}

void Context::SleepAwaiter::await_suspend(std::coroutine_handle<> leaf) {
    self.block(leaf, nullptr);
    self.timer_ = self.engine_.schedule(self.engine_.now() + duration, timer_expired, &self);
}

bool Context::StallAwaiter::await_ready() const { return until <= self.engine_.now(); }

void Context::StallAwaiter::await_suspend(std::coroutine_handle<> leaf) const {
    self.leaf_ = leaf;
    self.state_ = State::spinning;
    self.spin_activity_ = Activity::stall;
    self.stalled_until_ = until;
}

void Context::timer_expired(void* context, std::uint64_t) {
    Context& self = *static_cast<Context*>(context);
    self.timer_ = EventHandle{};
    self.wake();
}

void Context::wake_early() {
    if (state_ != State::sleeping) return;
    engine_.cancel(timer_);
    wake();
}

void Context::block(std::coroutine_handle<> leaf, const Waitable* target) {
    PCPSIM_CHECK(level_ == Level::task && preempt_depth_ == 0 && interrupts_off_depth_ == 0,
                 name_ + " sleeps in atomic context");
    leaf_ = leaf;
    waits_for_ = target;
    state_ = State::sleeping;
    if (target != nullptr) engine_.check_deadlock(*this);
}

void Context::wake() {
    PCPSIM_CHECK(state_ == State::sleeping, name_ + " is woken but does not sleep");
    waits_for_ = nullptr;
    state_ = State::ready;
    if (!on_cpu_) processor_->wake(*this);  // otherwise it has not yet left
}

void Context::spin(std::coroutine_handle<> leaf, const Waitable& target) {
    leaf_ = leaf;
    waits_for_ = &target;
    state_ = State::spinning;
    spin_activity_ = Activity::spin;
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
    if (timer_) return true;
    return (state_ == State::working || stalls()) && processor_->thread() == this;
}

const Context* Context::blocked_by() const {
    if (waits_for_ != nullptr) return waits_for_->holder();
    return on_cpu_ ? processor_->frame_above(*this) : nullptr;
}

}  // namespace pcpsim
