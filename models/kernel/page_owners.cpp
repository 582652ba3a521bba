#include "models/kernel/page_owners.hpp"

#include <algorithm>

namespace pcpsim {
namespace {

struct Span {
    Pfn first, end;
};

/// The pages between the lowest and the highest of the run; runs are gapless except by rare steps.
Span span_of(const PageRun& run, Order order) {
    return {std::min(run.first, run.last()), std::max(run.first, run.last()) + order.pages()};
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
    const Span span = span_of(run, order);
    cut(span.first, span.end);
    ranges_.emplace(span.first, Range{span.end, cpu});
}

Duration PageOwners::taken(const PageRun& run, Order order, CpuId cpu) {
    if (ranges_.empty()) return {};
    const Span span = span_of(run, order);
    Duration fetched;
    auto at = ranges_.upper_bound(span.first);
    if (at != ranges_.begin()) --at;
    for (; at != ranges_.end() && at->first < span.end; ++at) {
        const Pfn begin = std::max(at->first, span.first);
        const Pfn end = std::min(at->second.end, span.end);
        if (begin >= end) continue;
        const std::int64_t blocks = (end - begin).count() / order.pages().count();
        fetched += interconnect_.transfer(at->second.owner, cpu) * blocks;
    }
    cut(span.first, span.end);
    return fetched;
}

}  // namespace pcpsim
