#pragma once
// How far the work of a stretch has come: a pure function of the time since its epoch. For the
// files of Processor.
#include <algorithm>
#include <cstdint>

#include "sim/engine.hpp"
#include "sim/processor.hpp"

namespace pcpsim {

template <class Visit>
bool Processor::finishes_operation(const Context& context, Progress& at, Duration& elapsed,
                                   bool own_turn, bool more, Visit visit) const {
    while (at.index < context.phase_count_) {
        const Phase& phase = context.phases_[at.index];
        const Duration lasting = lasts(at.remaining);
        at.activity = phase.activity;
        // What ends at this very instant is done only in the processor's own turn, but for a
        // burst's operation, whose turn has come and gone unseen.
        const bool ends_unseen =
            more && at.index + 1 == context.phase_count_ && engine_.had_turn(id_.number());
        if (own_turn || ends_unseen ? elapsed < lasting : elapsed <= lasting) {
            visit(phase.activity, elapsed, nullptr);
            at.remaining -= done_in(elapsed);
            return false;
        }
        visit(phase.activity, lasting, &phase);
        elapsed -= lasting;
        ++at.index;
        const bool last = at.index == context.phase_count_;
        at.remaining = last ? Duration{} : context.phases_[at.index].work;
        // Interrupts stay off from one phase to the next.
        at.entered = elapsed > Duration{} ||
                     (phase.interrupts_off && !last && context.phases_[at.index].interrupts_off);
    }
    return true;
}

template <class Visit>
Processor::Progress Processor::progress(const Context& context, Duration elapsed, bool own_turn,
                                        Visit visit) const {
    Progress at{context.overhead_, context.phase_index_, context.remaining_,
                context.phase_entered_};
    if (at.overhead > Duration{}) {
        const Duration lasting = lasts(at.overhead);
        if (own_turn ? elapsed < lasting : elapsed <= lasting) {
            visit(Activity::kernel, elapsed, nullptr);
            at.overhead -= done_in(elapsed);
            return at;
        }
        visit(Activity::kernel, lasting, nullptr);
        elapsed -= lasting;
        at.overhead = Duration{};
        at.entered = elapsed > Duration{};
    }
    if (context.state_ == Context::State::spinning) {
        at.activity = context.spin_activity_;
        visit(context.spin_activity_, elapsed, nullptr);
    }
    if (context.state_ != Context::State::working) return at;
    const std::uint32_t left = context.burst_left_;
    if (!finishes_operation(context, at, elapsed, own_turn, left > 0, visit) || left == 0)
        return at;

    const Duration each = each_;
    auto whole = static_cast<std::uint32_t>(std::min(elapsed / each, std::int64_t{left}));
    if (whole > 0 && elapsed == each * whole && !own_turn && !engine_.had_turn(id_.number()))
        --whole;
    for (std::uint32_t i = context.burst_again_; whole > 0 && i < context.phase_count_; ++i)
        visit(context.phases_[i].activity, lasts(context.phases_[i].work) * whole, nullptr);
    elapsed -= each * whole;
    at.begun = whole;
    if (whole == left) return at;
    ++at.begun;
    at.index = context.burst_again_;
    at.remaining = context.phases_[at.index].work;
    at.entered = true;
    finishes_operation(context, at, elapsed, own_turn, at.begun < left,
                       [&](Activity activity, Duration duration, const Phase*) {
                           visit(activity, duration, nullptr);
                       });
    return at;
}

}  // namespace pcpsim
