#include "analysis/replay/percpu_order.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <set>

namespace pcpsim {

using namespace trace;

namespace {

class Search {
public:
    Search(RecordStream& stream, const RecordedPercpu& recorded,
           const Choice<Depopulation>& depopulation)
        : window_{stream}, replay_{std::make_unique<PercpuReplay>(recorded, depopulation)} {}

    PercpuOrder run() {
        while (window_.advance()) {
            if (std::holds_alternative<LostEvents>(window_.current().event)) break;
            const auto* event = std::get_if<PercpuEvent>(&window_.current().event);
            if (event == nullptr) continue;
            const std::int64_t before = replay_->mismatched();
            const bool begins = std::holds_alternative<PercpuBalance>(*event);
            if (begins || std::holds_alternative<PercpuBalanceFree>(*event))
                locks_ = window_.position();
            if (begins) {
                replay_->settle_worker();
                if (replay_->mismatched() > before && explain(before)) continue;
            }
            if (replay_->is_quiet() && window_.position() >= next_save_) save();
            const std::int64_t settled = replay_->mismatched();
            replay_->take(window_);
            if (replay_->raced()) races_.push_back(window_.position());
            if (replay_->mismatched() > settled) explain(settled);
        }
        return order_;
    }

private:
    /// Where to begin anew.
    struct Saved {
        std::int64_t position;
        PercpuReplay replay;
    };
    static constexpr std::size_t most_saved = 8;
    static constexpr std::size_t most_races = 256;
    static constexpr std::int64_t reach = 64;  ///< records between an allocation and its event
    static constexpr std::int64_t far = 4096;  ///< the same, where it is known which one is meant
    static constexpr int most_others = 16;     ///< allocations that come before another one
    static constexpr std::int64_t most_retaken = 8'000'000;  ///< records

    void save() {
        if (saved_.size() == most_saved) saved_.pop_front();
        saved_.push_back(std::make_unique<Saved>(Saved{window_.position(), *replay_}));
        // A copy of so many chunks takes as long as some records of each.
        next_save_ = window_.position() + 128 + 2 * replay_->chunks();
        while (!races_.empty() && races_.front() < saved_.front()->position) races_.pop_front();
        while (races_.size() > most_races) races_.pop_front();
    }

    /// The record at hand contradicts the model, which had so many mismatches before it.
    bool explain(std::int64_t before) {
        if (others_came_first(before) || came_before_free(before)) return true;
        for (auto race = races_.rbegin(); race != races_.rend(); ++race) {
            PercpuOrder order = order_;
            if (order.worker.insert(*race).second && works(*race, order, before)) return true;
        }
        const std::int64_t now = window_.position();
        for (std::int64_t at = now; at <= now + reach && window_.sees(at); ++at)
            if (comes_early(at, now, before)) return true;
        for (std::int64_t at = now - 1; at >= std::max(now - reach, window_.oldest()); --at)
            if (comes_early(at, at, before)) return true;
        return false;
    }

    /// An event comes well behind the mutex, so that of two allocations the second may be the first
    /// to tell. Then it has the area that the model expected the other one to get.
    bool others_came_first(std::int64_t before) {
        const std::int64_t now = window_.position();
        PercpuOrder order = order_;
        const PercpuReplay* wrong = replay_.get();
        for (int others = 0; others < most_others && allocation_at_hand(); ++others) {
            const auto other = who_took_expected(*wrong, order);
            if (!other) return false;
            order.allocations.emplace(now, *other);
            if (works(now, order, before)) return true;
            if (!failed_) return false;
            wrong = failed_.get();
        }
        return false;
    }

    /// The one that the record at hand tells of, or populates pages for.
    std::optional<std::int64_t> allocation_at_hand() {
        const std::int64_t now = window_.position();
        if (holds<PercpuAlloc>(now)) return now;
        if (!holds<PercpuPopulated>(now)) return std::nullopt;
        for (std::int64_t at = now + 1; at <= now + far && window_.sees(at); ++at)
            if (thread_at(at) == thread_at(now) && holds<PercpuAlloc>(at)) return at;
        return std::nullopt;
    }

    /// The area that the model expected was not yet free, as the allocation at hand came before.
    bool came_before_free(std::int64_t before) {
        const std::int64_t now = window_.position();
        const auto allocation = allocation_at_hand();
        if (!allocation) return false;
        const PercpuReplay* wrong = replay_.get();
        const std::int64_t first = std::max(now - far, window_.oldest());
        int tries = 0;
        for (std::int64_t at = now - 1; at >= first && thread_at(at) != thread_at(now); --at) {
            if (!wrong->freed_expected(window_.at(at))) continue;
            PercpuOrder order = order_;
            order.allocations.emplace(at, *allocation);
            if (works(at, order, before)) return true;
            if (!failed_ || ++tries == most_others) return false;
            wrong = failed_.get();
        }
        return false;
    }

