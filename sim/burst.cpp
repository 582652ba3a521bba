// Processor's side of bursts: what has happened in one while nobody looked.
#include <utility>

#include "sim/check.hpp"
#include "sim/lock.hpp"
#include "sim/progress.hpp"

namespace pcpsim {

void Processor::tell_burst(Context& context, std::uint32_t begun) {
    if (begun > context.burst_begun_)
        context.burst_->begin(begun - std::exchange(context.burst_begun_, begun));
}

void Processor::release_first(Context& context) {
    if (std::exchange(context.first_released_, true)) return;
    for (std::uint32_t i = context.phase_index_; i < context.burst_again_; ++i)
        if (SpinLock* const held = context.phases_[i].held) held->release(context);
}

void Processor::release_passed() {
    if (stretch_ == nullptr || stretch_->burst_left_ == 0) return;
    const Duration left = rest_lasts(*stretch_) - (engine_.now() - epoch_);
    if (left < Duration{} || (left == Duration{} && engine_.had_turn(id_.number())))
        release_first(*stretch_);
}

/// The lock of a phase was free between the operations, but nobody has looked.
void Processor::leave_burst(Context& context, std::uint32_t begun) {
    tell_burst(context, begun);
    context.burst_left_ = 0;
    for (std::uint32_t i = context.burst_again_; begun > 0 && i < context.phase_count_; ++i)
        if (SpinLock* const held = context.phases_[i].held) held->count_unseen(begun);
}

void Processor::catch_up() {
    if (stretch_ != nullptr && stretch_->burst_left_ > 0)
        tell_burst(*stretch_, progress_now().begun);
}

/// The operation in hand becomes what it would be on its own, begun when it began.
void Processor::end_burst() {
    if (stretch_ == nullptr || stretch_->burst_left_ == 0) return;
    Context& context = *stretch_;
    const std::uint32_t begun = progress_now().begun;
    if (begun > 0) {
        release_first(context);
        const Duration before = rest_lasts(context) + again_lasts(context) * (begun - 1);
        progress(context, before, true, [&](Activity activity, Duration duration, const Phase*) {
            charge(context, activity, duration);
        });
        epoch_ += before;
        context.overhead_ = Duration{};
        context.paying_ = false;
        context.phase_index_ = context.burst_again_;
        context.remaining_ = context.phases_[context.phase_index_].work;
        context.phase_entered_ = true;
    }
    leave_burst(context, begun);
    engine_.cancel(boundary_);
    boundary_ = engine_.schedule_boundary(epoch_ + rest_lasts(context), id_.number(),
                                          boundary_reached, this);
}

}  // namespace pcpsim
