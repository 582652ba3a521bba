#include "models/mm/census.hpp"

#include <algorithm>

#include "sim/check.hpp"

namespace pcpsim {
namespace {

constexpr std::uint64_t word_bits = 64;

}  // namespace

Census::Census(const Memory& memory) : memory_{memory} {
    const ZoneSpan& last = memory.zones().back().span();
    const auto frames = static_cast<std::uint64_t>((last.start + last.spanned).number());
    counted_.resize(frames / word_bits + 1);
    const PageGeometry& geometry = memory.spec().geometry;
    for (const Zone& zone : memory.zones()) {
        for (int order = 0; order <= geometry.max_order.number(); ++order)
            for (std::size_t type = 0; type < migrate_types; ++type)
                for (const Pfn block :
                     zone.buddy().free_list(Order{order}, static_cast<MigrateType>(type)))
                    mark(block, Order{order}.pages());
        for (std::size_t cpu = 0; cpu < zone.cpus(); ++cpu) count(zone.pcplist(CpuId{cpu}).lists());
    }
}

void Census::count(const PcpLists& lists) {
    const PcpLayout& layout = lists.layout();
    for (std::size_t i = 0; i < layout.lists(); ++i)
        for (const PageRun& run : lists.list(layout.order(i), layout.type(i)))
            count(run, layout.order(i));
}

void Census::count(const PageRun& run, Order order) {
    if (run.count == 1 || run.step == order.pages().count())
        return mark(run.first, order.pages() * run.count);
    for (std::int64_t i = 0; i < run.count; ++i) mark(run.at(i), order.pages());
}

/// Pages of the 64 whose word `at` is in.
inline void Census::mark(std::uint64_t at, std::uint64_t pages) {
    std::uint64_t& word = counted_[at / word_bits];
    PCPSIM_CHECK((word & pages) == 0,
                 "conservation: a page of the 64 from " +
                     to_string(Pfn{static_cast<std::int64_t>(at - at % word_bits)}) +
                     " has two owners");
    word |= pages;
}

void Census::mark(Pfn first, Pages pages) {
    total_ += pages;
    auto at = static_cast<std::uint64_t>(first.number());
    const std::uint64_t end = at + static_cast<std::uint64_t>(pages.count());
    while (at < end) {
        const std::uint64_t bit = at % word_bits;
        const std::uint64_t bits = std::min(word_bits - bit, end - at);
        mark(at, ~std::uint64_t{0} >> (word_bits - bits) << bit);
        at += bits;
        for (; end - at >= word_bits; at += word_bits) mark(at, ~std::uint64_t{0});
    }
}

void Census::finish() const {
    PCPSIM_CHECK(total_ == memory_.managed(),
                 "conservation: " + to_string(memory_.managed() - total_) + " of " +
                     to_string(memory_.managed()) + " have no owner");
}

}  // namespace pcpsim
