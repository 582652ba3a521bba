#include "sim/event_queue.hpp"

#include <algorithm>
#include <functional>

namespace pcpsim {

void EventQueue::add_slot() {
    PCPSIM_CHECK(slots_.size() < none, "more than 2^24 events are pending");
    slots_.push_back(Slot{{nullptr, nullptr, none}, 0});
    free_slot_ = static_cast<std::uint32_t>(slots_.size() - 1);
}

void EventQueue::cancel(EventHandle& handle) {
    const std::uint64_t stamp = std::exchange(handle, EventHandle{}).stamp_;
    if (stamp == 0 || slots_[slot_of(stamp)].stamp != stamp) return;
    slots_[slot_of(stamp)].stamp = 0;
    --live_;
    ++cancelled_;
    purge_if_many();
}

void EventQueue::add_to_front(EventKey key) {
    heap_.push(key);
    if (heap_.size() > heap_max && next_number_ >= may_draw_back_at_) draw_front_back();
}

void EventQueue::sort_run() {
    std::sort(run_.begin(), run_.end(), std::greater<>{});
    front_end_ = time_of(run_.front());
}

/// Moves on to the next events in the buckets when the front is used up; false if there are none.
bool EventQueue::refill_run() {
    const auto take = [this](EventKey key) { run_.push_back(key); };
    if (buckets_.size() <= run_max) {
        while (!buckets_.empty()) buckets_.take_first(take);
        if (!run_.empty()) sort_run();
        front_end_ = ~std::uint64_t{0};
        return !run_.empty();
    }
    while (buckets_.first_count() > run_max && !buckets_.first_is_one_instant()) {
        front_end_ = buckets_.first_start();
        buckets_.take_first([this](EventKey key) { buckets_.add(key, front_end_); });
    }
    buckets_.take_first(take);
    sort_run();
    return true;
}

/// Too much is in the heap because the front reaches too far. Keeps what is due first; the rest,
/// and the buckets that lie between the new end of the front and the old one, go to buckets again.
/// That touches every event at worst, so it is not done again before as many have been scheduled.
void EventQueue::draw_front_back() {
    may_draw_back_at_ = next_number_ + entries();
    heap_.drain([this](EventKey key) { run_.push_back(key); });
    const auto last = run_.end() - run_max;
    std::nth_element(run_.begin(), last, run_.end(), std::greater<>{});
    const std::uint64_t end = time_of(*last);
    if (end < front_end_) {
        const auto add = [&](EventKey key) { buckets_.add(key, end); };
        buckets_.take_below(front_end_, end, add);
        const auto kept = std::partition(run_.begin(), run_.end(),
                                         [&](EventKey key) { return time_of(key) > end; });
        std::for_each(run_.begin(), kept, add);
        run_.erase(run_.begin(), kept);
        front_end_ = end;
    }
    std::sort(run_.begin(), run_.end(), std::greater<>{});
}

/// Forgets the cancelled entries, so that they never outnumber the live ones by much.
void EventQueue::purge() {
    const auto dead = [this](EventKey key) {
        if (slots_[slot_of(key)].stamp != 0) return false;
        free_slot(slot_of(key));
        return true;
    };
    run_.erase(std::remove_if(run_.begin(), run_.end(), dead), run_.end());
    heap_.remove_if(dead);
    buckets_.remove_if(front_end_, dead);
    cancelled_ = 0;
}

}  // namespace pcpsim
