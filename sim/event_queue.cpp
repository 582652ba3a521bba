#include "sim/event_queue.hpp"

#include <algorithm>

#include "sim/check.hpp"

namespace pcpsim {

EventHandle EventQueue::schedule(Time time, Event event) {
    PCPSIM_CHECK(next_number_ < boundary_bit, "event numbers are used up");
    return insert(time, next_number_++, event);
}

EventHandle EventQueue::schedule_boundary(Time time, std::uint32_t index, Event event) {
    return insert(time, boundary_bit | index, event);
}

EventHandle EventQueue::insert(Time time, std::uint64_t number, Event event) {
    std::uint32_t slot;
    if (free_slots_.empty()) {
        slot = static_cast<std::uint32_t>(slots_.size());
        PCPSIM_CHECK(slot < (1U << slot_bits), "more than 2^24 events are pending");
        slots_.push_back(Slot{});
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
    }
    slots_[slot].event = event;
    slots_[slot].stamp = next_stamp_;
    const auto ticks = static_cast<std::uint64_t>(time.since_start().count());
    const Key key = (Key{ticks} << 64) | (Key{number} << slot_bits) | slot;
    heap_.push_back(key);
    sift_up(heap_.size() - 1, key);
    ++live_;
    EventHandle handle;
    handle.slot_ = slot;
    handle.stamp_ = next_stamp_++;
    return handle;
}

void EventQueue::cancel(EventHandle& handle) {
    if (handle && slots_[handle.slot_].stamp == handle.stamp_) {
        slots_[handle.slot_].stamp = 0;
        --live_;
        if (heap_.size() > 2 * live_ + 64) purge();
    }
    handle = EventHandle{};
}

Time EventQueue::next_time() {
    drop_cancelled_front();
    if (heap_.empty()) return Time::max();
    return Time{
        Duration{static_cast<std::int64_t>(static_cast<std::uint64_t>(heap_.front() >> 64))}};
}

EventQueue::Event EventQueue::pop() {
    const std::uint32_t slot = slot_of(remove_front());
    slots_[slot].stamp = 0;
    free_slots_.push_back(slot);
    --live_;
    return slots_[slot].event;
}

void EventQueue::drop_cancelled_front() {
    while (!heap_.empty() && slots_[slot_of(heap_.front())].stamp == 0)
        free_slots_.push_back(slot_of(remove_front()));
}

/// Rebuilds the heap without cancelled entries, so that they never outnumber the live ones by much.
void EventQueue::purge() {
    std::size_t kept = 0;
    for (const Key key : heap_) {
        if (slots_[slot_of(key)].stamp == 0)
            free_slots_.push_back(slot_of(key));
        else
            heap_[kept++] = key;
    }
    heap_.resize(kept);
    std::sort(heap_.begin(), heap_.end());  // a sorted array is a heap, and the order is total
}

void EventQueue::sift_up(std::size_t hole, Key key) {
    while (hole > 0) {
        const std::size_t parent = (hole - 1) / 4;
        if (heap_[parent] < key) break;
        heap_[hole] = heap_[parent];
        hole = parent;
    }
    heap_[hole] = key;
}

void EventQueue::sift_down(std::size_t hole, Key key) {
    const std::size_t size = heap_.size();
    for (;;) {
        const std::size_t first = 4 * hole + 1;
        if (first >= size) break;
        const std::size_t last = std::min(first + 4, size);
        std::size_t least = first;
        for (std::size_t child = first + 1; child < last; ++child)
            if (heap_[child] < heap_[least]) least = child;
        if (key < heap_[least]) break;
        heap_[hole] = heap_[least];
        hole = least;
    }
    heap_[hole] = key;
}

EventQueue::Key EventQueue::remove_front() {
    const Key front = heap_.front();
    const Key last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(0, last);
    return front;
}

}  // namespace pcpsim
