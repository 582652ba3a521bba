#pragma once
// What it costs to move a cache line from one hardware thread to another.
//
//   cache0   cache1       cache2   cache3      transfer = the shortest path between the two
//       \     /               \     /          last-level caches. Two threads of one core, or two
//        node0 --- socket0 --- node1           cores behind one cache, have a cost of their own.
//                     |
//                  socket1 --- ...
//
// Paths are found between hubs, of which there are far fewer than caches: a cache with one link, to
// a node or socket, has its hub there, any other is its own.
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

/// Immutable. A lookup is constant-time; the table holds one entry per pair of hubs.
class Interconnect final : public LineTransfer {
public:
    Interconnect() = default;
    /// Every link names caches, nodes and sockets of the topology.
    Interconnect(const Topology& topology, Duration same_core, Duration same_cache,
                 const std::vector<Link>& links);
    /// How many hubs there are between the caches: a search for shortest paths begins at each.
    static std::size_t count_hubs(const Topology& topology, const std::vector<Link>& links);

    /// Time until a line that `from` last wrote can be written by `to`. Zero for the same CPU.
    [[nodiscard]] Duration transfer(CpuId from, CpuId to) const override {
        if (from == to) return {};
        const Seat& a = seats_[from.index()];
        const Seat& b = seats_[to.index()];
        if (a.core == b.core) return same_core_;
        if (a.cache == b.cache) return same_cache_;
        return a.to_hub + between_hubs_[a.hub * hubs_ + b.hub] + b.to_hub;
    }

    /// Two caches without a path between them, if there are any.
    [[nodiscard]] std::optional<std::pair<CacheId, CacheId>> unconnected() const;

private:
    struct Seat {
        CoreId core;
        CacheId cache;
        std::size_t hub;
        Duration to_hub;
    };
    std::vector<Seat> seats_;
    std::size_t hubs_ = 0;
    Duration same_core_, same_cache_;
    std::vector<Duration> between_hubs_;
};

}  // namespace pcpsim
