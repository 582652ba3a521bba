#include "models/machine/interconnect.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

namespace pcpsim {
namespace {

using Graph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                          boost::property<boost::edge_weight_t, std::int64_t>>;

/// Vertices are numbered caches first, then nodes, then sockets.
class Vertices {
public:
    explicit Vertices(const Topology& topology)
        : first_node_{topology.caches()},
          first_socket_{first_node_ + topology.nodes().back().node.index() + 1},
          count_{first_socket_ + topology.sockets()} {}

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::size_t operator()(Place place) const {
        switch (place.level) {
            case Place::Level::cache:
                return place.number;
            case Place::Level::node:
                return first_node_ + place.number;
            case Place::Level::socket:
                return first_socket_ + place.number;
        }
        return 0;
    }

private:
    std::size_t first_node_;
    std::size_t first_socket_;
    std::size_t count_;
};

}  // namespace

std::string to_string(Place place) {
    switch (place.level) {
        case Place::Level::cache:
            return to_string(CacheId{place.number});
        case Place::Level::node:
            return to_string(NodeId{place.number});
        case Place::Level::socket:
            return to_string(SocketId{place.number});
    }
    return {};
}

Interconnect::Interconnect(const Topology& topology, Duration same_core, Duration same_cache,
                           const std::vector<Link>& links)
    : caches_{topology.caches()}, same_core_{same_core} {
    for (const CpuId cpu : topology.possible())
        seats_.push_back(Seat{topology.thread(cpu).core, topology.thread(cpu).cache});

    const Vertices vertex{topology};
    Graph graph{vertex.count()};
    for (const Link& link : links)
        boost::add_edge(vertex(link.from), vertex(link.to), link.latency.count(), graph);

    between_caches_.reserve(caches_ * caches_);
    std::vector<std::int64_t> reached(vertex.count());
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
