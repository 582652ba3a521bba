#pragma once
// What kept a thread from its processor while it could run, counted by cause. Nothing is allocated
// for it, and a thread without a record pays nothing.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/units.hpp"

namespace pcpsim {

/// One interruption lasts from when the thread loses its processor until it goes on; what begins at
/// the instant at which another ends continues it. Several causes may be told of it, and it counts
/// for each; one of which none is told has cause 0. What the numbers mean is the model's affair.
class Interruptions {
public:
    static constexpr std::size_t causes = 16;

    struct Tally {
        std::uint64_t count = 0;
        Duration total, longest;
        void add(Duration lasted) {
            ++count;
            total += lasted;
            longest = std::max(longest, lasted);
        }
    };

    void begin(Time now) {
        if (in_progress_) return;
        in_progress_ = true;
        if (now == ended_) return;
        close();
        began_ = now;
        causes_ = 0;
    }
    /// Tells a cause of the interruption in progress.
    void blame(std::size_t cause) { causes_ |= 1U << cause; }
    void end(Time when) {
        if (in_progress_) ended_ = when;
        in_progress_ = false;
    }
    [[nodiscard]] bool in_progress() const { return in_progress_; }

    /// Of those that have ended.
    [[nodiscard]] Tally all() const { return with_last(tallies_[causes], true); }
    [[nodiscard]] Tally by(std::size_t cause) const {
        return with_last(tallies_[cause], (told() >> cause & 1U) != 0);
    }

private:
    [[nodiscard]] std::uint32_t told() const { return causes_ == 0 ? 1 : causes_; }
    /// The last one is counted when it can no longer be continued.
    [[nodiscard]] Tally with_last(Tally tally, bool takes_part) const {
        if (takes_part && !in_progress_ && ended_ > began_) tally.add(ended_ - began_);
        return tally;
    }
    void close() {
        if (ended_ <= began_) return;
        tallies_[causes].add(ended_ - began_);
        for (std::size_t cause = 0; cause < causes; ++cause)
            if ((told() >> cause & 1U) != 0) tallies_[cause].add(ended_ - began_);
    }

    std::array<Tally, causes + 1> tallies_{};  ///< by cause; the last one of all
    Time began_, ended_;                       ///< of the last one; equal if there was none
    std::uint32_t causes_ = 0;
    bool in_progress_ = false;
};

}  // namespace pcpsim
