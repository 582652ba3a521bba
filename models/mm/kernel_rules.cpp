#include "models/mm/kernel_rules.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace pcpsim {
namespace {

/// PAGE_ALLOC_COSTLY_ORDER.
constexpr Order costly_order{3};
/// CONFIG_PCP_BATCH_SCALE_MAX by default: nothing grows beyond 2^5 batches at a time.
constexpr int batch_scale_max = 5;

Pages scaled(Pages batch, int factor) { return batch * (std::int64_t{1} << factor); }
Pages largest_slice(Pages batch) { return scaled(batch, batch_scale_max); }

/// Unlike std::clamp, defined for `most` below `least` as in the kernel: `most` wins.
Pages clamped(Pages value, Pages least, Pages most) {
    return std::min(std::max(value, least), most);
}

bool is_high_order(Order order) { return order > Order{0} && order <= costly_order; }

// Batch and high.

/// Large zones get about 256 KiB, and one page less than a power of two, so that several CPUs in
/// step do not keep hitting the same cache colours: 63 with 4 KiB pages, 3 with 64 KiB. The
/// smallest zones get nothing.
Pages quarter_mib_or_nothing(const PcpZoneFacts& zone) {
    const std::int64_t pages = std::min(zone.managed.count() / 4096, 256_KiB / zone.page_size);
    if (pages <= 1) return Pages{0};
    return Pages{
        static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(pages + pages / 2))) -
        1};
}

Pages quarter_mib(const PcpZoneFacts& zone) {
    return std::max(quarter_mib_or_nothing(zone), Pages{1});
}

Pages fraction_of_zone(const PcpZoneFacts& zone) { return zone.managed / zone.high_fraction; }

/// percpu_pagelist_fraction sets the batch too: Documentation/admin-guide/sysctl/vm.rst of 5.10.
Pages quarter_of_fraction(const PcpZoneFacts& zone) {
    if (zone.high_fraction == 0) return quarter_mib(zone);
    const int page_shift = std::countr_zero(static_cast<std::uint64_t>(zone.page_size.count()));
    return std::clamp(fraction_of_zone(zone) / 4, Pages{1}, Pages{8} * page_shift);
}

/// Whatever the size of the zone; in the smallest ones nothing is kept.
Pages six_batches(const PcpZoneFacts& zone, Pages batch) {
    if (zone.high_fraction > 0) return fraction_of_zone(zone);
    return quarter_mib_or_nothing(zone) == Pages{0} ? Pages{0} : 6 * batch;
}

Pages share(const PcpZoneFacts& zone, Pages total, Pages batch) {
    return std::max(total / zone.cpus, 4 * batch);
}

/// All CPUs together keep no more than the low watermark, so that full lists do not wake kswapd
/// early; or the fraction of the zone that the administrator allows. Each at least four batches.
Pages low_watermark(const PcpZoneFacts& zone, Pages batch) {
    return share(zone, zone.high_fraction > 0 ? fraction_of_zone(zone) : zone.low_watermark, batch);
}

/// MIN_PERCPU_PAGELIST_HIGH_FRACTION, unless the administrator has fixed high.
Pages eighth_of_zone(const PcpZoneFacts& zone, Pages batch) {
    if (zone.high_fraction > 0) return low_watermark(zone, batch);
    return share(zone, zone.managed / 8, batch);
}

// Up to 5.13: constant sizes.

Blocks batch_of_blocks(PcpTuning& pcp, Pages, Order, ZoneFlags) {
    return Blocks{pcp.batch.count()};
}

Pages one_batch(PcpTuning& pcp, Pages count, Order, ZoneFlags) {
    return count < pcp.high ? Pages{0} : pcp.batch;
}

// 5.14 to 6.6: spills grow.

/// As many pages as a batch has, in larger blocks; two blocks at least.
Blocks in_blocks(Pages batch, Order order) {
    if (batch <= Pages{1}) return Blocks{1};
    return Blocks{std::max(batch / order.pages(), std::int64_t{2})};
}

