#pragma once
// kcompactd, as pcplists see it: when compaction of a zone came to its end and made no block of the
// order that was asked for, it drains the zone, as pages on lists may be what is missing.
//
//   kswapd     |- reclaims what the order takes -|- wake -|
//   kcompactd                                             |- zone: enough memory, no such block? -|
//              |- compact: none made -|- drain the zone -|- defer: not the next 1, 3, 7 .. 63 times
//              -|
//
// Nothing is migrated, so that compaction never makes a block: it drains where a real one may have
// succeeded. Compaction for another reason (direct, proactive) empties its own CPU's lists at most.
// Kernel: wakeup_kcompactd(), kcompactd_do_work(), defer_compaction(), mm/compaction.c, 4.18
// (bc3106b26cf6) to 6.12. Whether a shortage is one of memory, fragmentation_index(), is not asked.
#include <cstdint>
#include <deque>
#include <vector>

#include "models/kernel/drain_control.hpp"
#include "sim/doorbell.hpp"

namespace pcpsim {

/// compact_gap(): free pages that compaction needs, and that are reclaimed for it.
constexpr Pages compact_gap(Order order) { return order.pages() * 2; }
/// PAGE_ALLOC_COSTLY_ORDER
inline constexpr Order costly_order{3};

struct CompactionStatistics {
    std::uint64_t wakeups = 0;        ///< KCOMPACTD_WAKE
    std::uint64_t deferred = 0;       ///< zones that were left alone as compaction had failed
    std::vector<Duration> latencies;  ///< of drains, with what they waited for
};

class Compaction {
public:
    Compaction(Engine& engine, const Machine& machine, Scheduler& scheduler, Memory& memory,
               DrainControl& drains);
    /// wakeup_kcompactd(): somebody wants a block of the order on the node.
    void wake_kcompactd(NodeId node, Order order);
    [[nodiscard]] const CompactionStatistics& statistics() const { return statistics_; }

private:
    struct Node {
        explicit Node(NodeId node) : wait{to_string(node) + " kcompactd_wait"} {}
        Doorbell wait;
        Thread* kcompactd = nullptr;  ///< made when first woken
        bool sleeps = true;
        Order order;  ///< kcompactd_max_order
    };
    /// struct zone's compact_considered, compact_defer_shift, compact_order_failed.
    struct Deferral {
        std::int64_t considered = 0;
        int shift = 0;
        Order failed;
    };
    [[nodiscard]] bool is_suitable(const Zone& zone, Order order) const;
    [[nodiscard]] bool is_deferred(const Zone& zone, Order order);
    void defer(const Zone& zone, Order order);
    void start_kcompactd(NodeId id);
    Task<> kcompactd(Context& self, NodeId id);
    Task<> compact(Context& self, Zone& zone, Order order);

    Engine& engine_;
    const Machine& machine_;
    Scheduler& scheduler_;
    Memory& memory_;
    DrainControl& drains_;
    std::deque<Node> nodes_;
    std::vector<Deferral> deferrals_;  ///< by zone
    CompactionStatistics statistics_;
};

}  // namespace pcpsim
