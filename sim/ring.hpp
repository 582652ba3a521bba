#pragma once
// A FIFO in a circular array that grows when full and never shrinks.
#include <cstddef>
#include <vector>

namespace pcpsim {

template <class T>
class Ring {
public:
    [[nodiscard]] bool empty() const { return first_ == end_; }
    void push_back(const T& item) {
        if (end_ - first_ == items_.size()) grow();
        items_[end_++ & (items_.size() - 1)] = item;
    }
    /// Removes and returns the oldest. Not empty.
    T pop_front() { return items_[first_++ & (items_.size() - 1)]; }

private:
    void grow() {
        std::vector<T> larger(items_.empty() ? 16 : 2 * items_.size());
        for (std::size_t i = first_; i != end_; ++i)
            larger[i - first_] = items_[i & (items_.size() - 1)];
        end_ -= first_;
        first_ = 0;
        items_.swap(larger);
    }

    std::vector<T> items_;  ///< a power of two of them
    std::size_t first_ = 0;
    std::size_t end_ = 0;
};

}  // namespace pcpsim
