#pragma once
// What a kernel era does with its pcplists, as a value. No other file compares versions.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/mm/page.hpp"

namespace pcpsim {

/// Between high_min and high_max an era may move a pcplist's high; if they are equal, it may not.
struct PcpLimits {
    Pages batch, high_min, high_max;
};

/// What one per_cpu_pages knows besides its lists. As in a boot pageset, nothing is kept at first.
/// What an era does not use stays as it is here.
struct PcpTuning {
    Pages batch{1};
    Pages high{}, high_min{}, high_max{};
    Pages free_count{};       ///< freed since the last allocations, which halve it: 6.7 and later
    int free_factor = 0;      ///< log2 of how much a spill has grown beyond batch: 5.14 to 6.6
    int alloc_factor = 0;     ///< log2 of how much a refill has grown beyond batch: 6.7 and later
    int expire = 0;           ///< vmstat intervals left until an idle remote list gives pages back
    bool freed_high = false;  ///< PCPF_PREV_FREE_HIGH_ORDER: the last block freed was of order 1..3
    /// PCPF_FREE_HIGH_BATCH: the CPU's share of its data caches exceeds three batches. Of 63 pages
    /// each that is 756 KiB, less than the share on any server of the last years.
    bool large_cache = true;

    /// rmqueue_pcplist(): an allocation halves what the pcplist remembers of a burst of frees.
    void allocated() {
        free_factor >>= 1;
        free_count = free_count / 2;
    }
    void allocated(Blocks times) {
        for (; times > Blocks{} && (free_factor > 0 || free_count > Pages{}); times -= Blocks{1})
            allocated();
    }
};

/// What batch and high are derived from.
struct PcpZoneFacts {
    Pages managed;
    Pages low_watermark;
    Bytes page_size;
    /// percpu_pagelist_high_fraction, before 5.14 percpu_pagelist_fraction; 0 if not set.
    std::int64_t high_fraction = 0;
    std::int64_t cpus = 1;  ///< those that share the zone: of its node, or all if it has none
};

/// The flags of a zone that change what its pcplists do.
struct ZoneFlags {
    bool reclaim_active = false;  ///< ZONE_RECLAIM_ACTIVE
    bool below_high = false;      ///< ZONE_BELOW_HIGH; 6.7 and later
    bool operator==(const ZoneFlags&) const = default;
};

/// Which of its lists each migratetype's blocks of huge-page order join.
struct HugeLists {
    std::size_t lists = 0;
    std::array<std::uint8_t, pcp_types.size()> of_type{};
};

/// How free_pcppages_bulk() goes over the lists.
enum class BulkOrder : std::uint8_t {
    /// One block from each list in turn, starting after the first one, and one more for every empty
    /// list passed over: up to 5.16.
    in_turns,
    /// All of the list that asked for it, then of the next ones.
    list_by_list
};

/// What offline_pages() does lest pages of the range stay on pcplists.
enum class Offlining : std::uint8_t {
    drains_each_pass,  ///< drain_all_pages() again and again: up to 5.10
    disables_lists     ///< zone_pcp_disable() until the pages are gone
};

struct KernelRules {
    std::string_view name;
    /// Orders from 0 to this one have a list per migratetype.
    Order highest_small_order;
    HugeLists huge;
    /// zone_batchsize().
    Pages (*batch)(const PcpZoneFacts&);
    /// zone_highsize(), for a given batch.
    Pages (*high_min)(const PcpZoneFacts&, Pages batch);
    Pages (*high_max)(const PcpZoneFacts&, Pages batch);
    /// high moves between the two by itself.
    [[nodiscard]] bool tunes_high() const { return high_min != high_max; }

    /// Blocks that rmqueue_bulk() is asked for when a list is empty and all lists hold `count`.
    Blocks (*refill)(PcpTuning&, Pages count, Order, ZoneFlags);
    /// Told of every block freed to the lists, which then hold `count`; how many pages are to go
    /// back, 0 if none.
    Pages (*spill)(PcpTuning&, Pages count, Order, ZoneFlags);
    BulkOrder bulk_order;
    /// decay_pcp_high(), once per vmstat interval: how many pages are to go back, 0 if none.
    Pages (*decay)(PcpTuning&, Pages count);
    /// What drain_pages_zone() frees at most before it lets go of the locks.
    Pages (*drain_slice)(Pages batch);
    Offlining offlining;
    /// The strategy that its kernels drain by. Others may be tried.
    std::string_view drain_strategy;
    /// vmstat_shepherd() leaves isolated and NOHZ_FULL CPUs alone: 6.5 and later.
    bool vmstat_skips_isolated;
};

/// Null if there is no era of this name.
const KernelRules* find_kernel_rules(std::string_view name);
/// The names find_kernel_rules() knows, oldest first.
std::vector<std::string_view> kernel_names();

}  // namespace pcpsim
