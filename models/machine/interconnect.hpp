#pragma once
// What it costs to move a cache line from one hardware thread to another.
//
//   cache0   cache1       cache2   cache3      transfer = the shortest path between the two
//       \     /               \     /          last-level caches. Two threads of one core, or two
//        node0 --- socket0 --- node1           cores behind one cache, have a cost of their own.
//                     |
//                  socket1 --- ...
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "models/machine/ids.hpp"
#include "models/machine/topology.hpp"
#include "sim/line_transfer.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// A vertex of the interconnect.
struct Vertex {
    enum class Level { cache, node, socket };
    Level level = Level::cache;
    std::uint32_t number = 0;
    constexpr bool operator==(const Vertex&) const = default;
};
/// "cache", "node", "socket"
std::string_view level_name(Vertex::Level level);

/// Works in both directions.
struct Link {
    Vertex from;
    Vertex to;
    Duration latency;
};

/// Immutable. A lookup is constant-time; the table holds one entry per pair of caches.
class Interconnect final : public LineTransfer {
public:
    Interconnect() = default;
    /// Every link names caches, nodes and sockets of the topology.
    Interconnect(const Topology& topology, Duration same_core, Duration same_cache,
                 const std::vector<Link>& links);

    /// Time until a line that `from` last wrote can be written by `to`. Zero for the same CPU.
    [[nodiscard]] Duration transfer(CpuId from, CpuId to) const override {
        if (from == to) return {};
        const Seat a = seats_[from.index()];
        const Seat b = seats_[to.index()];
        if (a.core == b.core) return same_core_;
        return between_caches_[a.cache.index() * caches_ + b.cache.index()];
    }

    /// Two caches without a path between them, if there are any.
    [[nodiscard]] std::optional<std::pair<CacheId, CacheId>> unconnected() const;

private:
    struct Seat {
        CoreId core;
        CacheId cache;
    };
    std::vector<Seat> seats_;
    std::size_t caches_ = 0;
    Duration same_core_;
    std::vector<Duration> between_caches_;  // the diagonal holds the cost within a cache
};

}  // namespace pcpsim
