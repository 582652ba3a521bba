#include "sim/processor.hpp"

#include <algorithm>

#include "sim/check.hpp"
#include "sim/engine.hpp"
#include "sim/interruptions.hpp"
#include "sim/lock.hpp"
#include "sim/progress.hpp"
#include "sim/task.hpp"

namespace pcpsim {
namespace {

constexpr std::size_t index_of(Level level) { return static_cast<std::size_t>(level); }
constexpr std::size_t index_of(Activity activity) { return static_cast<std::size_t>(activity); }

const char* level_name(Level level) {
    constexpr std::array names{"task", "softirq", "hardirq", "nmi"};
    return names[index_of(level)];
}

}  // namespace

Processor::Processor(Engine& engine, CpuId id, RunQueue& run_queue)
    : engine_{engine}, id_{id}, run_queue_{run_queue}, epoch_{engine.now()} {}

Processor::~Processor() = default;

Context* Processor::top() const {
    if (active_frames_ == 0) [[likely]]
        return task_;
    for (std::size_t level = levels - 1; level > 0; --level)
        if (frames_[level] != nullptr) return frames_[level];
    return task_;
}

const Context* Processor::frame_above(const Context& context) const {
    for (std::size_t level = index_of(context.level()) + 1; level < levels; ++level)
        if (frames_[level] != nullptr) return frames_[level];
    return nullptr;
}

// --- asking for attention

void Processor::raise(Interrupt& interrupt) {
    pending_[index_of(interrupt.level())].push_back(&interrupt);
    ++pending_count_;
    post();
}

void Processor::reschedule() {
    need_resched_ = true;
    post();
}

void Processor::set_rate(Ratio rate) {
    if (rate == rate_) return;
    settle();
    rate_ = rate;
    rate_is_one_ = rate.num == rate.den;
    if (!idle_) post();
}

void Processor::post() {
    if (is_posted_ || proceeding_) return;
    is_posted_ = true;
    engine_.post(posted, this);
}

void Processor::posted(void* processor, std::uint64_t) {
    Processor& self = *static_cast<Processor*>(processor);
    self.is_posted_ = false;
    self.settle(false);
    self.proceed();
}

void Processor::boundary_reached(void* processor, std::uint64_t) {
    Processor& self = *static_cast<Processor*>(processor);
    self.boundary_ = EventHandle{};
    self.engine_.begin_turn(self.id_.number());
    if (self.whole_)
        self.complete();
    else
        self.settle(true);
    self.proceed();
}

void Processor::remove(Context& thread) {
    thread.on_cpu_ = false;
    if (task_ != &thread) return run_queue_.departed(thread);
    task_ = nullptr;
    run_queue_.departed(thread);
    post();
}

// --- how far the work has come

Processor::Progress Processor::progress_now() const {
    return progress(*stretch_, engine_.now() - epoch_, false,
                    [](Activity, Duration, const Phase*) {});
}

void Processor::settle() { settle(false); }

void Processor::settle(bool own_turn) {
    if (stretch_ == nullptr) return;
    Context& context = *std::exchange(stretch_, nullptr);
    engine_.cancel(boundary_);
    const Phase* const unreleased =
        context.phases_ +
        (context.burst_left_ > 0 && context.first_released_ ? context.burst_again_ : 0);
    const auto account = [&](Activity activity, Duration duration, const Phase* finished) {
        charge(context, activity, duration);
        if (finished != nullptr && finished->held != nullptr && finished >= unreleased)
            finished->held->release(context);
    };
    const Duration elapsed = engine_.now() - epoch_;
    const Progress at = progress(context, elapsed, own_turn, account);
    if (context.burst_ != nullptr) leave_burst(context, at.begun);
    // An overhead that ends at this very instant has ended only in the processor's own turn.
    const bool ends_now = context.paying_ && lasts(context.overhead_) == elapsed;
    context.paying_ = at.overhead > Duration{} || (ends_now && !own_turn);
    context.overhead_ = at.overhead;
    context.phase_index_ = at.index;
    context.remaining_ = at.remaining;
    context.phase_entered_ = at.entered;
    if (context.state_ == Context::State::working && at.index == context.phase_count_)
        context.state_ = Context::State::ready;
    for (std::uint32_t i = at.index; at.begun > 0 && i < context.phase_count_; ++i)
        if (SpinLock* const held = context.phases_[i].held) held->hold_again(context);
}

/// All work in hand is done: its end has come as planned.
void Processor::complete() {
    Context& context = *std::exchange(stretch_, nullptr);
    const std::uint32_t in_hand = context.phase_index_;
    const std::uint32_t again = context.burst_left_ > 0 ? context.burst_again_ : in_hand;
    const std::uint32_t unreleased = context.first_released_ ? again : in_hand;
    for (std::uint32_t i = std::min(in_hand, again); i < context.phase_count_; ++i) {
        const Phase& phase = context.phases_[i];
        Duration lasted;
        if (i >= in_hand) lasted = lasts(i == in_hand ? context.remaining_ : phase.work);
        if (i >= again) lasted += lasts(phase.work) * context.burst_left_;
        charge(context, phase.activity, lasted);
        if (i >= unreleased && phase.held != nullptr) phase.held->release(context);
    }
    if (context.burst_ != nullptr) leave_burst(context, context.burst_left_);
    context.phase_index_ = context.phase_count_;
    context.remaining_ = Duration{};
    context.state_ = Context::State::ready;
}

/// Kernel time of a handler is its level's.
Activity Processor::account_of(const Context& context, Activity activity) {
    if (context.level_ == Level::task || activity != Activity::kernel) return activity;
    return static_cast<Activity>(index_of(Activity::softirq) + index_of(context.level_) - 1);
}

void Processor::charge(Context& context, Activity activity, Duration duration) {
    const std::size_t account = index_of(account_of(context, activity));
    ledger_[account] += duration;
    context.spent_[account] += duration;
}

Activity Processor::activity_of_stretch() const { return progress_now().activity; }

Activity Processor::activity() const {
    if (stretch_ != nullptr) return activity_of_stretch();
    return idle_ ? Activity::idle : Activity::kernel;
}

Activity Processor::task_activity() const {
    if (task_ == nullptr) return Activity::idle;
    if (stretch_ == task_) return activity_of_stretch();
    if (task_->state_ != Context::State::working) return Activity::kernel;
    return task_->phases_[task_->phase_index_].activity;
}

Ledger Processor::ledger() const {
    Ledger ledger = ledger_;
    const Duration elapsed = engine_.now() - epoch_;
    if (idle_) ledger[index_of(Activity::idle)] += elapsed;
    if (stretch_ != nullptr) add_unsettled(*stretch_, ledger);
    return ledger;
}

void Processor::add_unsettled(const Context& context, Ledger& ledger) const {
    if (stretch_ != &context) return;
    progress(context, engine_.now() - epoch_, false,
             [&](Activity activity, Duration duration, const Phase*) {
                 ledger[index_of(account_of(context, activity))] += duration;
             });
}

// --- what runs next

std::uint8_t Processor::mask_of(const Context& context) const {
    const bool masked = context.interrupts_off_depth_ > 0 || context.overhead_ > Duration{} ||
                        (context.state_ == Context::State::working && context.phase_entered_ &&
                         context.phases_[context.phase_index_].interrupts_off);
    return masked ? static_cast<std::uint8_t>(Level::hardirq)
                  : static_cast<std::uint8_t>(Level::task);
}

bool Processor::may_preempt(const Context& context) const {
    if (context.preempt_depth_ > 0 || context.interrupts_off_depth_ > 0) return false;
    if (context.overhead_ > Duration{}) return false;
    if (context.state_ == Context::State::spinning && context.spin_activity_ != Activity::spin)
        return true;
    if (context.state_ != Context::State::working) return context.kernel_preemptible_;
    const Phase& phase = context.phases_[context.phase_index_];
    return phase.preemptible && !phase.interrupts_off && phase.held == nullptr;
}

bool Processor::must_stop_after_phase(const Context& context) const {
    if (pending_count_ > 0 || (need_resched_ && &context == task_)) return true;
    const SpinLock* const held = context.phases_[context.phase_index_].held;
    return held != nullptr && held->has_waiters();
}

bool Processor::deliver_interrupt() {
    const Context* const current = top();
    const auto current_level = current == nullptr ? Level::task : current->level_;
    const std::uint8_t mask = current == nullptr ? std::uint8_t{0} : mask_of(*current);
    for (std::size_t level = levels - 1; level > index_of(current_level); --level) {
        if (pending_[level].empty()) continue;
        if (level <= mask && level != index_of(Level::nmi)) continue;
        Interrupt& interrupt = *pending_[level].front();
        pending_[level].pop_front();
        --pending_count_;
        ++delivered_[level];
        set_idle(false);
        if (frame_contexts_[level] == nullptr) {
            const std::string name = to_string(id_) + "/" + level_name(interrupt.level());
            frame_contexts_[level] = &engine_.adopt(
                std::make_unique<Context>(engine_, name, interrupt.level(), Context::Role::daemon));
            frame_contexts_[level]->set_processor(*this);
        }
        Context& frame = *frame_contexts_[level];
        frames_[level] = &frame;
        if (active_frames_ == 0 && task_ != nullptr && task_->interruptions_ != nullptr)
            task_->interruptions_->begin(engine_.now());
        ++active_frames_;
        frame.on_cpu_ = true;
        frame.start(interrupt.handle(frame));
        return true;
    }
    return false;
}

void Processor::proceed() {
    proceeding_ = true;
    for (;;) {
        Context* const context = top();
        if (context != nullptr && is_leaving(*context)) {
            leave(*context);
            continue;
        }
        if (pending_count_ > 0 && deliver_interrupt()) continue;
        if (context == nullptr) {
            need_resched_ = false;
            task_ = run_queue_.pick(*this);
            if (task_ == nullptr) {
                set_idle(true);
                break;
            }
            ++switches_;
            task_->on_cpu_ = true;
            task_->set_processor(*this);
            set_idle(false);
        } else if (context == task_ && need_resched_ && may_preempt(*context)) {
            context->on_cpu_ = false;
            task_ = nullptr;
            run_queue_.put_back(*context);
        } else if (context->stalls() && context->stalled_until_ <= engine_.now() &&
                   !context->paying_) {
            context->state_ = Context::State::ready;
        } else if (context->state_ == Context::State::ready && !context->paying_) {
            context->resume();
        } else {
            start_stretch(*context);
            break;
        }
    }
    proceeding_ = false;
}

/// Whoever sleeps or has ended leaves once it has paid for what it did last, such as an IPI.
bool Processor::is_leaving(const Context& context) const {
    const bool stays =
        context.state_ != Context::State::finished && context.state_ != Context::State::sleeping;
    return !stays && !context.paying_;
}

void Processor::leave(Context& context) {
    context.on_cpu_ = false;
    if (context.level_ == Level::task) {
        task_ = nullptr;
        run_queue_.departed(context);
    } else {
        frames_[index_of(context.level_)] = nullptr;
        --active_frames_;
        if (active_frames_ == 0 && task_ != nullptr && task_->interruptions_ != nullptr)
            task_->interruptions_->end(engine_.now());
    }
}

void Processor::start_stretch(Context& context) {
    stretch_ = &context;
    epoch_ = engine_.now();
    whole_ = false;
    Duration lasting = context.overhead_ > Duration{} ? lasts(context.overhead_) : Duration{};
    if (context.stalls()) {
        lasting = std::max(lasting, context.stalled_until_ - epoch_);
    } else if (context.state_ == Context::State::spinning) {
        if (lasting == Duration{}) return;
    } else if (context.state_ == Context::State::working) {
        context.phase_entered_ = context.phase_entered_ || lasting == Duration{};
        if (must_stop_after_phase(context)) {
            if (context.burst_ != nullptr) leave_burst(context, 0);
            lasting += lasts(context.remaining_);
        } else {
            whole_ = !context.paying_;
            measure(context);
            rest_ += lasting;
            lasting = rest_ + each_ * context.burst_left_;
        }
    }
    boundary_ = engine_.schedule_boundary(epoch_ + lasting, id_.number(), boundary_reached, this);
}

/// How long the operation in hand and, in a burst, each one that follows will last.
void Processor::measure(const Context& context) {
    rest_ = lasts(context.remaining_);
    each_ = Duration{};
    const std::uint32_t next = context.phase_index_ + 1;
    const std::uint32_t again = context.burst_left_ > 0 ? context.burst_again_ : next;
    for (std::uint32_t i = std::min(next, again); i < context.phase_count_; ++i) {
        const Duration lasting = lasts(context.phases_[i].work);
        if (i >= next) rest_ += lasting;
        if (i >= again) each_ += lasting;
    }
}

void Processor::set_idle(bool idle) {
    if (idle == idle_) return;
    if (idle_) ledger_[index_of(Activity::idle)] += engine_.now() - epoch_;
    idle_ = idle;
    epoch_ = engine_.now();
}

}  // namespace pcpsim
