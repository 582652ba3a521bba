// Goal: a topology is read as a regular shape or as lists, and what does not fit together is named.
#include "models/machine/topology_file.hpp"

#include <doctest/doctest.h>

#include "tests/support/reading.hpp"

using namespace pcpsim;

namespace {

const std::string regular = R"({"sockets": 2, "nodes_per_socket": 2, "cores_per_node": 4,
    "cores_per_cache": 2, "threads_per_core": 2, "cache_size": "1MiB", "memory_per_node": "1GiB",
    "same_socket_distance": 12, "other_socket_distance": 32})";

/// Two nodes of two cores with two threads, siblings side by side as POWER numbers them.
const std::string listed = R"({
"nodes": [{"node": 0, "socket": 0, "cpus": "0-3", "memory": "1GiB"},
          {"node": 8, "socket": 1, "cpus": "4-7", "memory": "2GiB"}],
"distances": [[10, 40], [40, 10]],
"cores": ["0-1", "2-3", "4-5", "6-7"],
"caches": ["0-3", "4-7"],
"cache_size": "10MiB"})";

std::string complaint(const std::string& text) { return complaints(text, read_topology); }

std::string wrong(const std::string& from, const std::string& to) {
    return complaint(replaced(listed, from, to));
}

Topology read(const std::string& text) {
    Topology topology;
    CHECK(complaints(text, [&](const Node& node, Errors& errors) {
              topology = read_topology(node, errors).value();
          }) == "");
    return topology;
}

}  // namespace

TEST_SUITE("models/machine/topology_file") {
    TEST_CASE("a regular shape gives its product of CPUs") {
        const Topology topology = read(regular);
        CHECK(topology.cpus() == 2 * 2 * 4 * 2);
        CHECK(topology.caches() == 2 * 2 * 4 / 2);
        CHECK(topology.distance(NodeId{0}, NodeId{3}) == 32);
    }
    TEST_CASE("lists give the numbering that they say") {
        const Topology topology = read(listed);
        CHECK(topology.siblings(CpuId{2}) == CpuSet{CpuId{2}, CpuId{3}});
        CHECK(to_string(topology.cpus_of(NodeId{8})) == "4-7");
        CHECK(topology.socket_of(NodeId{8}) == SocketId{1});
        CHECK(topology.thread(CpuId{6}).cache == CacheId{1});
        CHECK(topology.memory_of(NodeId{8}) == 2_GiB);
        CHECK(topology.distance(NodeId{8}, NodeId{0}) == 40);
    }
    TEST_CASE("no CPUs, or more than any machine has, are refused") {
        CHECK(complaint(replaced(regular, "\"sockets\": 2", "\"sockets\": 0")) ==
              "t.json:1:13: /sockets: expected a whole number in 1..8192, got 0");
        CHECK(complaint(replaced(regular, "\"cores_per_node\": 4", "\"cores_per_node\": 8000")) ==
              "t.json:1:1: /: expected at most 8192 CPUs in all, got 2 sockets x 2 nodes x 8000 "
              "cores x 2 threads");
        CHECK(complaint(R"({"nodes": [], "distances": [], "cores": [], "caches": [],
            "cache_size": "1MiB"})") ==
              "t.json:1:11: /nodes: expected at least one CPU in some node, got none");
    }
    TEST_CASE("caches share a socket evenly") {
        CHECK(
            complaint(replaced(regular, "\"cores_per_cache\": 2", "\"cores_per_cache\": 3")) ==
            "t.json:2:24: /cores_per_cache: expected a divisor of the 8 cores of a socket, got 3");
    }
    TEST_CASE("a CPU is in one node") {
        CHECK(wrong("\"cpus\": \"4-7\"", "\"cpus\": \"3-7\"") ==
              "t.json:3:44: /nodes/1/cpus: expected CPUs that are in no other node, got \"3-7\" "
              "with 3 again");
    }
    TEST_CASE("CPUs are numbered without gaps, nodes in ascending order") {
        CHECK(wrong("\"cpus\": \"4-7\"", "\"cpus\": \"5-8\"") ==
              "t.json:2:10: /nodes: expected CPU numbers from 0 without gaps, got 0-3,5-8\n"
              "t.json:5:10: /cores: expected CPUs 0-3,5-8, each in some core, got 0-7\n"
              "t.json:6:11: /caches: expected CPUs 0-3,5-8, each in some cache, got 0-7");
        CHECK(wrong("\"node\": 8", "\"node\": 0") ==
              "t.json:3:20: /nodes/1/node: expected a number above 0, in ascending order, got 0");
    }
    TEST_CASE("distances are complete, symmetric and 10 on the diagonal") {
        CHECK(wrong("[40, 10]]", "[41, 10]]") ==
              "t.json:4:26: /distances/1/0: expected 40, the distance in the other direction, got "
              "41");
        CHECK(wrong("[[10, 40]", "[[11, 40]") ==
              "t.json:4:16: /distances/0/0: expected 10, the distance of a node to itself, got 11");
        CHECK(wrong("[40, 10]]", "[40]]") ==
              "t.json:4:25: /distances/1: expected 2 distances, one per node, got [40]");
        CHECK(wrong(", [40, 10]]", "]") ==
              "t.json:4:14: /distances: expected 2 rows, one per node, got 1");
        CHECK(wrong("[40, 10]]", "[255, 10]]") ==
              "t.json:4:26: /distances/1/0: expected a whole number in 10..254, got 255");
    }
    TEST_CASE("every CPU has one core and one cache, and a core lies within both") {
        CHECK(wrong("\"6-7\"]", "\"6\"]") ==
              "t.json:5:10: /cores: expected CPUs 0-7, each in some core, got 0-6");
        CHECK(wrong("\"caches\": [\"0-3\"", "\"caches\": [\"0-4\"") ==
              "t.json:6:19: /caches/1: expected CPUs that are in no other cache, got \"4-7\" with "
              "4 again");
        CHECK(wrong("[\"0-1\", \"2-3\", \"4-5\"", "[\"0-1\", \"2,4\", \"3,5\"") ==
              "t.json:5:18: /cores/1: expected CPUs that share a node and a cache, got \"2,4\"\n"
              "t.json:5:25: /cores/2: expected CPUs that share a node and a cache, got \"3,5\"");
    }
    TEST_CASE("whatever stands in place of a value, the lists are read or refused") {
        CHECK(refusals_of_odd_values(listed, read_topology) > 0);
    }
    TEST_CASE("what is no CPU list is refused with an example") {
        CHECK(wrong("\"4-7\", \"memory\"", "\"7-4\", \"memory\"") ==
              "t.json:3:44: /nodes/1/cpus: expected a CPU list below 8192, such as \"0-3,8\", got "
              "\"7-4\"");
    }
}