Blocks batch_of_pages(PcpTuning& pcp, Pages, Order order, ZoneFlags) {
    return in_blocks(pcp.batch, order);
}

/// nr_pcp_high() and nr_pcp_free(): each spill is twice the one before while nothing is allocated,
/// and leaves a batch behind. High orders freed in such a burst are not kept at all.
Pages spill_doubling(PcpTuning& pcp, Pages count, Order order, ZoneFlags zone, int most_doublings) {
    if (pcp.free_factor > 0 && is_high_order(order)) return count;
    const Pages high = zone.reclaim_active ? std::min(4 * pcp.batch, pcp.high) : pcp.high;
    if (count < high) return Pages{0};
    if (high < pcp.batch) return Pages{1};
    const Pages most = high - pcp.batch;
    const Pages grown = scaled(pcp.batch, pcp.free_factor);
    if (grown < most && pcp.free_factor < most_doublings) ++pcp.free_factor;
    return clamped(grown, pcp.batch, most);
}

Pages doubling(PcpTuning& pcp, Pages count, Order order, ZoneFlags zone) {
    return spill_doubling(pcp, count, order, zone, std::numeric_limits<int>::max());
}

Pages to_a_slice(PcpTuning& pcp, Pages count, Order order, ZoneFlags zone) {
    return spill_doubling(pcp, count, order, zone, batch_scale_max);
}

Pages no_decay(PcpTuning&, Pages) { return Pages{0}; }

// 6.7 and later: refills, spills and high follow what the CPU does.

bool is_tuned(const PcpTuning& pcp) { return pcp.high_min != pcp.high_max; }

void lower_high(PcpTuning& pcp, Pages by) { pcp.high = std::max(pcp.high - by, pcp.high_min); }

/// nr_pcp_alloc(): refills of single pages double while nothing is freed, as far as high leaves
/// room; and high gives way, as a larger one would have saved this refill.
Blocks growing(PcpTuning& pcp, Pages count, Order order, ZoneFlags zone) {
    pcp.high = clamped(pcp.high, pcp.high_min, pcp.high_max);
    if (pcp.high < pcp.batch) return Blocks{1};
    Pages batch = order == Order{0} ? scaled(pcp.batch, pcp.alloc_factor) : pcp.batch;
    // Where high may not move it counts as it is.
    if (is_tuned(pcp) && !zone.below_high) pcp.high = std::min(pcp.high + batch, pcp.high_max);
    if (order == Order{0}) {
        const Pages room = std::max(pcp.high - count - pcp.batch, pcp.batch);
        if (batch <= room && pcp.alloc_factor < batch_scale_max) ++pcp.alloc_factor;
        batch = std::min(batch, room);
    }
    return in_blocks(batch, order);
}

/// The count at which the lists spill: nr_pcp_high() for a block that may be kept. Moves high.
Pages high_at_free(PcpTuning& pcp, Pages count, ZoneFlags zone) {
    const Pages high = pcp.high;
    const Pages burst = std::max(pcp.free_count, pcp.batch);
    if (high == Pages{0}) return high;
    if (zone.reclaim_active) {
        lower_high(pcp, burst);
        return std::min(4 * pcp.batch, pcp.high);
    }
    if (!is_tuned(pcp)) return high;
    if (zone.below_high) {
        lower_high(pcp, burst);
        return std::max(count, pcp.high_min);
    }
    if (count >= high && high < pcp.free_count + pcp.batch)
        pcp.high = clamped(pcp.free_count + pcp.batch, pcp.high_min, pcp.high_max);
    return high;
}

