#include "models/machine/interconnect.hpp"

#include <array>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <map>

namespace pcpsim {
namespace {

struct Weight {
    std::int64_t picoseconds;
};
using Graph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, Weight>;

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

/// Where the caches meet, and the links between there.
class Hubs {
public:
    Hubs(const Topology& topology, const std::vector<Link>& links) : index_{topology} {
        std::vector<std::size_t> degree(index_.count());
        for (const Link& link : links) {
            ++degree[index_(link.from)];
            ++degree[index_(link.to)];
        }
        for (std::size_t cache = 0; cache < topology.caches(); ++cache)
            ways_.push_back({cache, Duration{}});
        const auto hangs_on = [&](Vertex cache, Vertex other) {
            return cache.level == Vertex::Level::cache && other.level != Vertex::Level::cache &&
                   degree[index_(cache)] == 1;
        };
        for (const Link& link : links) {
            if (hangs_on(link.from, link.to))
                ways_[link.from.number] = {index_(link.to), link.latency};
            else if (hangs_on(link.to, link.from))
                ways_[link.to.number] = {index_(link.from), link.latency};
            else
                add_arcs(index_(link.from), index_(link.to), link.latency.count());
        }
        for (const Way& way : ways_)
            if (numbers_.try_emplace(way.vertex, vertices_.size()).second)
                vertices_.push_back(way.vertex);
    }

    [[nodiscard]] std::size_t count() const { return vertices_.size(); }
    [[nodiscard]] std::size_t of(CacheId cache) const {
        return numbers_.at(ways_[cache.index()].vertex);
    }
    [[nodiscard]] Duration way_to(CacheId cache) const { return ways_[cache.index()].length; }

    /// Lengths of the shortest paths, hub by hub.
    [[nodiscard]] std::vector<Duration> between() const {
        const Graph graph{boost::edges_are_unsorted_multi_pass, arcs_.begin(), arcs_.end(),
                          weights_.begin(), index_.count()};
        std::vector<Duration> lengths;
        lengths.reserve(count() * count());
        std::vector<std::int64_t> reached(index_.count());
        for (const std::size_t from : vertices_) {
            boost::dijkstra_shortest_paths(
                graph, from,
                boost::weight_map(boost::get(&Weight::picoseconds, graph))
                    .distance_map(boost::make_iterator_property_map(
                        reached.begin(), boost::get(boost::vertex_index, graph))));
            for (const std::size_t to : vertices_) lengths.push_back(Duration{reached[to]});
        }
        return lengths;
    }

private:
    struct Way {
        std::size_t vertex;
        Duration length;
    };
    void add_arcs(std::size_t from, std::size_t to, std::int64_t picoseconds) {
        for (const auto& arc : {std::pair{from, to}, std::pair{to, from}}) {
            arcs_.push_back(arc);
            weights_.push_back({picoseconds});
        }
    }

    VertexIndex index_;
    std::vector<Way> ways_;              // by cache
    std::vector<std::size_t> vertices_;  // of the hubs
    std::map<std::size_t, std::size_t> numbers_;
    std::vector<std::pair<std::size_t, std::size_t>> arcs_;
    std::vector<Weight> weights_;
};

}  // namespace

std::string_view level_name(Vertex::Level level) {
    constexpr std::array names{CacheTag::name, NodeTag::name, SocketTag::name};
    return names[static_cast<std::size_t>(level)];
}

Interconnect::Interconnect(const Topology& topology, Duration same_core, Duration same_cache,
                           const std::vector<Link>& links)
    : same_core_{same_core}, same_cache_{same_cache} {
    const Hubs hubs{topology, links};
    for (const CpuId cpu : topology.possible()) {
        const HardwareThread& thread = topology.thread(cpu);
        seats_.push_back(
            {thread.core, thread.cache, hubs.of(thread.cache), hubs.way_to(thread.cache)});
    }
    hubs_ = hubs.count();
    between_hubs_ = hubs.between();
}

std::size_t Interconnect::count_hubs(const Topology& topology, const std::vector<Link>& links) {
    return Hubs{topology, links}.count();
}

std::optional<std::pair<CacheId, CacheId>> Interconnect::unconnected() const {
    for (const Seat& seat : seats_)
        if (between_hubs_[seats_.front().hub * hubs_ + seat.hub] == Duration::max())
            return std::pair{seats_.front().cache, seat.cache};
    return std::nullopt;
}

}  // namespace pcpsim
