#pragma once
// What happens when no zone is above its low watermark, in the least form that makes drains happen
// when and only when a kernel makes them happen.
//
//   wake kswapd | down to the min watermark | shrink | again | drain, once | again | ... | OOM
//                 a page: done                nothing: to the OOM killer after 16 rounds
//
// The drain comes after a shrink that made progress: the pages it freed are on the caller's own
// pcplist, and those are not free for the watermark (__alloc_pages_direct_reclaim(), 5.17).
//
// What can be reclaimed is clean page cache, in one list per node. Nothing is swapped or written.
#include <array>
#include <deque>
#include <vector>

#include "models/kernel/compaction.hpp"
#include "models/kernel/drain_control.hpp"
#include "models/kernel/oom.hpp"
#include "models/kernel/page_allocator.hpp"
#include "sim/doorbell.hpp"

namespace pcpsim {

struct ReclaimStatistics {
    std::uint64_t direct = 0;          ///< allocstall: calls of try_to_free_pages()
    std::uint64_t kswapd_wakeups = 0;  ///< of sleeping ones
    Pages by_direct, by_kswapd;        ///< pgsteal_direct, pgsteal_kswapd
    /// Of the rounds of direct reclaim that made progress: shrink, drain, and the attempts to
    /// allocate in between.
    std::vector<Duration> latencies;
};

class Reclaim final : public SlowPath {
public:
    Reclaim(Engine& engine, const Machine& machine, Scheduler& scheduler, Memory& memory,
            PageAllocator& pages, DrainControl& drains, Compaction& compaction);
    /// Page cache that is there when the run begins, in thousandths of each zone's managed pages,
    /// as far as the high watermark allows.
    void fill_page_cache(std::int64_t permille);
    /// A page just read joins the list of its node.
    void add_to_lru(Pfn page);
    [[nodiscard]] Pages page_cache(NodeId node) const;

    Task<std::optional<Pfn>> alloc_slowpath(Context& self, NodeId node, Order order,
                                            MigrateType type) override;

    /// __GFP_DIRECT_RECLAIM: whether who wants the block makes it himself if he has to.
    enum class Direct : std::uint8_t { yes, no };
    /// wakeup_kswapd() of every node of the zonelist, for a block of the order; of those that have
    /// one kcompactd, if nobody reclaims directly.
    void wake_all_kswapds(NodeId node, Order order, Direct direct);

    [[nodiscard]] OomKiller& oom() { return oom_; }
    [[nodiscard]] const OomKiller& oom() const { return oom_; }
    [[nodiscard]] const ReclaimStatistics& statistics() const { return statistics_; }
    void count_pages(Census& census) const;

private:
    struct Node {
        Node(Engine& engine, const Machine& machine, NodeId node);
        std::vector<NodeId> reclaim_order;  ///< of an allocation on this node
        SpinLock lru_lock;
        PageRuns lru;  ///< head: the last page added
        Doorbell kswapd_wait;
        Thread* kswapd = nullptr;  ///< made when first woken
        bool kswapd_sleeps = true;
        Order kswapd_order;
        int kswapd_failures = 0;
    };
    [[nodiscard]] Node& of(NodeId node) { return nodes_[node.index()]; }
    [[nodiscard]] bool balanced(NodeId node, Order order) const;
    void start_kswapd(NodeId id);
    Task<> kswapd(Context& self, NodeId node);
    Task<Order> balance(Context& self, NodeId node, Order order);
    Task<Pages> try_to_free_pages(Context& self, NodeId node);
    Task<Pages> shrink_node(Context& self, NodeId node, Pages most);
    Task<std::optional<Pfn>> alloc_after_progress(Context& self, NodeId node, Order order,
                                                  MigrateType type);

    Engine& engine_;
    const Machine& machine_;
    Scheduler& scheduler_;
    Memory& memory_;
    PageAllocator& pages_;
    DrainControl& drains_;
    Compaction& compaction_;
    OomKiller oom_;
    std::deque<Node> nodes_;
    std::array<Phase, 1> shrink_page_;
    ReclaimStatistics statistics_;
};

}  // namespace pcpsim
