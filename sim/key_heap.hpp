#pragma once
// A 4-ary heap of event keys: half the levels of a binary one, and the children of a node share a
// cache line.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "sim/event_key.hpp"

namespace pcpsim {

class KeyHeap {
public:
    [[nodiscard]] bool empty() const { return keys_.empty(); }
    [[nodiscard]] std::size_t size() const { return keys_.size(); }
    /// The least key. Not empty.
    [[nodiscard]] EventKey front() const { return keys_.front(); }

    void push(EventKey key) {
        std::size_t hole = keys_.size();
        keys_.push_back(key);
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / 4;
            if (keys_[parent] < key) break;
            keys_[hole] = keys_[parent];
            hole = parent;
        }
        keys_[hole] = key;
    }

    /// Removes the least key. Not empty.
    void pop() {
        const EventKey last = keys_.back();
        keys_.pop_back();
        if (!keys_.empty()) sift_down(last);
    }

    /// Calls `visit(key)` for every key, in no useful order, and keeps none.
    template <class Visit>
    void drain(Visit visit) {
        for (const EventKey key : keys_) visit(key);
        keys_.clear();
    }

    /// Forgets every key for which `dead(key)`.
    template <class Predicate>
    void remove_if(Predicate dead) {
        keys_.erase(std::remove_if(keys_.begin(), keys_.end(), dead), keys_.end());
        std::sort(keys_.begin(), keys_.end());  // a sorted array is a heap
    }

private:
    /// Moves the hole at the root down to where `key` belongs. The choice among four children has
    /// no branch: it could not be predicted.
    void sift_down(EventKey key) {
        EventKey* const keys = keys_.data();
        const std::size_t size = keys_.size();
        std::size_t hole = 0;
        std::size_t first = 1;
        for (; first + 4 <= size; first = 4 * hole + 1) {
            const std::size_t left = first + (keys[first + 1] < keys[first]);
            const std::size_t right = first + 2 + (keys[first + 3] < keys[first + 2]);
            const std::size_t least = keys[right] < keys[left] ? right : left;
            if (key < keys[least]) {
                keys[hole] = key;
                return;
            }
            keys[hole] = keys[least];
            hole = least;
        }
        if (first < size) {
            const auto least =
                static_cast<std::size_t>(std::min_element(keys + first, keys + size) - keys);
            if (keys[least] < key) {
                keys[hole] = keys[least];
                hole = least;
            }
        }
        keys[hole] = key;
    }

    std::vector<EventKey> keys_;
};

}  // namespace pcpsim
