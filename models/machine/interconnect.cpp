#include "models/machine/interconnect.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

#include <array>

namespace pcpsim {
namespace {

using Graph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                          boost::property<boost::edge_weight_t, std::int64_t>>;

/// Numbers the graph's vertices: caches first, then nodes, then sockets.
class VertexIndex {
public:
    explicit VertexIndex(const Topology& topology)
        : first_{0, topology.caches(),
                 topology.caches() + topology.nodes().back().node.index() + 1},
          count_{first_.back() + topology.sockets()} {}

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::size_t operator()(Vertex vertex) const {
        return first_[static_cast<std::size_t>(vertex.level)] + vertex.number;
    }

private:
    std::array<std::size_t, 3> first_;  // by level
    std::size_t count_;
};

}  // namespace

std::string_view level_name(Vertex::Level level) {
    constexpr std::array names{CacheTag::name, NodeTag::name, SocketTag::name};
    return names[static_cast<std::size_t>(level)];
}

Interconnect::Interconnect(const Topology& topology, Duration same_core, Duration same_cache,
                           const std::vector<Link>& links)
    : caches_{topology.caches()}, same_core_{same_core} {
    for (const CpuId cpu : topology.possible())
        seats_.push_back(Seat{topology.thread(cpu).core, topology.thread(cpu).cache});

    const VertexIndex index{topology};
    Graph graph{index.count()};
    for (const Link& link : links)
        boost::add_edge(index(link.from), index(link.to), link.latency.count(), graph);

    between_caches_.reserve(caches_ * caches_);
    std::vector<std::int64_t> reached(index.count());
    for (std::size_t from = 0; from < caches_; ++from) {
        boost::dijkstra_shortest_paths(graph, from, boost::distance_map(reached.data()));
        reached[from] = same_cache.count();
        for (std::size_t to = 0; to < caches_; ++to)
            between_caches_.push_back(Duration{reached[to]});
    }
}

std::optional<std::pair<CacheId, CacheId>> Interconnect::unconnected() const {
    for (std::size_t entry = 0; entry < between_caches_.size(); ++entry)
        if (between_caches_[entry] == Duration::max())
            return std::pair{CacheId{entry / caches_}, CacheId{entry % caches_}};
    return std::nullopt;
}

}  // namespace pcpsim
