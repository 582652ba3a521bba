#pragma once
// A page list as the kernel keeps it, head to tail, held as runs of evenly spaced blocks.
//
//   pages  7 8 9 | 40 36 32      first  7, count 3, step  1
//          head       tail       first 40, count 3, step -4
//
// Pages of a list are mostly neighbours (refilled ascending, freed in either direction), so memory
// goes with the number of runs. The list says nothing of the size of its blocks: its owner knows.
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

#include "models/mm/page.hpp"

namespace pcpsim {

/// `count` blocks at first, first + step, first + 2 step, ... in list order.
struct PageRun {
    Pfn first;
    std::uint32_t count = 0;
    std::int32_t step = 0;  ///< in pages; of no meaning while count is 1

    [[nodiscard]] Blocks blocks() const { return Blocks{count}; }
    [[nodiscard]] Pfn at(std::int64_t index) const { return first + Pages{step * index}; }
    [[nodiscard]] Pfn last() const { return at(std::int64_t{count} - 1); }
    /// The same blocks, last first.
    [[nodiscard]] PageRun reversed() const { return {last(), count, -step}; }
    /// The blocks from `index` on, at most `blocks` of them.
    [[nodiscard]] PageRun part(std::int64_t index, std::int64_t blocks) const {
        return {at(index), static_cast<std::uint32_t>(blocks), step};
    }
    bool operator==(const PageRun&) const = default;

private:
    friend class PageRuns;
    /// Whether the step is settled, `block` is the `expected` one, and there is room.
    [[nodiscard]] bool goes_on(Pfn expected, Pfn block) const {
        return block == expected && count > 1 && count != UINT32_MAX;
    }
};

/// A sequence of blocks with cheap ends. Pushing and taking at either end is O(1) whatever the size
/// of the run, and allocates only when the list holds more runs than ever before.
/// How the blocks are cut into runs follows from the history; the sequence alone has meaning.
class PageRuns {
public:
    class Iterator;

    PageRuns() = default;
    PageRuns(PageRuns&& other) noexcept { swap(other); }
    PageRuns& operator=(PageRuns&& other) noexcept;
    PageRuns(const PageRuns&) = delete;
    PageRuns& operator=(const PageRuns&) = delete;
    ~PageRuns() = default;

    [[nodiscard]] bool empty() const { return used_ == 0; }
    [[nodiscard]] Blocks size() const { return Blocks{blocks_}; }
    [[nodiscard]] std::size_t run_count() const { return used_; }
    /// Runs in list order.
    [[nodiscard]] Iterator begin() const;
    [[nodiscard]] Iterator end() const;

    void push_head(Pfn block);
    void push_tail(Pfn block);
    /// The whole run in its own order; it is not empty.
    void push_head(PageRun run);
    void push_tail(PageRun run);
    /// Moves every block of `other` behind the last one.
    void splice_tail(PageRuns& other);

    /// The list is not empty.
    Pfn pop_head();
    /// Up to `most` blocks of the first run, head first. The list is not empty, most is positive.
    PageRun take_head(Blocks most);
    /// Up to `most` blocks of the last run in the order of leaving: the tail first.
    PageRun take_tail(Blocks most);

    void clear();
    void swap(PageRuns& other) noexcept;

private:
    static constexpr std::uint32_t inline_runs = 2;

    [[nodiscard]] PageRun* runs() { return heap_ ? heap_.get() : inline_; }
    [[nodiscard]] const PageRun* runs() const { return heap_ ? heap_.get() : inline_; }
    [[nodiscard]] PageRun& run(std::uint32_t index) { return runs()[(head_ + index) & mask_]; }
    [[nodiscard]] const PageRun& run(std::uint32_t index) const {
        return runs()[(head_ + index) & mask_];
    }
    void drop_head() { head_ = (head_ + 1) & mask_, --used_; }
    void reserve_one() {
        if (used_ > mask_) [[unlikely]]
            grow();
    }
    void grow();

    // A ring of mask_ + 1 places, a power of two; it never shrinks.
    std::unique_ptr<PageRun[]> heap_;
    std::int64_t blocks_ = 0;
    std::uint32_t mask_ = inline_runs - 1;
    std::uint32_t head_ = 0;
    std::uint32_t used_ = 0;
    PageRun inline_[inline_runs];
};

class PageRuns::Iterator {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = PageRun;
    using difference_type = std::ptrdiff_t;
    using pointer = const PageRun*;
    using reference = const PageRun&;

    Iterator() = default;
    reference operator*() const { return list_->run(index_); }
    pointer operator->() const { return &list_->run(index_); }
    Iterator& operator++() { return ++index_, *this; }
    Iterator operator++(int) { return {list_, index_++}; }
    bool operator==(const Iterator&) const = default;

private:
    friend class PageRuns;
    Iterator(const PageRuns* list, std::uint32_t index) : list_{list}, index_{index} {}

    const PageRuns* list_ = nullptr;
    std::uint32_t index_ = 0;
};

inline PageRuns::Iterator PageRuns::begin() const { return {this, 0}; }
inline PageRuns::Iterator PageRuns::end() const { return {this, used_}; }

// One page at a time is what a simulated CPU does most, and usually the page is the next of its
// run.
inline void PageRuns::push_head(Pfn block) {
    if (PageRun& head = run(0); used_ != 0 && head.goes_on(head.at(-1), block)) {
        head.first = block;
        ++head.count, ++blocks_;
    } else {
        push_head(PageRun{block, 1, 0});
    }
}

inline void PageRuns::push_tail(Pfn block) {
    if (PageRun& tail = run(used_ - 1); used_ != 0 && tail.goes_on(tail.at(tail.count), block))
        ++tail.count, ++blocks_;
    else
        push_tail(PageRun{block, 1, 0});
}

inline Pfn PageRuns::pop_head() {
    PageRun& head = run(0);
    const Pfn block = head.first;
    --blocks_;
    if (--head.count == 0)
        drop_head();
    else
        head.first = head.at(1);
    return block;
}

}  // namespace pcpsim
