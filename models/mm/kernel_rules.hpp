#pragma once
// What a kernel era does with its pcplists, as a value. No other file compares versions.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/mm/page.hpp"

namespace pcpsim {

/// What one per_cpu_pages knows besides its lists. As in a boot pageset, nothing is kept at first.
struct PcpTuning {
    Pages batch{1};
    Pages high;
    int free_factor = 0;  ///< log2 of how much a spill has grown beyond batch since the last alloc
};

/// What batch and high are derived from.
struct PcpZoneFacts {
    Pages managed;
    Pages low_watermark;
    Bytes page_size;
    std::int64_t high_fraction = 0;  ///< percpu_pagelist_high_fraction; 0 if not set
    std::int64_t cpus = 1;  ///< those that share the zone: of its node, or all if it has none
};

struct KernelRules {
    std::string_view name;
    /// Orders from 0 to this one have a list per migratetype.
    Order highest_small_order;
    /// Lists of the huge-page order: one per migratetype, or fewer.
    std::size_t huge_lists;
    /// zone_batchsize().
    Pages (*batch)(const PcpZoneFacts&);
    /// zone_highsize(), for a given batch.
    Pages (*high)(const PcpZoneFacts&, Pages batch);
    /// Blocks that rmqueue_bulk() is asked for when a list is empty.
    Blocks (*refill)(const PcpTuning&, Order);
    /// Told of every allocation from the lists.
    void (*allocated)(PcpTuning&);
    /// Told of every block freed to the lists, which then hold `count`; how many pages are to go
    /// back, 0 if none. `reclaim_active` is the zone's ZONE_RECLAIM_ACTIVE.
    Pages (*spill)(PcpTuning&, Pages count, Order, bool reclaim_active);
};

/// Null if there is no era of this name.
const KernelRules* find_kernel_rules(std::string_view name);
/// The names find_kernel_rules() knows, oldest first.
std::vector<std::string_view> kernel_names();

}  // namespace pcpsim
