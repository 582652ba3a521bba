#pragma once
// A FIFO in a circular array that grows when full and never shrinks.
#include <cstddef>
#include <vector>

namespace pcpsim {

template <class T>
class Ring {
public:
    Ring() : items_(16) {}
    [[nodiscard]] bool empty() const { return first_ == end_; }
    void push_back(const T& item) {
        items_[end_] = item;
        end_ = (end_ + 1) & mask_;
        if (end_ == first_) grow();
    }
    /// Removes and returns the oldest. Not empty.
    T pop_front() {
        const std::size_t first = first_;
        first_ = (first + 1) & mask_;
        return items_[first];
    }

private:
    void grow() {
        std::vector<T> larger;
        larger.reserve(2 * items_.size());
        for (std::size_t i = 0; i <= mask_; ++i) larger.push_back(items_[(first_ + i) & mask_]);
        first_ = 0;
        end_ = larger.size();
        larger.resize(2 * items_.size());
        items_.swap(larger);
        mask_ = items_.size() - 1;
    }

    std::vector<T> items_;  ///< a power of two of them, one at least unused
    std::size_t mask_ = items_.size() - 1;
    std::size_t first_ = 0;
    std::size_t end_ = 0;
};

}  // namespace pcpsim
