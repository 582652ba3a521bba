#include "analysis/replay/percpu_order.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

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
            if (std::holds_alternative<LostEvents>(window_.current().event) || is_hopeless()) break;
            const auto* event = std::get_if<PercpuEvent>(&window_.current().event);
            if (event == nullptr) continue;
            const std::int64_t before = replay_->mismatched();
            if (std::holds_alternative<PercpuBalance>(*event)) {
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
    static constexpr std::size_t most_saved = 64;
    static constexpr std::size_t recent = 4;  ///< saved states
    static constexpr std::size_t most_races = 256;
    // Records between an allocation and its event: mostly, seldom, if its thread was preempted
    // meanwhile, and where it is known which one is meant.
    static constexpr std::int64_t near = 8, reach = 64, preempted = 1024, far = 4096;
    static constexpr int most_others = 16;  ///< allocations that come before another one
    static constexpr std::size_t most_alternatives = 256;
    static constexpr std::int64_t recently = 16;     ///< records from which an alternative starts
    static constexpr std::int64_t recheck = 64;      ///< and after which it may no longer be one
    static constexpr std::int64_t foresight = 1024;  ///< and for which it should hold
    /// Records taken once more: at first, and for each that was taken once.
    static constexpr std::int64_t most_retaken = 12'000'000, most_times = 16;

    void save() {
        if (saved_.size() == most_saved) saved_.pop_front();
        saved_.push_back(std::make_unique<Saved>(Saved{window_.position(), *replay_}));
        // A copy of so many chunks takes as long as some records.
        next_save_ = window_.position() + 128 + replay_->chunks() / 8;
        while (!races_.empty() && races_.front() < saved_.front()->position) races_.pop_front();
        while (races_.size() > most_races) races_.pop_front();
    }

    /// What is left may be no matter of order.
    [[nodiscard]] bool is_hopeless() const {
        return retaken_ > most_retaken + most_times * window_.position();
    }

    /// The record at hand contradicts the model, which had so many mismatches before it.
    bool explain(std::int64_t before) {
        if (others_came_first(before) || came_before_free(before)) return true;
        for (auto race = races_.rbegin(); race != races_.rend(); ++race) {
            PercpuOrder order = order_;
            if (order.worker.insert(*race).second && works(*race, order, before)) return true;
        }
        for (const std::int64_t distance : {near, reach, preempted})
            if (another_came_early(order_, distance, most_saved, before)) return true;
        return two_came_early(before);
    }

    /// The allocation at hand, if it is one, and another one not long ago.
    bool two_came_early(std::int64_t before) {
        const auto allocation = allocation_at_hand();
        const std::int64_t now = window_.position();
        for (std::int64_t at = now - 1; allocation && at >= std::max(now - near, window_.oldest());
             --at) {
            if (thread_at(at) == thread_at(now)) break;
            PercpuOrder order = order_;
            put({at, at, *allocation}, order);
            if (another_came_early(order, near, recent, before)) return true;
        }
        return false;
    }

    /// Looks for it further and further back.
    bool another_came_early(const PercpuOrder& order, std::int64_t distance, std::size_t most,
                            std::int64_t before) {
        for (std::size_t back = 1, last = 0; last < std::min(most, saved_.size()) && !is_hopeless();
             back *= 2) {
            last = std::min(back, saved_.size());
            if (another_came_early(order, distance, *saved_[saved_.size() - last], before))
                return true;
        }
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
            if (!std::holds_alternative<PercpuEvent>(later.event)) continue;
            const bool first = seen.insert(thread_at(at)).second;
            if (wrong.took_expected(later)) return first ? std::optional{at} : std::nullopt;
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

    /// The allocation of one record may have had its area before another record.
    struct Early {
        std::int64_t first;  ///< where the difference begins
        std::int64_t where, allocation;
        auto operator<=>(const Early&) const = default;
    };
    /// How the records would go on if so.
    struct Alternative {
        Early early;
        std::unique_ptr<PercpuOrder> order;
        std::unique_ptr<PercpuReplay> replay;
    };

    /// Whether one allocation, anywhere behind a saved state, had its area before a section of
    /// pcpu_lock that is recorded before it. Mostly that makes no difference any more once both are
    /// told, and that alternative is dropped: so all of them can go over the records together.
    bool another_came_early(const PercpuOrder& usual, std::int64_t distance, const Saved& saved,
                            std::int64_t before) {
        const std::int64_t now = window_.position();
        const std::vector<Early> candidates = candidates_from(saved.position, distance, usual);
        std::unique_ptr<PercpuReplay> quiet, likely = copy(saved.replay);
        std::int64_t quiet_at = -recently;
        likely->follow(usual);
        std::vector<Alternative> others;
        auto next = candidates.begin();
        if (!window_.go_to(saved.position)) return false;
        for (std::int64_t at = saved.position; at <= now; window_.go_to(++at)) {
            if (likely->is_quiet() && at >= quiet_at + recently)
                quiet = copy(*likely), quiet_at = at;
            for (; next != candidates.end() && next->first == at; ++next)
                if (others.size() < most_alternatives)
                    others.push_back(alternative(*next, usual, *quiet, quiet_at));
            take(*likely);
            std::erase_if(others, [&](const Alternative& other) {
                take(*other.replay);
                return other.replay->mismatched() > before ||
                       ((at == other.early.allocation || at % recheck == 0) &&
                        at >= other.early.allocation && other.replay->agrees_with(*likely));
            });
            if (at == now) break;
        }
        const std::optional<Early> found = last_to_fail(others, before);
        window_.go_to(now);
        if (!found) return false;
        PercpuOrder order = usual;
        put(*found, order);
        return works(std::min(found->first, now - near), order, before);
    }

    static void put(const Early& early, PercpuOrder& order) {
        std::erase_if(order.allocations,
                      [&](const auto& known) { return known.second == early.allocation; });
        order.allocations.emplace(early.where, early.allocation);
    }

    /// What could be so, by position, for allocations that come to an end before long.
    std::vector<Early> candidates_from(std::int64_t first, std::int64_t distance,
                                       const PercpuOrder& order) {
        const std::int64_t now = window_.position();
        std::vector<Early> found;
        std::map<std::int64_t, std::int64_t> known;
        for (const auto& [where, allocation] : order.allocations) known[allocation] = where;
        std::map<Thread, std::int64_t> last;
        for (std::int64_t at = first; at <= now + reach && window_.sees(at); ++at) {
            if (!std::holds_alternative<PercpuEvent>(window_.at(at).event)) continue;
            std::int64_t& previous = last.try_emplace(thread_at(at), first - 1).first->second;
            const auto early = known.find(at);
            const std::int64_t was = early == known.end() ? at : early->second;
            if (holds<PercpuAlloc>(at) && was >= first)
                for (std::int64_t where = at - 1; where > std::max(previous, at - distance);
                     --where)
                    if (where <= now && where != was && is_section(where))
                        found.push_back({std::min(where, was), where, at});
            previous = at;
        }
        std::ranges::sort(found);
        return found;
    }

    /// Whether its place among the sections of pcpu_lock may matter to others.
    [[nodiscard]] bool is_section(std::int64_t position) const {
        const auto* event = std::get_if<PercpuEvent>(&window_.at(position).event);
        return event != nullptr && !std::holds_alternative<PercpuMark>(*event) &&
               !std::holds_alternative<PercpuAllocEntry>(*event);
    }

    /// From a state behind the records before `from` to the record at hand.
    Alternative alternative(const Early& early, const PercpuOrder& order, const PercpuReplay& quiet,
                            std::int64_t from) {
        Alternative made{early, std::make_unique<PercpuOrder>(), copy(quiet)};
        made.order->worker.insert(order.worker.lower_bound(from), order.worker.end());
        made.order->allocations.insert(order.allocations.lower_bound(from),
                                       order.allocations.end());
        put(early, *made.order);
        made.replay->follow(*made.order);
        const std::int64_t now = window_.position();
        for (window_.go_to(from); window_.position() < now; window_.go_to(window_.position() + 1))
            take(*made.replay);
        return made;
    }

    /// All of them explain the record at hand: the one that goes on to do so for longest.
    std::optional<Early> last_to_fail(std::vector<Alternative>& others, std::int64_t before) {
        const std::int64_t now = window_.position();
        std::optional<Early> last;
        for (std::int64_t at = now + 1; !others.empty(); ++at) {
            last = others.back().early;
            if (others.size() == 1 || at > now + foresight || !window_.sees(at)) break;
            window_.go_to(at);
            std::erase_if(others, [&](const Alternative& other) {
                take(*other.replay);
                return other.replay->mismatched() > before;
            });
        }
        return last;
    }

    /// Takes as long as some records.
    std::unique_ptr<PercpuReplay> copy(const PercpuReplay& replay) {
        retaken_ += 16 + replay.chunks() / 8;
        return std::make_unique<PercpuReplay>(replay);
    }
    void take(PercpuReplay& replay) {
        replay.take(window_);
        ++retaken_;
    }

    /// Whether there is no further mismatch up to the record at hand if an order is changed from a
    /// position on. Then that order is kept.
    bool works(std::int64_t from, const PercpuOrder& order, std::int64_t before) {
        const std::int64_t now = window_.position();
        failed_.reset();
        std::size_t i = saved_.size();
        while (i > 0 && saved_[i - 1]->position > from) --i;
        if (i == 0 || is_hopeless()) return false;
        const Saved& saved = *saved_[i - 1];
        auto trial = copy(saved.replay);
        trial->follow(order);
        std::deque<std::int64_t> races;
        if (!window_.go_to(saved.position)) return false;
        for (;;) {
            take(*trial);
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
    std::int64_t retaken_ = 0;
    std::int64_t next_save_ = 0;
};

}  // namespace

PercpuOrder find_percpu_order(RecordStream& stream, const RecordedPercpu& recorded,
                              const Choice<Depopulation>& depopulation) {
    return Search{stream, recorded, depopulation}.run();
}

}  // namespace pcpsim
