#pragma once
// Pending events in the order of an instant: time, then phase, then number.
//
// Events of an instant carry their schedule number; progress boundaries carry their processor's
// number with the top bit set, so they come after every event of the same instant and in processor
// order.
//
//   now        front_end_                                          time ->
//    |  run_ + heap_  |              buckets_
//
// What is due up to front_end_ is in front: a short sorted run, and a heap should it become long.
// The rest waits in buckets and is looked at again when the front is used up. A few events live in
// the run alone; should many gather in front, its end is drawn back. Neither the number of events
// nor their distances need be known, and no mix of them costs more than the logarithm of a heap.
//
// Records live in a slot pool; nothing is allocated once the pools have grown to the working size.
#include <cstdint>
#include <vector>

#include "sim/check.hpp"
#include "sim/event_key.hpp"
#include "sim/key_heap.hpp"
#include "sim/sorted_run.hpp"
#include "sim/time_buckets.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// What an event does: a plain function with its object and one argument.
using Action = void (*)(void* object, std::uint64_t argument);

/// Names a scheduled event until it fires or is cancelled. A default-constructed handle names none.
class EventHandle {
public:
    EventHandle() = default;
    explicit operator bool() const { return stamp_ != 0; }

private:
    friend class EventQueue;
    explicit EventHandle(std::uint64_t stamp) : stamp_{stamp} {}
    std::uint64_t stamp_ = 0;  ///< schedule number and slot; 0 is none
};

class EventQueue {
public:
    struct Event {
        Action action;
        void* object;
        std::uint64_t argument;
    };

    /// An event at `time`, after all events of that time scheduled before it.
    EventHandle schedule(Time time, Event event) { return insert(time, next_number_, event); }
    /// A progress boundary of processor `index` (below 2^20) at `time`.
    EventHandle schedule_boundary(Time time, std::uint32_t index, Event event) {
        return insert(time, boundary_bit | index, event);
    }
    /// Forgets the event, if it has not fired yet, and clears the handle.
    void cancel(EventHandle& handle);

    [[nodiscard]] bool empty() const { return live_ == 0; }
    [[nodiscard]] std::size_t size() const { return live_; }
    /// Entries held, cancelled ones included: at most 2 x size() + 64.
    [[nodiscard]] std::size_t entries() const { return live_ + cancelled_; }
    /// Time of the next event; Time::max() when empty.
    [[nodiscard]] Time next_time() {
        return find_next() ? Time{Duration{static_cast<std::int64_t>(time_of(next_))}}
                           : Time::max();
    }
    /// Whether the next event is a progress boundary. Call next_time() first; not empty.
    [[nodiscard]] bool next_is_boundary() const { return (order_of(next_) & boundary_bit) != 0; }
    /// Removes and returns the next event. Call next_time() first; not empty.
    Event pop() {
        const std::uint32_t slot = slot_of(next_);
        const Event event = slots_[slot].event;
        remove_next();
        free_slot(slot);
        --live_;
        purge_if_many();
        return event;
    }

private:
    struct Slot {
        Event event;          ///< of a free slot the argument is the next free one
        std::uint64_t stamp;  ///< 0 while the slot is free or its event is cancelled
    };
    static constexpr std::uint64_t boundary_bit = std::uint64_t{1} << (event_order_bits - 1);
    static constexpr std::uint32_t none = std::uint32_t{1} << event_slot_bits;
    /// A bucket of at most so many is sorted rather than divided.
    static constexpr std::size_t bucket_max = 24;
    /// A run of fewer is short enough to insert into.
    static constexpr std::size_t run_max = 32;

    EventHandle insert(Time time, std::uint64_t order, Event event) {
        PCPSIM_CHECK(next_number_ < boundary_bit, "event numbers are used up");
        if (free_slot_ == none) add_slot();
        const std::uint32_t slot = free_slot_;
        Slot& record = slots_[slot];
        free_slot_ = static_cast<std::uint32_t>(record.event.argument);
        record.event = event;
        record.stamp = next_number_++ << event_slot_bits | slot;
        ++live_;
        const auto ticks = static_cast<std::uint64_t>(time.since_start().count());
        const EventKey key = make_event_key(ticks, order, slot);
        if (ticks > front_end_)
            buckets_.add(key, front_end_);
        else
            add_to_front(key);
        return EventHandle{record.stamp};
    }
    /// Finds the next event that is not cancelled; false if there is none.
    bool find_next() {
        for (;;) {
            if (run_.empty() && heap_.empty() && !refill_run()) return false;
            next_in_heap_ = !heap_.empty() && (run_.empty() || heap_.front() < run_.front());
            next_ = next_in_heap_ ? heap_.front() : run_.front();
            if (slots_[slot_of(next_)].stamp != 0) return true;
            remove_next();
            free_slot(slot_of(next_));
            --cancelled_;
        }
    }
    void remove_next() {
        if (next_in_heap_)
            heap_.pop();
        else
            run_.pop_front();
    }
    void free_slot(std::uint32_t slot) {
        slots_[slot].event.argument = free_slot_;
        slots_[slot].stamp = 0;
        free_slot_ = slot;
    }
    void add_to_front(EventKey key) {
        if (run_.size() < run_max)
            run_.insert(key);
        else
            add_to_heap(key);
    }
    void add_slot();
    void add_to_heap(EventKey key);
    bool refill_run();
    void draw_front_back();
    void purge_if_many() {
        if (cancelled_ > live_ + 64) purge();
    }
    void purge();

    SortedRun run_;
    KeyHeap heap_;
    TimeBuckets buckets_;
    std::uint64_t front_end_ = ~std::uint64_t{0};  ///< the origin of the buckets
    EventKey next_ = 0;
    bool next_in_heap_ = false;
    std::vector<Slot> slots_;
    std::uint32_t free_slot_ = none;
    std::size_t live_ = 0;
    std::size_t cancelled_ = 0;
    std::uint64_t next_number_ = 1;
    std::uint64_t may_draw_back_at_ = 0;  ///< a schedule number
};

}  // namespace pcpsim
