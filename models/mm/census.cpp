#include "models/mm/census.hpp"

#include <algorithm>

#include "sim/check.hpp"

namespace pcpsim {
namespace {

constexpr std::uint64_t word_bits = 64;
/// As many page frames as a block of max order usually has, so that most are counted at once.
constexpr std::uint64_t section = 1024;

void check_unowned(bool unowned, std::uint64_t at, std::uint64_t pages) {
    PCPSIM_CHECK(unowned, "conservation: a page of the " + std::to_string(pages) + " from " +
                              to_string(Pfn{static_cast<std::int64_t>(at)}) + " has two owners");
}

}  // namespace

Census::Census(const Memory& memory) : memory_{memory} {
    const ZoneSpan& last = memory.zones().back().span();
    const auto frames = static_cast<std::uint64_t>((last.start + last.spanned).number());
    sections_.resize(frames / section + 1);
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

void Census::mark(Pfn first, Pages pages) {
    total_ += pages;
    auto at = static_cast<std::uint64_t>(first.number());
    const std::uint64_t last = at + static_cast<std::uint64_t>(pages.count());
    while (at < last) {
        const std::uint64_t end = std::min(last, (at / section + 1) * section);
        if (end - at == section) {
            check_unowned(sections_[at / section] == untouched, at, section);
            sections_[at / section] = whole;
        } else {
            mark_part(at, end);
        }
        at = end;
    }
}

void Census::mark_part(std::uint64_t at, std::uint64_t end) {
    std::uint32_t& number = sections_[at / section];
    check_unowned(number != whole, at, end - at);
    if (number == untouched) {
        parts_.emplace_back();
        number = static_cast<std::uint32_t>(parts_.size());
    }
    Bits& bits = parts_[number - 1];
    while (at < end) {
        const std::uint64_t from = at % word_bits;
        const std::uint64_t count = std::min(word_bits - from, end - at);
        const std::uint64_t pages = ~std::uint64_t{0} >> (word_bits - count) << from;
        std::uint64_t& word = bits[at % section / word_bits];
        check_unowned((word & pages) == 0, at, count);
        word |= pages;
        at += count;
    }
}

void Census::finish() const {
    PCPSIM_CHECK(total_ == memory_.managed(),
                 "conservation: " + to_string(memory_.managed() - total_) + " of " +
                     to_string(memory_.managed()) + " have no owner");
}

}  // namespace pcpsim
