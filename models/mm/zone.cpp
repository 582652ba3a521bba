#include "models/mm/zone.hpp"

#include "sim/check.hpp"

namespace pcpsim {

std::string to_string(ZoneKind kind) {
    constexpr std::array names{"DMA", "DMA32", "Normal", "HighMem"};
    return names[static_cast<std::size_t>(kind)];
}

std::string to_string(const Zone& zone) {
    return to_string(zone.node()) + "/" + to_string(zone.kind());
}

Zone::Zone(ZoneId id, const ZoneSpan& span, const KernelRules& rules, const PageGeometry& geometry,
           std::size_t possible_cpus)
    : id_{id}, span_{span}, buddy_{geometry, span.start, span.spanned}, pcplists_{} {
    pcplists_.reserve(possible_cpus);
    for (std::size_t cpu = 0; cpu < possible_cpus; ++cpu) pcplists_.emplace_back(rules, geometry);
    bursts_.resize(possible_cpus);
    buddy_.add_range(span.start, span.managed);
}

bool Zone::watermark_ok(Order order, Pages mark, ZoneKind highest) const {
    // A request for more than one page cannot use all of the free pages.
    const Pages usable = free_pages() - (order.pages() - Pages{1});
    if (usable <= mark + lowmem_reserve_[static_cast<std::size_t>(highest)]) return false;
    return order == Order{0} || buddy_.has_block(order);
}

void Zone::set_watermarks(const Watermarks& watermarks) {
    watermarks_ = watermarks;
    buddy_changed();
}

void Zone::set_lowmem_reserve(ZoneKind highest, Pages pages) {
    lowmem_reserve_[static_cast<std::size_t>(highest)] = pages;
    buddy_changed();
}

void Zone::set_flags(ZoneFlags flags) {
    if (flags == flags_) return;
    end_bursts();
    flags_ = flags;
}

void Zone::set_below_high(bool below) {
    ZoneFlags flags = flags_;
    flags.below_high = below;
    set_flags(flags);
}

void Zone::catch_up() const {
    for (PcpBurst* const burst : bursts_)
        if (burst != nullptr) burst->catch_up();
}

void Zone::end_bursts() {
    for (PcpBurst* const burst : bursts_)
        if (burst != nullptr) burst->end();
}

bool Zone::needs_refill(CpuId cpu, Order order, MigrateType type) const {
    return pcplist(cpu).needs_refill(order, type);
}

Moved Zone::refill(CpuId cpu, Order order, MigrateType type) {
    const Moved moved = of(cpu).refill(source(), order, type, flags_);
    pcp_pages_ += moved.pages;
    buddy_changed();
    return moved;
}

Pfn Zone::pop(CpuId cpu, Order order, MigrateType type) {
    pcp_pages_ -= order.pages();
    in_use_ += order.pages();
    return of(cpu).pop(order, type);
}

PageRun Zone::pop_run(CpuId cpu, Order order, MigrateType type, Blocks most) {
    const PageRun popped = pcplists_[cpu.index()].pop_run(order, type, most);
    pcp_pages_ -= popped.blocks() * order;
    in_use_ += popped.blocks() * order;
    return popped;
}

void Zone::free_run(CpuId cpu, PageRun run, MigrateType type) {
    pcp_pages_ += run.blocks() * Order{0};
    in_use_ -= run.blocks() * Order{0};
    pcplists_[cpu.index()].free_run(run, type, flags_);
}

PageRun Zone::take_bulk(CpuId cpu, MigrateType type, Blocks most) {
    const PageRun taken = of(cpu).take_bulk(type, most);
    pcp_pages_ -= taken.blocks() * Order{0};
    in_use_ += taken.blocks() * Order{0};
    return taken;
}

Pages Zone::free(CpuId cpu, Pfn block, Order order, MigrateType type) {
    pcp_pages_ += order.pages();
    in_use_ -= order.pages();
    return of(cpu).free(block, order, type, flags_);
}

Moved Zone::spill(CpuId cpu, Pages pages, Order order, MigrateType type) {
    const Moved moved = taken_off(of(cpu).spill(source(), pages, order, type));
    if (flags_.below_high && above(watermarks_.high)) set_below_high(false);
    return moved;
}

Moved Zone::drain(CpuId cpu, Pages most) { return taken_off(of(cpu).drain(source(), most)); }

PcpLists Zone::empty_lists() const { return PcpLists{pcplists_.front().lists().layout()}; }

Moved Zone::drain(PcpLists& lists) { return taken_off(lists.bulk_free(source(), Pages::max())); }

Moved Zone::taken_off(Moved moved) {
    pcp_pages_ -= moved.pages;
    buddy_changed();
    return moved;
}

std::optional<Pfn> Zone::alloc_block(Order order, MigrateType type) {
    const std::optional<Pfn> block = buddy_.alloc(order, type);
    if (block) in_use_ += order.pages();
    buddy_changed();
    return block;
}

void Zone::free_block(Pfn block, Order order, MigrateType type) {
    buddy_.free(block, order, type);
    in_use_ -= order.pages();
    buddy_changed();
}

void Zone::buddy_changed() {
    check_balance();
    const bool above_low = above(watermarks_.low);
    const bool above_high = above(watermarks_.high);
    if (above_low == above_low_ && above_high == above_high_) return;
    above_low_ = above_low;
    above_high_ = above_high;
    if (observer_ != nullptr) observer_->watermark_crossed();
}

void Zone::check_balance() const {
    PCPSIM_CHECK(free_pages() + pcp_pages_ + in_use_ == managed(),
                 "conservation: " + to_string(*this) + ": free " + to_string(free_pages()) +
                     " + pcp " + to_string(pcp_pages_) + " + in use " + to_string(in_use_) +
                     " != " + to_string(managed()));
}

void Zone::validate() const {
    catch_up();
    buddy_.validate();
    for (const Pcplist& pcp : pcplists_) pcp.lists().validate();
}

}  // namespace pcpsim