/// free_unref_page_commit(), nr_pcp_high() and nr_pcp_free(): a spill is as large as the burst of
/// frees, and leaves a batch behind. High orders freed one after the other in a burst go at once.
Pages as_freed(PcpTuning& pcp, Pages count, Order order, ZoneFlags zone) {
    const bool high_order = is_high_order(order);
    // v6.12; from 6.16 on half of high_min is added to the batch.
    const bool free_high = high_order && pcp.freed_high && pcp.free_count >= pcp.batch &&
                           (!pcp.large_cache || count >= pcp.batch);
    pcp.alloc_factor >>= 1;
    pcp.freed_high = high_order;
    if (pcp.free_count < largest_slice(pcp.batch)) pcp.free_count += order.pages();
    pcp.high = clamped(pcp.high, pcp.high_min, pcp.high_max);
    if (free_high) {
        if (pcp.high > Pages{0}) lower_high(pcp, largest_slice(pcp.batch));
        return std::min(count, largest_slice(pcp.batch));
    }
    const Pages high = high_at_free(pcp, count, zone);
    if (count < high) return Pages{0};
    if (high < pcp.batch) return Pages{1};
    return clamped(pcp.free_count, pcp.batch, high - pcp.batch);
}

/// decay_pcp_high(): an eighth less each time, and not so little that more than a slice is due.
Pages by_an_eighth(PcpTuning& pcp, Pages count) {
    if (pcp.high > pcp.high_min)
        pcp.high =
            std::max({count - largest_slice(pcp.batch), pcp.high - pcp.high / 8, pcp.high_min});
    return std::max(count - pcp.high, Pages{0});
}

// Drains.

Pages at_once(Pages) { return Pages::max(); }

constexpr Order base_only{0};
constexpr HugeLists none{};
constexpr HugeLists each_type{3, {0, 1, 2}};
constexpr HugeLists together{1, {0, 0, 0}};
constexpr HugeLists movable_apart{2, {0, 1, 0}};
using enum BulkOrder;

// One row per era; the columns are described at KernelRules. 6.1 is that of the stable updates,
// which drain in slices and spill no more than one; mainline did the latter from 6.7 on, the former
// from 6.10 on.
// clang-format off
constexpr KernelRules eras[]{
    // name  small lists   huge lists     batch                high_min       high_max
    //       refill           spill           bulk_order    decay         drain_slice
    //       drain_strategy     vmstat_skips_isolated
    {"5.10", base_only,    none,          quarter_of_fraction, six_batches,   six_batches,
             batch_of_blocks, one_batch,      in_turns,     no_decay,     at_once,
             "workqueue",       false},
    {"5.17", costly_order, each_type,     quarter_mib,         low_watermark, low_watermark,
             batch_of_pages,  doubling,       list_by_list, no_decay,     at_once,
             "workqueue",       false},
    {"6.0",  costly_order, together,      quarter_mib,         low_watermark, low_watermark,
             batch_of_pages,  doubling,       list_by_list, no_decay,     at_once,
             "remote-spinlock", false},
    {"6.1",  costly_order, together,      quarter_mib,         low_watermark, low_watermark,
             batch_of_pages,  to_a_slice,     list_by_list, no_decay,     largest_slice,
             "remote-spinlock", false},
    {"6.2",  costly_order, together,      quarter_mib,         low_watermark, low_watermark,
             batch_of_pages,  doubling,       list_by_list, no_decay,     at_once,
             "remote-spinlock", false},
    {"6.12", costly_order, movable_apart, quarter_mib,         low_watermark, eighth_of_zone,
             growing,         as_freed,       list_by_list, by_an_eighth, largest_slice,
             "remote-spinlock", true},
};
// clang-format on

}  // namespace

const KernelRules* find_kernel_rules(std::string_view name) {
    const auto* found = std::ranges::find(eras, name, &KernelRules::name);
    return found == std::end(eras) ? nullptr : found;
}

std::vector<std::string_view> kernel_names() {
    std::vector<std::string_view> names;
    for (const KernelRules& era : eras) names.push_back(era.name);
    return names;
}

}  // namespace pcpsim