    /// The next thing that its thread tells of is this.
    std::optional<std::int64_t> who_took_expected(const PercpuReplay& wrong,
                                                  const PercpuOrder& order) {
        const std::int64_t now = window_.position();
        std::set<Thread> seen{thread_at(now)};
        for (const auto& [where, known] : order.allocations)
            if (known > now) seen.insert(thread_at(known));
        for (std::int64_t at = now + 1; at <= now + far && window_.sees(at); ++at) {
            const Record& later = window_.at(at);
            if (std::holds_alternative<PercpuEvent>(later.event) &&
                seen.insert(thread_at(at)).second && wrong.took_expected(later))
                return at;
        }
        return std::nullopt;
    }

    /// What an interrupt does on top of a thread is not the thread's.
    using Thread = std::pair<std::int32_t, char>;
    [[nodiscard]] Thread thread_at(std::int64_t position) const {
        const Actor& actor = window_.at(position).actor;
        return {actor.pid, actor.context};
    }

    template <class Event>
    bool holds(std::int64_t position) {
        const auto* event = std::get_if<PercpuEvent>(&window_.at(position).event);
        return event != nullptr && std::holds_alternative<Event>(*event);
    }

    /// Whether it helps if the allocation had its area before a free, or before the worker took the
    /// lock, which is recorded up to `latest`; but behind the event of its thread before.
    bool comes_early(std::int64_t allocation, std::int64_t latest, std::int64_t before) {
        if (!holds<PercpuAlloc>(allocation)) return false;
        for (const auto& [where, known] : order_.allocations)
            if (known == allocation) return false;
        const Thread thread = thread_at(allocation);
        for (std::int64_t at = std::min(latest, allocation - 1); at >= window_.oldest(); --at) {
            if (thread_at(at) == thread || at < allocation - 2 * reach) return false;
            if (!holds<PercpuFree>(at) && at != locks_) continue;
            PercpuOrder order = order_;
            order.allocations.emplace(at, allocation);
            if (works(at, order, before)) return true;
        }
        return false;
    }

    /// Whether there is no further mismatch up to the record at hand if an order is changed from a
    /// position on. Then that order is kept.
    bool works(std::int64_t from, const PercpuOrder& order, std::int64_t before) {
        const std::int64_t now = window_.position();
        failed_.reset();
        std::size_t i = saved_.size();
        while (i > 0 && saved_[i - 1]->position > from) --i;
        if (i == 0 || retaken_ > most_retaken) return false;
        const Saved& saved = *saved_[i - 1];
        auto trial = std::make_unique<PercpuReplay>(saved.replay);
        trial->follow(order);
        std::deque<std::int64_t> races;
        if (!window_.go_to(saved.position)) return false;
        for (;;) {
            trial->take(window_);
            ++retaken_;
            if (trial->raced()) races.push_back(window_.position());
            if (window_.position() == now || trial->mismatched() > before) break;
            window_.advance();
        }
        const bool found = trial->mismatched() <= before;
        window_.go_to(now);
        if (!found) {
            failed_ = std::move(trial);
            failed_->follow({});
            return false;
        }
        order_ = order;
        replay_ = std::move(trial);
        replay_->follow(order_);
        while (!races_.empty() && races_.back() >= saved.position) races_.pop_back();
        races_.insert(races_.end(), races.begin(), races.end());
        saved_.resize(i);
        return true;
    }

    Window window_;
    std::unique_ptr<PercpuReplay> replay_;
    std::unique_ptr<PercpuReplay> failed_;  ///< the last trial that did not work
    PercpuOrder order_;
    std::deque<std::unique_ptr<Saved>> saved_;
    std::deque<std::int64_t> races_;  ///< positions of frees behind which the worker may have come
    std::int64_t locks_ = 0;          ///< where the worker last took pcpu_lock first
    std::int64_t retaken_ = 0;
    std::int64_t next_save_ = 0;
};

}  // namespace

PercpuOrder find_percpu_order(RecordStream& stream, const RecordedPercpu& recorded,
                              const Choice<Depopulation>& depopulation) {
    return Search{stream, recorded, depopulation}.run();
}

}  // namespace pcpsim
