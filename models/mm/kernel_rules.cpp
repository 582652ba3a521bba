#include "models/mm/kernel_rules.hpp"

#include <algorithm>
#include <bit>

namespace pcpsim {
namespace {

/// PAGE_ALLOC_COSTLY_ORDER.
constexpr Order costly_order{3};

/// Large zones get about 256 KiB, and one page less than a power of two, so that several CPUs in
/// step do not keep hitting the same cache colours: 63 with 4 KiB pages, 3 with 64 KiB.
Pages quarter_mib_batch(const PcpZoneFacts& zone) {
    const std::int64_t pages = std::min(zone.managed.count() / 4096, 256_KiB / zone.page_size);
    if (pages <= 1) return Pages{1};
    return Pages{
        static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(pages + pages / 2))) -
        1};
}

/// All CPUs together keep no more than the low watermark, so that full lists do not wake kswapd
/// early; or the fraction of the zone that the administrator allows. Each at least four batches.
Pages high_from_low_watermark(const PcpZoneFacts& zone, Pages batch) {
    const Pages total =
        zone.high_fraction > 0 ? zone.managed / zone.high_fraction : zone.low_watermark;
    return std::max(total / zone.cpus, 4 * batch);
}

/// As many pages as a batch has, in larger blocks; two blocks at least.
Blocks batch_of_pages(const PcpTuning& pcp, Order order) {
    if (pcp.batch <= Pages{1}) return Blocks{1};
    return Blocks{std::max(pcp.batch / order.pages(), std::int64_t{2})};
}

void halve_free_factor(PcpTuning& pcp) { pcp.free_factor >>= 1; }

/// nr_pcp_high() and nr_pcp_free(): each spill is twice the one before while nothing is allocated,
/// and leaves a batch behind. High orders freed in such a burst are not kept at all.
Pages doubling_spill(PcpTuning& pcp, Pages count, Order order, bool reclaim_active) {
    const bool free_high = pcp.free_factor > 0 && order > Order{0} && order <= costly_order;
    if (free_high) return count;
    const Pages high = reclaim_active ? std::min(4 * pcp.batch, pcp.high) : pcp.high;
    if (count < high) return Pages{0};
    if (high < pcp.batch) return Pages{1};
    const Pages most = high - pcp.batch;
    const Pages scaled = pcp.batch * (std::int64_t{1} << pcp.free_factor);
    if (scaled < most) ++pcp.free_factor;
    return std::max(pcp.batch, std::min(scaled, most));
}

// One row per era; the columns are described at KernelRules.
constexpr std::array eras{
    KernelRules{.name = "5.17",
                .highest_small_order = costly_order,
                .huge_lists = 3,
                .batch = quarter_mib_batch,
                .high = high_from_low_watermark,
                .refill = batch_of_pages,
                .allocated = halve_free_factor,
                .spill = doubling_spill},
};

}  // namespace

const KernelRules* find_kernel_rules(std::string_view name) {
    const auto found =
        std::find_if(eras.begin(), eras.end(), [&](const auto& era) { return era.name == name; });
    return found == eras.end() ? nullptr : &*found;
}

std::vector<std::string_view> kernel_names() {
    std::vector<std::string_view> names;
    for (const KernelRules& era : eras) names.push_back(era.name);
    return names;
}

}  // namespace pcpsim
