#include "models/machine/interconnect_file.hpp"

#include <fmt/format.h>

#include <optional>
#include <tuple>

#include "models/config/field.hpp"

namespace pcpsim {
namespace {

// A full mesh of 1024 nodes, and more.
constexpr std::size_t link_limit = 1 << 20;
// The table has an entry for each pair of hubs, and a search from each goes over all links: 32 MiB
// and seconds.
constexpr std::size_t hub_limit = 2048;
constexpr std::size_t search_limit = std::size_t{1} << 30;

/// "node0", or "node*" without a number.
struct LinkEnd {
    Vertex::Level level = Vertex::Level::cache;
    std::optional<std::uint32_t> number;
};

}  // namespace

template <>
struct Scalar<LinkEnd> {
    static constexpr Node::Kind kind = Node::Kind::string;
    static std::string type() { return "end of a link"; }
    static std::string noun() { return "a cache, node or socket"; }
    static std::string pattern() { return R"(^(cache|node|socket)([0-9]+|\*)$)"; }
    static Parsed<LinkEnd> parse(std::string_view text) {
        for (const auto level :
             {Vertex::Level::cache, Vertex::Level::node, Vertex::Level::socket}) {
            const std::string_view name = level_name(level);
            if (!text.starts_with(name)) continue;
            const std::string_view which = text.substr(name.size());
            if (which == "*") return LinkEnd{level, std::nullopt};
            const Parsed<std::uint32_t> number = Scalar<std::uint32_t>::parse(which);
            if (const auto* const known = std::get_if<std::uint32_t>(&number))
                return LinkEnd{level, *known};
        }
        return Refused{", such as \"node0\" or \"cache*\""};
    }
    static std::string text(const LinkEnd& end) {
        return std::string{level_name(end.level)} +
               (end.number ? std::to_string(*end.number) : "*");
    }
};

namespace {

struct LinkFile {
    LinkEnd from;
    LinkEnd to;
    Duration latency;
    static constexpr auto fields() {
        return std::tuple{
            field("from", &LinkFile::from, "one end").required(),
            field("to", &LinkFile::to, "the other end").required(),
            field("latency", &LinkFile::latency, "time to cross the link, either way")
                .within(1_ps, 100_us)
                .required(),
        };
    }
};

struct InterconnectFile {
    Duration same_core;
    Duration same_cache;
    std::vector<LinkFile> links;
    static constexpr auto fields() {
        using Self = InterconnectFile;
        return std::tuple{
            field("same_core", &Self::same_core, "transfer between two threads of a core")
                .within(1_ps, 100_us)
                .required(),
            field("same_cache", &Self::same_cache, "transfer between two cores behind one cache")
                .within(1_ps, 100_us)
                .required(),
            field("links", &Self::links, "links between caches, nodes and sockets").required(),
        };
    }
};

class Expansion {
public:
    Expansion(const Topology& topology, Errors& errors) : topology_{topology}, errors_{errors} {
        for (std::size_t cache = 0; cache < topology.caches(); ++cache)
            vertices_.push_back(Vertex{Vertex::Level::cache, CacheId{cache}.number()});
        for (const MemoryNode& node : topology.nodes())
            vertices_.push_back(Vertex{Vertex::Level::node, node.node.number()});
        for (std::size_t socket = 0; socket < topology.sockets(); ++socket)
            vertices_.push_back(Vertex{Vertex::Level::socket, SocketId{socket}.number()});
    }

    void add(const Node& node, const LinkFile& link) {
        const std::vector<Vertex> to = matching(*node.find("to"), link.to);
        for (const Vertex a : matching(*node.find("from"), link.from))
            for (const Vertex b : to)
                if (links_.size() <= link_limit && is_meant(link, a, b))
                    links_.push_back(Link{a, b, link.latency});
    }
    [[nodiscard]] const std::vector<Link>& links() const { return links_; }

private:
    std::vector<Vertex> matching(const Node& node, const LinkEnd& end) {
        std::vector<Vertex> found;
        for (const Vertex vertex : vertices_)
            if (vertex.level == end.level && vertex.number == end.number.value_or(vertex.number))
                found.push_back(vertex);
        if (found.empty())
            errors_.add(node, fmt::format("a {} of this machine", level_name(end.level)));
        return found;
    }
    [[nodiscard]] bool is_meant(const LinkFile& link, Vertex a, Vertex b) const {
        if (link.from.number && link.to.number) return true;
        if (a.level != b.level) return cpus_of(a).intersects(cpus_of(b));
        return link.from.number || link.to.number ? a.number != b.number : a.number < b.number;
    }
    [[nodiscard]] const CpuSet& cpus_of(Vertex vertex) const {
        switch (vertex.level) {
            case Vertex::Level::cache:
                return topology_.cpus_of(CacheId{vertex.number});
            case Vertex::Level::node:
                return topology_.cpus_of(NodeId{vertex.number});
            case Vertex::Level::socket:
                break;
        }
        return topology_.cpus_of(SocketId{vertex.number});
    }

    const Topology& topology_;
    Errors& errors_;
    std::vector<Vertex> vertices_;
    std::vector<Link> links_;
};

}  // namespace

std::string interconnect_schema(SchemaStyle style) {
    return schema_of<InterconnectFile>({}, style);
}

Interconnect read_interconnect(const Node& node, const std::optional<Topology>& topology,
                               Errors& errors) {
    InterconnectFile file;
    read(node, file, errors);
    if (!topology || !errors.empty()) return {};
    const Node& links = *node.find("links");
    Expansion expansion{*topology, errors};
    for (std::size_t i = 0; i < file.links.size() && expansion.links().size() <= link_limit; ++i)
        expansion.add(links.elements[i], file.links[i]);
    if (expansion.links().size() > link_limit)
        errors.add(links, fmt::format("at most {} links in all", link_limit));
    if (!errors.empty()) return {};
    const std::size_t hubs = Interconnect::count_hubs(*topology, expansion.links());
    if (hubs > hub_limit || hubs * expansion.links().size() > search_limit) {
        errors.add(links, fmt::format("at most {} caches with more than one link, and fewer links "
                                      "the more there are",
                                      hub_limit));
        return {};
    }
    Interconnect interconnect{*topology, file.same_core, file.same_cache, expansion.links()};
    if (const auto apart = interconnect.unconnected())
        errors.add(links.place, "a path between every two caches",
                   "none from " + to_string(apart->first) + " to " + to_string(apart->second));
    return interconnect;
}

}  // namespace pcpsim
