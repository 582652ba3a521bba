// Processor's side of bursts: what has happened in one while nobody looked.
#include <utility>

#include "sim/check.hpp"
#include "sim/lock.hpp"
#include "sim/progress.hpp"

namespace pcpsim {

/// `begun` operations after the first.
void Processor::tell_burst(Context& context, std::uint32_t begun) {
    if (begun >= context.burst_told_)
        context.burst_->begin(begun + 1 - std::exchange(context.burst_told_, begun + 1));
}

void Processor::release_first(Context& context) {
    if (std::exchange(context.first_released_, true)) return;
    for (std::uint32_t i = context.phase_index_; i < context.burst_again_; ++i)
        if (SpinLock* const held = context.phases_[i].held) held->release(context);
}

void Processor::release_passed() {
    if (stretch_ == nullptr || stretch_->burst_left_ == 0) return;
    const Duration left = rest_ - (engine_.now() - epoch_);
    if (left < Duration{} || (left == Duration{} && engine_.had_turn(id_.number())))
        release_first(*stretch_);
}

/// The lock of a phase was free between the operations, but nobody has looked.
void Processor::leave_burst(Context& context, std::uint32_t begun) {
    tell_burst(context, begun);
    context.burst_ = nullptr;
    context.burst_left_ = 0;
    for (std::uint32_t i = context.burst_again_; begun > 0 && i < context.phase_count_; ++i)
        if (SpinLock* const held = context.phases_[i].held) held->count_unseen(begun);
}

/// None has if an interrupt came before the first.
std::uint32_t Processor::begun_now(const Context& context) const {
    return stretch_ == &context ? progress_now().begun : 0;
}

void Processor::catch_up(Context& context) { tell_burst(context, begun_now(context)); }

/// The operation in hand becomes what it would be on its own, begun when it began.
void Processor::end_burst(Context& context) {
    const std::uint32_t begun = begun_now(context);
    if (begun > 0) {
        release_first(context);
        const Duration before = rest_ + each_ * (begun - 1);
        progress(context, before, true, [&](Activity activity, Duration duration, const Phase*) {
            charge(context, activity, duration);
        });
        epoch_ += before;
        context.overhead_ = Duration{};
        context.paying_ = false;
        context.phase_index_ = context.burst_again_;
        context.remaining_ = context.phases_[context.phase_index_].work;
        context.phase_entered_ = true;
        rest_ = each_;
    }
    leave_burst(context, begun);
    if (stretch_ != &context) return;
    engine_.cancel(boundary_);
    boundary_ = engine_.schedule_boundary(epoch_ + rest_, id_.number(), boundary_reached, this);
}

}  // namespace pcpsim
