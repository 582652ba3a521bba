#pragma once
// Pending events in the order of an instant: time, then phase, then number.
//
// One 128-bit key holds (time | phase and number | slot), so one comparison is the total order.
// Events of an instant carry their schedule number; progress boundaries carry their processor's
// number with the top bit set, so they come after every event of the same instant and in processor
// order. Records live in a slot pool; nothing is allocated once the pool has grown to the working
// size.
#include <cstdint>
#include <vector>

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
    std::uint32_t slot_ = 0;
    std::uint64_t stamp_ = 0;  // 0: none
};

class EventQueue {
public:
    struct Event {
        Action action;
        void* object;
        std::uint64_t argument;
    };

    /// An event at `time`, after all events of that time scheduled before it.
    EventHandle schedule(Time time, Event event);
    /// A progress boundary of processor `index` (below 2^20) at `time`.
    EventHandle schedule_boundary(Time time, std::uint32_t index, Event event);
    /// Forgets the event, if it has not fired yet, and clears the handle.
    void cancel(EventHandle& handle);

    [[nodiscard]] bool empty() const { return live_ == 0; }
    [[nodiscard]] std::size_t size() const { return live_; }
    /// Entries held, cancelled ones included: at most 2 x size() + 64.
    [[nodiscard]] std::size_t entries() const { return heap_.size(); }
    /// Time of the next event; Time::max() when empty.
    [[nodiscard]] Time next_time();
    /// Whether the next event is a progress boundary. Not empty.
    [[nodiscard]] bool next_is_boundary() const {
        return (number_of(heap_.front()) & boundary_bit) != 0;
    }
    /// Removes and returns the next event. Not empty; call next_time() first.
    Event pop();

private:
    __extension__ using Key = unsigned __int128;
    struct Slot {
        Event event;
        std::uint64_t stamp = 0;  // 0 while the slot is free or its event is cancelled
    };
    static constexpr int slot_bits = 24;
    static constexpr int number_bits = 40;
    static constexpr std::uint64_t boundary_bit = std::uint64_t{1} << (number_bits - 1);

    static std::uint64_t number_of(Key key) {
        return static_cast<std::uint64_t>(key >> slot_bits) &
               ((std::uint64_t{1} << number_bits) - 1);
    }
    static std::uint32_t slot_of(Key key) {
        return static_cast<std::uint32_t>(key) & ((std::uint32_t{1} << slot_bits) - 1);
    }
    EventHandle insert(Time time, std::uint64_t number, Event event);
    void drop_cancelled_front();
    void purge();
    void sift_up(std::size_t hole, Key key);
    void sift_down(std::size_t hole, Key key);
    Key remove_front();

    std::vector<Key> heap_;  // 4-ary
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::size_t live_ = 0;
    std::uint64_t next_number_ = 0;
    std::uint64_t next_stamp_ = 1;
};

}  // namespace pcpsim
