#include "models/kernel/compaction.hpp"

#include <algorithm>

#include "sim/engine.hpp"

namespace pcpsim {
namespace {

constexpr Order base{0};
/// COMPACT_MAX_DEFER_SHIFT
constexpr int longest_shift = 6;

}  // namespace

Compaction::Compaction(Engine& engine, const Machine& machine, Scheduler& scheduler, Memory& memory,
                       DrainControl& drains)
    : engine_{engine},
      machine_{machine},
      scheduler_{scheduler},
      memory_{memory},
      drains_{drains},
      deferrals_(memory.zones().size()) {
    for (const MemoryNode& node : machine.topology.nodes())
        while (nodes_.size() <= node.node.index()) nodes_.emplace_back(NodeId{nodes_.size()});
}

void Compaction::wake_kcompactd(NodeId id, Order order) {
    if (order == base) return;
    Node& node = nodes_[id.index()];
    node.order = std::max(node.order, order);
    const auto is_any_suitable = [&] {
        return std::ranges::any_of(memory_.zones(), [&](const Zone& zone) {
            return zone.node() == id && is_suitable(zone, node.order);
        });
    };
    if (!node.sleeps || !is_any_suitable()) return;
    node.sleeps = false;
    if (node.kcompactd == nullptr) start_kcompactd(id);
    node.wait.ring();
}

/// compaction_suitable() is COMPACT_CONTINUE: there is no such block, but memory to make one.
bool Compaction::is_suitable(const Zone& zone, Order order) const {
    const Watermarks& marks = zone.watermarks();
    if (zone.watermark_ok(order, marks.min, highest_zone)) return false;
    const Pages keeps = order > costly_order ? marks.low : marks.min;
    return zone.watermark_ok(base, keeps + compact_gap(order), highest_zone);
}

/// compaction_deferred()
bool Compaction::is_deferred(const Zone& zone, Order order) {
    Deferral& deferral = deferrals_[zone.id().index()];
    if (deferral.shift == 0 || order < deferral.failed) return false;
    const std::int64_t limit = std::int64_t{1} << deferral.shift;
    deferral.considered = std::min(deferral.considered + 1, limit);
    return deferral.considered < limit;
}

void Compaction::defer(const Zone& zone, Order order) {
    Deferral& deferral = deferrals_[zone.id().index()];
    deferral.failed = deferral.shift == 0 ? order : std::min(deferral.failed, order);
    deferral.considered = 0;
    deferral.shift = std::min(deferral.shift + 1, longest_shift);
}

void Compaction::start_kcompactd(NodeId id) {
    const CpuSet housekeeping = machine_.housekeeping();
    const CpuSet local = machine_.topology.cpus_of(id) & housekeeping;
    const CpuId cpu = (local.empty() ? housekeeping : local).first();
    const std::string name = "kcompactd" + std::to_string(id.number());
    nodes_[id.index()].kcompactd = &scheduler_.create(name, cpu, Context::Role::daemon);
    Thread& thread = *nodes_[id.index()].kcompactd;
    thread.start(kcompactd(thread, id));
}

Task<> Compaction::kcompactd(Context& self, NodeId id) {
    Node& node = nodes_[id.index()];
    for (;;) {
        co_await node.wait.wait(self);
        ++statistics_.wakeups;
        const Order order = node.order;
        for (Zone& zone : memory_.zones())
            if (zone.node() == id) co_await compact(self, zone, order);
        if (node.order <= order) node.order = base;
        node.sleeps = true;
    }
}

Task<> Compaction::compact(Context& self, Zone& zone, Order order) {
    if (is_deferred(zone, order)) {
        ++statistics_.deferred;
        co_return;
    }
    if (!is_suitable(zone, order)) co_return;
    co_await self.run(machine_.costs.reclaim_base);
    const Time began = engine_.now();
    co_await drains_.drain_all(self, zone.id(), DrainReason::forced);
    statistics_.latencies.push_back(engine_.now() - began);
    defer(zone, order);
}

}  // namespace pcpsim
