// Goal: links are expanded as their stars say, and a machine in pieces is refused.
#include "models/machine/interconnect_file.hpp"

#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

namespace {

const Topology topology = [] {
    RegularShape shape = tiny_shape;
    shape.nodes_per_socket = 2;
    return Topology{shape};
}();

std::string file(const std::string& links) {
    return R"({"same_core": "8ns", "same_cache": "20ns", "links": [)" + links + "]}";
}

std::string complaint(const std::string& links) {
    return complaints(file(links), [](const Node& node, Errors& errors) {
        read_interconnect(node, topology, errors);
    });
}

const std::string down = R"({"from": "cache*", "to": "node*", "latency": "30ns"})";
const std::string middle = R"({"from": "node*", "to": "socket*", "latency": "20ns"})";
const std::string across = R"({"from": "socket0", "to": "socket1", "latency": "100ns"})";

}  // namespace

TEST_SUITE("models/machine/interconnect_file") {
    TEST_CASE("stars between levels join what belongs together") {
        // The same links as tiny_interconnect() adds one by one.
        const Interconnect expected = tiny_interconnect(topology);
        CHECK(complaints(file(down + "," + middle + "," + across),
                         [&](const Node& node, Errors& errors) {
                             const Interconnect line = read_interconnect(node, topology, errors);
                             for (const CpuId a : topology.possible())
                                 for (const CpuId b : topology.possible())
                                     CHECK(line.transfer(a, b) == expected.transfer(a, b));
                         }) == "");
    }
    TEST_CASE("a star within a level joins every pair") {
        CHECK(complaints(file(R"({"from": "cache*", "to": "cache*", "latency": "70ns"})"),
                         [](const Node& node, Errors& errors) {
                             const Interconnect line = read_interconnect(node, topology, errors);
                             CHECK(line.transfer(CpuId{0}, CpuId{15}) == 70_ns);
                             CHECK(line.transfer(CpuId{2}, CpuId{9}) == 70_ns);
                         }) == "");
    }
    TEST_CASE("caches without a path are named") {
        CHECK(complaint(down + "," + middle) ==
              "t.json:1:53: /links: expected a path between every two caches, got none from cache0 "
              "to cache4");
    }
    TEST_CASE("as many nodes as a kernel has are meshed, and no more than can be searched") {
        const auto said = [](const RegularShape& shape, const std::string& links) {
            return complaints(file(links), [&](const Node& node, Errors& errors) {
                const Interconnect line = read_interconnect(node, Topology{shape}, errors);
                if (!errors.empty()) return;
                const CpuId last{Topology{shape}.cpus() - 1};
                CHECK(line.transfer(CpuId{0}, last) == 2 * (30_ns + 20_ns) + 100_ns);
            });
        };
        RegularShape shape = tiny_shape;
        shape.sockets = 256;
        shape.cores_per_node = 16;
        shape.cores_per_cache = 1;
        const std::string mesh = R"({"from": "socket*", "to": "socket*", "latency": "100ns"})";
        CHECK(said(shape, down + "," + middle + "," + mesh) == "");
        const std::string star = R"({"from": "cache*", "to": "cache*", "latency": "70ns"})";
        CHECK(said(shape, star).find("/links: expected at most 1048576 links in all") !=
              std::string::npos);
        CHECK(said(shape, down + "," + replaced(down, "node*", "socket*"))
                  .find("expected at most 2048 caches with more than one link") !=
              std::string::npos);
    }
    TEST_CASE("an end is a cache, node or socket that the machine has") {
        CHECK(complaint(replaced(across, "socket1", "socket2")) ==
              "t.json:1:80: /links/0/to: expected a socket of this machine, got \"socket2\"");
        CHECK(complaint(replaced(across, "socket1", "hub1")) ==
              "t.json:1:80: /links/0/to: expected a cache, node or socket, such as \"node0\" or "
              "\"cache*\", got \"hub1\"");
        CHECK(complaint(replaced(across, "100ns", "0ns")) ==
              "t.json:1:102: /links/0/latency: expected a duration in 1ps..100us, got \"0ns\"");
    }
}
