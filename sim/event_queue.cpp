#include "sim/event_queue.hpp"

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

void EventQueue::add_to_heap(EventKey key) {
    heap_.push(key);
    if (next_number_ >= may_draw_back_at_) draw_front_back();
}

/// Moves on to the next events in the buckets when the front is used up; false if there are none.
bool EventQueue::refill_run() {
    const auto to_run = [this](EventKey key) { run_.insert_late(key); };
    if (buckets_.size() <= bucket_max) {
        while (!buckets_.empty()) buckets_.take(buckets_.first(), to_run);
        front_end_ = ~std::uint64_t{0};
        return !run_.empty();
    }
    for (;;) {
        const std::size_t bucket = buckets_.first();
        if (run_.size() + buckets_.count(bucket) <= bucket_max) {
            // There are more in the buckets altogether, so this is not the last one.
            buckets_.take(bucket, to_run);
        } else if (!run_.empty()) {
            break;
        } else if (TimeBuckets::is_one_instant(bucket)) {
            buckets_.take(bucket, [this](EventKey key) { run_.add_unsorted(key); });
            run_.sort();
            break;
        } else {
            const std::uint64_t origin = buckets_.start(bucket);
            buckets_.take(bucket, [&](EventKey key) { buckets_.add(key, origin); });
        }
    }
    front_end_ = time_of(run_.back());
    return true;
}

/// The front reaches too far, so that too much is in it. Keeps what is due first; the rest, and the
/// buckets that lie between the new end of the front and the old one, go to buckets again. That
/// touches every event at worst, so it is not done again before as many have been scheduled.
void EventQueue::draw_front_back() {
    may_draw_back_at_ = next_number_ + entries();
    heap_.drain([this](EventKey key) { run_.add_unsorted(key); });
    run_.sort();
    const std::uint64_t end = time_of(run_.at(bucket_max));
    if (end == front_end_) return;
    const auto add = [&](EventKey key) { buckets_.add(key, end); };
    buckets_.take_below(front_end_, end, add);
    run_.cut(make_event_key(end + 1, 0, 0), add);
    front_end_ = end;
}

/// Forgets the cancelled entries, so that they never outnumber the live ones by much.
void EventQueue::purge() {
    const auto dead = [this](EventKey key) {
        if (slots_[slot_of(key)].stamp != 0) return false;
        free_slot(slot_of(key));
        return true;
    };
    run_.remove_if(dead);
    heap_.remove_if(dead);
    buckets_.remove_if(front_end_, dead);
    cancelled_ = 0;
}

}  // namespace pcpsim
