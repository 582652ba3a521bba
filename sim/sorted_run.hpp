#pragma once
// Event keys in ascending order, consumed from the front. Inserting moves up to half of them, so it
// is for a few; a long run is added unsorted and then sorted.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "sim/event_key.hpp"

namespace pcpsim {

class SortedRun {
public:
    SortedRun() = default;
    SortedRun(const SortedRun&) = delete;
    SortedRun& operator=(const SortedRun&) = delete;

    [[nodiscard]] bool empty() const { return first_ == end_; }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end_ - first_); }
    /// The least and the greatest key. Not empty.
    [[nodiscard]] EventKey front() const { return *first_; }
    [[nodiscard]] EventKey back() const { return end_[-1]; }
    /// The key that `index` others precede.
    [[nodiscard]] EventKey at(std::size_t index) const { return first_[index]; }
    void pop_front() { ++first_; }

    /// The shorter part makes way; at the front there is room where keys have been consumed.
    void insert(EventKey key) {
        if (size() < 4 || first_ == keys_.data() || first_[size() / 2] < key)
            return insert_late(key);
        EventKey* hole = --first_;
        for (; before(hole[1], key); ++hole) *hole = hole[1];
        *hole = key;
    }
    /// The same for a key that is probably among the greatest, or one of few.
    void insert_late(EventKey key) {
        if (end_ == limit_) make_room();
        EventKey* hole = end_++;
        for (; hole != first_ && before(key, hole[-1]); --hole) *hole = hole[-1];
        *hole = key;
    }
    /// To be followed by sort() before anything else.
    void add_unsorted(EventKey key) {
        if (end_ == limit_) make_room();
        *end_++ = key;
    }
    void sort() { std::sort(first_, end_); }
    /// Calls `visit(key)` for every key from `first` on, in ascending order, and keeps none of
    /// them.
    template <class Visit>
    void cut(EventKey first, Visit visit) {
        EventKey* const cut = std::lower_bound(first_, end_, first);
        std::for_each(cut, end_, visit);
        end_ = cut;
    }
    /// Forgets every key for which `dead(key)`.
    template <class Predicate>
    void remove_if(Predicate dead) {
        end_ = std::remove_if(first_, end_, dead);
    }

private:
    /// The order of keys; their times nearly always decide.
    static bool before(EventKey a, EventKey b) {
        if (time_of(a) != time_of(b)) [[likely]]
            return time_of(a) < time_of(b);
        return a < b;
    }
    /// Moves the keys to the beginning, of a larger array if they would soon be back at the end.
    void make_room() {
        const std::size_t count = size();
        if (4 * count >= keys_.size()) {
            std::vector<EventKey> larger(std::max<std::size_t>(128, 2 * keys_.size()));
            std::copy(first_, end_, larger.begin());
            keys_.swap(larger);
        } else {
            std::copy(first_, end_, keys_.begin());
        }
        first_ = keys_.data();
        end_ = first_ + count;
        limit_ = first_ + keys_.size();
    }

    std::vector<EventKey> keys_;  ///< the room; what is kept lies within
    EventKey* first_ = nullptr;
    EventKey* end_ = nullptr;
    EventKey* limit_ = nullptr;
};

}  // namespace pcpsim
