#include "models/kernel/page_owners.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

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

/// Makes [first, end) owned by nobody, cutting what reaches over its ends. `at` is the first range
/// that does not begin before it; returns the first one behind it.
PageOwners::Ranges::iterator PageOwners::cut(Ranges::iterator at, Pfn first, Pfn end) {
    if (at != ranges_.begin()) {
        Range& before = std::prev(at)->second;
        const Pfn reached = before.end;
        before.end = std::min(reached, first);
        if (reached > end) return ranges_.emplace_hint(at, end, Range{reached, before.owner});
    }
    while (at != ranges_.end() && at->second.end <= end) at = ranges_.erase(at);
    if (at == ranges_.end() || at->first >= end) return at;
    auto rest = ranges_.extract(at++);
    rest.key() = end;
    return ranges_.insert(at, std::move(rest));
}

void PageOwners::freed(const PageRun& run, Order order, CpuId cpu) {
    for_each_span(run, order, [&](Span span) {
        const auto at = ranges_.lower_bound(span.first);
        if (at != ranges_.end() && at->first == span.first && at->second.end == span.end)
            at->second.owner = cpu;
        else
            ranges_.emplace_hint(cut(at, span.first, span.end), span.first, Range{span.end, cpu});
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
        cut(ranges_.lower_bound(span.first), span.first, span.end);
    });
    return fetched;
}

}  // namespace pcpsim
