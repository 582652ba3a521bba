// Goal: a regular shape is numbered as Linux numbers x86, and every index agrees with the threads.
#include "models/machine/topology.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

TEST_SUITE("models/machine/topology") {
    TEST_CASE("second threads are numbered after all first threads") {
        const Topology topology{RegularShape{.sockets = 2,
                                             .nodes_per_socket = 2,
                                             .cores_per_node = 32,
                                             .cores_per_cache = 4,
                                             .threads_per_core = 2,
                                             .cache_size = 16_MiB,
                                             .memory_per_node = 1_GiB}};
        CHECK(topology.cpus() == 256);
        CHECK(to_string(topology.siblings(CpuId{5})) == "5,133");
        CHECK(to_string(topology.cpus_of(NodeId{0})) == "0-31,128-159");
        CHECK(to_string(topology.cpus_of(NodeId{3})) == "96-127,224-255");
        CHECK(to_string(topology.cpus_of(SocketId{1})) == "64-127,192-255");
        CHECK(to_string(topology.cpus_of(CacheId{1})) == "4-7,132-135");
        CHECK(to_string(topology.online()) == "0-255");
    }
    TEST_CASE("each CPU is in the sets of its own core, cache, node and socket, and in no other") {
        const Topology topology{tiny_shape};
        for (const CpuId cpu : topology.possible()) {
            const HardwareThread& thread = topology.thread(cpu);
            CHECK(topology.siblings(cpu).contains(cpu));
            for (std::size_t cache = 0; cache < topology.caches(); ++cache)
                CHECK(topology.cpus_of(CacheId{cache}).contains(cpu) ==
                      (CacheId{cache} == thread.cache));
            for (const MemoryNode& node : topology.nodes())
                CHECK(topology.cpus_of(node.node).contains(cpu) == (node.node == thread.node));
            for (std::size_t socket = 0; socket < topology.sockets(); ++socket)
                CHECK(topology.cpus_of(SocketId{socket}).contains(cpu) ==
                      (SocketId{socket} == thread.socket));
        }
    }
    TEST_CASE("distances follow the sockets") {
        RegularShape shape = tiny_shape;
        shape.nodes_per_socket = 2;
        const Topology topology{shape};
        CHECK(topology.distance(NodeId{0}, NodeId{0}) == 10);
        CHECK(topology.distance(NodeId{0}, NodeId{1}) == shape.same_socket_distance);
        CHECK(topology.distance(NodeId{1}, NodeId{2}) == shape.other_socket_distance);
    }
    TEST_CASE("node numbers may have gaps") {
        const std::vector<HardwareThread> threads{
            {CpuId{0}, CoreId{0}, CacheId{0}, NodeId{0}, SocketId{0}},
            {CpuId{1}, CoreId{1}, CacheId{1}, NodeId{8}, SocketId{1}}};
        const Topology topology{threads,
                                {{NodeId{0}, SocketId{0}, 1_GiB}, {NodeId{8}, SocketId{1}, 2_GiB}},
                                {10, 40, 40, 10},
                                1_MiB};
        CHECK(topology.distance(NodeId{0}, NodeId{8}) == 40);
        CHECK(topology.distance(NodeId{8}, NodeId{8}) == 10);
        CHECK(topology.memory_of(NodeId{8}) == 2_GiB);
        CHECK(topology.cpus_of(NodeId{8}) == CpuSet{CpuId{1}});
    }
}
