#include "models/kernel/page_owners.hpp"

#include <algorithm>
#include <cstdlib>

namespace pcpsim {
namespace {

struct Span {
    Pfn first, end;
};

/// The pages of a run: one span if its blocks are neighbours, otherwise one for each block.
template <class Visit>
void for_each_span(const PageRun& run, Order order, Visit visit) {
    const Pages size = order.pages();
    if (run.count > 1 && Pages{std::abs(std::int64_t{run.step})} == size) {
        visit(Span{std::min(run.first, run.last()), std::max(run.first, run.last()) + size});
        return;
    }
    for (std::int64_t i = 0; i < std::int64_t{run.count}; ++i)
        visit(Span{run.at(i), run.at(i) + size});
}

/// Blocks of this size that begin below `end`, the first one at `first`.
std::int64_t begun_below(Pfn end, Pfn first, Pages size) {
    return (end - first + size - Pages{1}) / size;
}

}  // namespace

/// Makes [first, end) owned by nobody, splitting what reaches over its ends.
void PageOwners::cut(Pfn first, Pfn end) {
    auto at = ranges_.upper_bound(first);
    if (at != ranges_.begin()) --at;
    while (at != ranges_.end() && at->first < end) {
        const Pfn begin = at->first;
        const Range range = at->second;
        if (range.end <= first) {
            ++at;
            continue;
        }
        at = ranges_.erase(at);
        if (begin < first) ranges_.emplace(begin, Range{first, range.owner});
        if (end < range.end) at = ranges_.emplace(end, Range{range.end, range.owner}).first;
    }
}

void PageOwners::freed(const PageRun& run, Order order, CpuId cpu) {
    for_each_span(run, order, [&](Span span) {
        cut(span.first, span.end);
        ranges_.emplace(span.first, Range{span.end, cpu});
    });
}

Duration PageOwners::taken(const PageRun& run, Order order, CpuId cpu) {
    Duration fetched;
    if (ranges_.empty()) return fetched;
    for_each_span(run, order, [&](Span span) {
        auto at = ranges_.upper_bound(span.first);
        if (at != ranges_.begin()) --at;
        for (; at != ranges_.end() && at->first < span.end; ++at) {
            const Pfn begin = std::max(at->first, span.first);
            const Pfn end = std::min(at->second.end, span.end);
            if (begin >= end) continue;
            const std::int64_t blocks = begun_below(end, span.first, order.pages()) -
                                        begun_below(begin, span.first, order.pages());
            fetched += interconnect_.transfer(at->second.owner, cpu) * blocks;
        }
        cut(span.first, span.end);
    });
    return fetched;
}

}  // namespace pcpsim
