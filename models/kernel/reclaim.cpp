#include "models/kernel/reclaim.hpp"

#include <algorithm>
#include <utility>

#include "models/kernel/masks.hpp"
#include "sim/engine.hpp"

namespace pcpsim {
namespace {

constexpr Order base{0};
/// SWAP_CLUSTER_MAX: what one call reclaims at most, and isolates under one hold of lru_lock.
constexpr Pages cluster{32};
/// MAX_RECLAIM_RETRIES: rounds without progress until an allocation calls the OOM killer, and until
/// kswapd leaves a node to direct reclaim.
constexpr int most_retries = 16;

/// Those of the zonelist, each once.
std::vector<NodeId> nodes_in_order(const Memory& memory, NodeId node) {
    std::vector<NodeId> order;
    for (const ZoneId id : memory.zonelist(node))
        if (order.empty() || order.back() != memory.zone(id).node())
            order.push_back(memory.zone(id).node());
    return order;
}

}  // namespace

Reclaim::Node::Node(Engine& engine, const Machine& machine, NodeId node)
    : lru_lock{engine, to_string(node) + " lru_lock", machine.interconnect},
      kswapd_wait{to_string(node) + " kswapd_wait"} {}

Reclaim::Reclaim(Engine& engine, const Machine& machine, Scheduler& scheduler, Memory& memory,
                 PageAllocator& pages, DrainControl& drains, Compaction& compaction)
    : engine_{engine},
      machine_{machine},
      scheduler_{scheduler},
      memory_{memory},
      pages_{pages},
      drains_{drains},
      compaction_{compaction},
      // shrink_page_list() looks for who else wants the CPU at every page: cond_resched().
      shrink_page_{Phase{machine.costs.reclaim_page, Activity::kernel, false, true}} {
    for (const MemoryNode& node : machine.topology.nodes())
        while (nodes_.size() <= node.node.index())
            nodes_.emplace_back(engine, machine, NodeId{nodes_.size()});
    for (const MemoryNode& node : machine.topology.nodes())
        of(node.node).reclaim_order = nodes_in_order(memory, node.node);
    pages.set_slow_path(*this);
}

void Reclaim::fill_page_cache(std::int64_t permille) {
    for (Zone& zone : memory_.zones()) {
        Pages left = zone.managed() * permille / 1000;
        for (int order = memory_.spec().geometry.max_order.number(); order >= 0; --order) {
            const Pages size = Order{order}.pages();
            const Pages keeps = zone.watermarks().high + size;
            while (size <= left && zone.watermark_ok(Order{order}, keeps, highest_zone)) {
                const std::optional<Pfn> block =
                    zone.alloc_block(Order{order}, MigrateType::movable);
                if (!block) break;
                // Read ahead in ascending order, so the last page was added last.
                const Pfn last = *block + size - Pages{1};
                of(zone.node())
                    .lru.push_head(PageRun{last, static_cast<std::uint32_t>(size.count()), -1});
                left -= size;
            }
        }
    }
}

void Reclaim::add_to_lru(Pfn page) { of(memory_.zone_of(page).node()).lru.push_head(page); }

Pages Reclaim::page_cache(NodeId node) const { return nodes_[node.index()].lru.size() * base; }

void Reclaim::count_pages(Census& census) const {
    for (const Node& node : nodes_)
        for (const PageRun& run : node.lru) census.count(run, base);
}

Task<std::optional<Pfn>> Reclaim::alloc_slowpath(Context& self, NodeId node, Order order,
                                                 MigrateType type) {
    for (int no_progress_loops = 0;;) {
        wake_all_kswapds(node, order, Direct::yes);
        std::optional<Pfn> block =
            co_await pages_.get_page_from_freelist(self, node, order, type, Watermark::min);
        if (block || self.stop_requested()) co_return block;

        const Time began = engine_.now();
        const Pages progress = co_await try_to_free_pages(self, node);
        if (progress > Pages{}) {
            block = co_await alloc_after_progress(self, node, order, type);
            statistics_.latencies.push_back(engine_.now() - began);
        }
        // For a large block nobody is killed.
        if (block || order > costly_order) co_return block;
        no_progress_loops = progress > Pages{} ? 0 : no_progress_loops + 1;
        if (no_progress_loops <= most_retries) continue;

        if (!oom_.out_of_memory()) throw OutOfMemory{self.name() + ": out of memory"};
        no_progress_loops = 0;
        if (!self.stop_requested()) co_await self.sleep(machine_.jiffy());
    }
}

/// __alloc_pages_direct_reclaim(): pages may be pinned on pcplists.
Task<std::optional<Pfn>> Reclaim::alloc_after_progress(Context& self, NodeId node, Order order,
                                                       MigrateType type) {
    const std::optional<Pfn> block =
        co_await pages_.get_page_from_freelist(self, node, order, type, Watermark::min);
    if (block) co_return block;
    co_await drains_.drain_all(self, std::nullopt, DrainReason::direct_reclaim);
    co_return co_await pages_.get_page_from_freelist(self, node, order, type, Watermark::min);
}

Task<Pages> Reclaim::try_to_free_pages(Context& self, NodeId node) {
    ++statistics_.direct;
    co_await self.run(machine_.costs.reclaim_base);
    Pages reclaimed;
    for (const NodeId from : of(node).reclaim_order) {
        reclaimed += co_await shrink_node(self, from, cluster - reclaimed);
        if (reclaimed >= cluster) break;
    }
    statistics_.by_direct += reclaimed;
    if (reclaimed > Pages{})
        for (Node& each : nodes_) each.kswapd_failures = 0;
    co_return reclaimed;
}

/// Takes pages off the cold end, unmaps them and frees them onto the caller's pcplist.
Task<Pages> Reclaim::shrink_node(Context& self, NodeId node, Pages most) {
    PagesInHand isolated{pages_.in_hand(), base};
    {
        const InterruptsOff irqs{self};
        const auto held = co_await of(node).lru_lock.acquire(self);
        for (PageRuns& lru = of(node).lru; isolated.pages.size() * base < most && !lru.empty();) {
            const Pages wanted = most - isolated.pages.size() * base;
            isolated.pages.push_tail(lru.take_tail(Blocks{wanted.count()}));
        }
        const std::int64_t looked_at = std::max<std::int64_t>(isolated.pages.size().count(), 1);
        co_await self.run(machine_.costs.lru_isolate * looked_at);
    }
    const Pages taken = isolated.pages.size() * base;
    while (!isolated.pages.empty()) {
        co_await self.run(Operation{shrink_page_});
        co_await pages_.free_pages(self, isolated.pages.pop_head(), base, MigrateType::movable);
    }
    co_return taken;
}

/// pgdat_balanced(): one zone above its high watermark is enough.
bool Reclaim::balanced(NodeId node, Order order) const {
    return std::ranges::any_of(memory_.zones(), [=](const Zone& zone) {
        return zone.node() == node &&
               zone.watermark_ok(order, zone.watermarks().high, highest_zone);
    });
}

void Reclaim::wake_all_kswapds(NodeId node, Order order, Direct direct) {
    for (const NodeId id : of(node).reclaim_order) {
        Node& each = of(id);
        each.kswapd_order = std::max(each.kswapd_order, order);
        if (!each.kswapd_sleeps) continue;
        if (each.kswapd_failures >= most_retries || balanced(id, order)) {
            if (direct == Direct::no) compaction_.wake_kcompactd(id, order);
            continue;
        }
        each.kswapd_sleeps = false;
        ++statistics_.kswapd_wakeups;
        if (each.kswapd == nullptr) start_kswapd(id);
        each.kswapd_wait.ring();
    }
}

void Reclaim::start_kswapd(NodeId id) {
    const CpuSet housekeeping = machine_.housekeeping();
    const CpuSet local = machine_.topology.cpus_of(id) & housekeeping;
    const CpuId cpu = (local.empty() ? housekeeping : local).first();
    const std::string name = "kswapd" + std::to_string(id.number());
    of(id).kswapd = &scheduler_.create(name, cpu, Context::Role::daemon);
    of(id).kswapd->start(kswapd(*of(id).kswapd, id));
}

Task<> Reclaim::kswapd(Context& self, NodeId id) {
    Node& node = of(id);
    for (;;) {
        co_await node.kswapd_wait.wait(self);
        const Order wanted = std::exchange(node.kswapd_order, base);
        const Order reached = co_await balance(self, id, wanted);
        if (balanced(id, reached) || node.kswapd_failures >= most_retries)
            compaction_.wake_kcompactd(id, wanted);
        node.kswapd_sleeps = true;
    }
}

/// balance_pgdat(): returns the order that it tried for at last.
Task<Order> Reclaim::balance(Context& self, NodeId id, Order order) {
    Node& node = of(id);
    Pages in_all;
    while (!balanced(id, order) && node.kswapd_failures < most_retries) {
        co_await self.run(machine_.costs.reclaim_base);
        const Pages reclaimed = co_await shrink_node(self, id, cluster);
        statistics_.by_kswapd += reclaimed;
        node.kswapd_failures = reclaimed > Pages{} ? 0 : node.kswapd_failures + 1;
        in_all += reclaimed;
        if (in_all >= compact_gap(order)) order = base;  // the rest is up to compaction
    }
    co_return order;
}

}  // namespace pcpsim
