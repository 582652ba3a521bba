#include "models/mm/page_runs.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace pcpsim {
namespace {

/// Both runs as one, if the blocks of `back` go on where those of `front` end. A run of one block
/// takes any step.
std::optional<PageRun> joined(const PageRun& front, const PageRun& back) {
    using Step = std::numeric_limits<std::int32_t>;
    const std::int64_t gap = (back.first - front.last()).count();
    const bool fits = (front.count == 1 || front.step == gap) &&
                      (back.count == 1 || back.step == gap) && gap > Step::min() &&
                      gap <= Step::max() &&
                      back.count <= std::numeric_limits<std::uint32_t>::max() - front.count;
    if (!fits) return std::nullopt;
    return PageRun{front.first, front.count + back.count, static_cast<std::int32_t>(gap)};
}

}  // namespace

PageRuns& PageRuns::operator=(PageRuns&& other) noexcept {
    PageRuns moved{std::move(other)};
    swap(moved);
    return *this;
}

void PageRuns::push_head(PageRun pushed) {
    blocks_ += pushed.count;
    if (used_ != 0) {
        if (const auto both = joined(pushed, run(0))) {
            run(0) = *both;
            return;
        }
    }
    reserve_one();
    head_ = (head_ - 1) & mask_;
    ++used_;
    run(0) = pushed;
}

void PageRuns::push_tail(PageRun pushed) {
    blocks_ += pushed.count;
    if (used_ != 0) {
        if (const auto both = joined(run(used_ - 1), pushed)) {
            run(used_ - 1) = *both;
            return;
        }
    }
    reserve_one();
    run(used_++) = pushed;
}

void PageRuns::splice_tail(PageRuns& other) {
    if (empty()) return swap(other);
    for (const PageRun& moved : other) push_tail(moved);
    other.clear();
}

PageRun PageRuns::take_head(Blocks most) {
    PageRun& head = run(0);
    const auto count = std::min<std::int64_t>(most.count(), head.count);
    const PageRun taken = head.part(0, count);
    blocks_ -= count;
    if (taken.count == head.count)
        drop_head();
    else
        head = head.part(count, head.count - count);
    return taken;
}

PageRun PageRuns::take_tail(Blocks most) {
    PageRun& tail = run(used_ - 1);
    const auto count = std::min<std::int64_t>(most.count(), tail.count);
    const PageRun taken = tail.part(tail.count - count, count).reversed();
    blocks_ -= count;
    tail.count -= taken.count;
    if (tail.count == 0) --used_;
    return taken;
}

void PageRuns::clear() {
    blocks_ = 0;
    used_ = 0;
}

void PageRuns::swap(PageRuns& other) noexcept {
    std::swap(heap_, other.heap_);
    std::swap(blocks_, other.blocks_);
    std::swap(mask_, other.mask_);
    std::swap(head_, other.head_);
    std::swap(used_, other.used_);
    std::swap(inline_, other.inline_);
}

void PageRuns::grow() {
    const std::uint32_t capacity = 2 * (mask_ + 1);
    auto larger = std::make_unique<PageRun[]>(capacity);
    for (std::uint32_t i = 0; i < used_; ++i) larger[i] = run(i);
    heap_ = std::move(larger);
    mask_ = capacity - 1;
    head_ = 0;
}

}  // namespace pcpsim
