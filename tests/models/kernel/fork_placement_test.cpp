// Goal: forked tasks land where find_idlest_cpu() puts them. Method: children placed one by one on
// the shape of two EPYC 7742 with two nodes per socket.
#include "models/kernel/fork_placement.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/models/kernel/plain_fork_placement.hpp"
#include "tests/models/mm/random.hpp"
#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

Machine epyc_machine(ForkPlacement::Levels levels, int reclaim_distance = 32) {
    Machine machine = tiny_machine({.sockets = 2,
                                    .nodes_per_socket = 2,
                                    .cores_per_node = 32,
                                    .cores_per_cache = 4,
                                    .threads_per_core = 2,
                                    .cache_size = 16_MiB,
                                    .memory_per_node = 1_GiB,
                                    .same_socket_distance = 12,
                                    .other_socket_distance = 32});
    machine.placement.levels = levels;
    machine.placement.reclaim_distance = reclaim_distance;
    return machine;
}

/// Nodes at distances that mostly make no hierarchy, caches that several nodes share.
Machine random_machine(Random& random) {
    const auto pick = [&random](std::int64_t most) {
        return static_cast<std::size_t>(1 + random.below(most));
    };
    const std::size_t nodes = pick(6);
    const std::size_t cores = nodes * pick(12);
    const std::size_t cores_per_cache = pick(5);
    const std::size_t threads = cores * pick(2);
    std::vector<MemoryNode> memory;
    for (std::size_t node = 0; node < nodes; ++node)
        memory.push_back({NodeId{node}, SocketId{node / 2}, 16_MiB});
    std::vector<HardwareThread> cpus;
    for (std::size_t cpu = 0; cpu < threads; ++cpu) {
        const std::size_t core = cpu % cores;
        const std::size_t node = core % nodes;
        cpus.push_back({CpuId{cpu}, CoreId{core}, CacheId{core / cores_per_cache}, NodeId{node},
                        SocketId{node / 2}});
    }
    std::vector<int> distances(nodes * nodes, Topology::local_distance);
    for (std::size_t from = 0; from < nodes; ++from)
        for (std::size_t to = 0; to < from; ++to)
            distances[from * nodes + to] = distances[to * nodes + from] =
                static_cast<int>(10 + 4 * random.below(7));
    Machine machine = tiny_machine(tiny_shape);
    machine.topology = Topology{cpus, memory, distances};
    if (random.below(2) == 0) machine.placement.levels = ForkPlacement::Levels::top;
    return machine;
}

/// Where each of `count` children goes while the parent and the children before it run.
std::vector<CpuId> children(const Machine& machine, CpuId parent, int count,
                            std::uint64_t seed = 1) {
    const Draws draws{seed};
    ForkBalancer balancer{machine, draws, parent, machine.balanced()};
    balancer.add(parent);
    std::vector<CpuId> placed;
    for (int child = 0; child < count; ++child) {
        placed.push_back(balancer.choose(static_cast<std::uint64_t>(child)));
        balancer.add(placed.back());
    }
    return placed;
}

/// A balancer for children of CPU 3, `tasks` running on each CPU but one, which has one less.
CpuId choice_beside(const Machine& machine, int tasks, CpuId but, std::uint64_t seed) {
    const Draws draws{seed};
    ForkBalancer balancer{machine, draws, CpuId{3}, machine.balanced()};
    for (const CpuId cpu : machine.topology.online())
        for (int task = cpu == but ? 1 : 0; task < tasks; ++task) balancer.add(cpu);
    return balancer.choose(0);
}

/// Whether fork put each of these children into one of the node's CPUs.
bool all_on(const Machine& machine, const std::vector<CpuId>& placed, std::size_t from,
            std::size_t to, NodeId node) {
    return std::all_of(placed.begin() + static_cast<std::ptrdiff_t>(from),
                       placed.begin() + static_cast<std::ptrdiff_t>(to),
                       [&](CpuId cpu) { return machine.topology.node_of(cpu) == node; });
}

}  // namespace

TEST_SUITE("models/kernel/fork_placement") {
    TEST_CASE("with the rule at all levels a quarter of a domain fills before the next group") {
        const Machine machine = epyc_machine(ForkPlacement::Levels::all);
        const CpuId parent{40};
        REQUIRE(machine.topology.node_of(parent) == NodeId{1});
        const std::vector<CpuId> placed = children(machine, parent, 127);
        // A socket has 128 CPUs: 32 tasks, the parent among them, stay in its node; then the other
        // node is idler until it has as many. The machine has 256: 64 tasks stay in the socket.
        CHECK(all_on(machine, placed, 0, 31, NodeId{1}));
        CHECK(all_on(machine, placed, 31, 63, NodeId{0}));
        for (std::size_t child = 63; child < 127; ++child)
            CHECK(machine.topology.socket_of(placed[child]) == SocketId{1});
    }
    TEST_CASE("with the rule at the top level only, tasks spread over the nodes of the socket") {
        const Machine machine = epyc_machine(ForkPlacement::Levels::top);
        const std::vector<CpuId> placed = children(machine, CpuId{0}, 63);
        std::int64_t in_node[2] = {1, 0};  // the parent
        for (const CpuId cpu : placed) {
            REQUIRE(machine.topology.socket_of(cpu) == SocketId{0});
            ++in_node[machine.topology.node_of(cpu).index()];
            REQUIRE(std::abs(in_node[0] - in_node[1]) <= 1);
        }
    }
    TEST_CASE("nobody shares a core while a core is free") {
        for (const ForkPlacement::Levels levels :
             {ForkPlacement::Levels::all, ForkPlacement::Levels::top})
            for (const std::uint64_t seed : {1U, 2U, 3U}) {
                const Machine machine = epyc_machine(levels);
                CpuSet cores;
                cores.insert(CpuId{machine.topology.thread(CpuId{200}).core.number()});
                for (const CpuId cpu : children(machine, CpuId{200}, 127, seed)) {
                    const CpuId core{machine.topology.thread(cpu).core.number()};
                    REQUIRE_FALSE(cores.contains(core));
                    cores.insert(core);
                }
            }
    }
    TEST_CASE("within a node tasks spread over the caches before two share one") {
        const Machine machine = epyc_machine(ForkPlacement::Levels::all);
        CpuSet caches;
        caches.insert(CpuId{machine.topology.thread(CpuId{0}).cache.number()});
        for (const CpuId cpu : children(machine, CpuId{0}, 7))
            caches.insert(CpuId{machine.topology.thread(cpu).cache.number()});
        CHECK(caches.size() == 8);  // 32 cores, 4 to a cache
    }
    TEST_CASE("nodes beyond the reclaim distance are not balanced at fork") {
        const Machine machine = epyc_machine(ForkPlacement::Levels::all, 30);
        for (const CpuId cpu : children(machine, CpuId{0}, 200))
            REQUIRE(machine.topology.socket_of(cpu) == SocketId{0});
    }
    TEST_CASE("a machine that is full gets the next task where fewest run") {
        const Machine machine = epyc_machine(ForkPlacement::Levels::all);
        CHECK(choice_beside(machine, 2, CpuId{77}, 1) == CpuId{77});
    }
    TEST_CASE("ties follow the seed, and only the seed") {
        const Machine machine = epyc_machine(ForkPlacement::Levels::all);
        CHECK(children(machine, CpuId{0}, 60, 7) == children(machine, CpuId{0}, 60, 7));
        CHECK(children(machine, CpuId{0}, 60, 7) != children(machine, CpuId{0}, 60, 8));
        // A child's draws are its own: those before it do not move them.
        const Draws draws{7};
        ForkBalancer balancer{machine, draws, CpuId{0}, machine.balanced()};
        balancer.add(CpuId{0});
        const CpuId alone = balancer.choose(20);
        for (std::uint64_t other = 0; other < 20; ++other)
            static_cast<void>(balancer.choose(other));
        CHECK(balancer.choose(20) == alone);
    }
    TEST_CASE("without ties the seed does not matter") {
        const Machine machine = epyc_machine(ForkPlacement::Levels::all);
        for (const std::uint64_t seed : {1U, 2U, 3U})
            CHECK(choice_beside(machine, 1, CpuId{50}, seed) == CpuId{50});
    }
    TEST_CASE("the choices are those of the rule that counts every CPU anew") {
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            CAPTURE(seed);
            Random random{seed};
            const Machine machine = random_machine(random);
            const auto cpus = static_cast<std::int64_t>(machine.topology.cpus());
            const auto any_cpu = [&] {
                return CpuId{static_cast<std::size_t>(random.below(cpus))};
            };
            const CpuId parent = any_cpu();
            const Draws draws{seed};
            CpuSet allowed{parent};
            for (std::int64_t i = random.below(2 * cpus); i > 0; --i) allowed.insert(any_cpu());
            const PlainForkBalancer plain{machine, draws, allowed};
            ForkBalancer balancer{machine, draws, parent, allowed};
            std::vector<std::int64_t> running(machine.topology.cpus());
            for (std::uint64_t child = 0; child < 300; ++child) {
                const CpuId chosen = balancer.choose(child);
                REQUIRE(chosen == plain.choose(parent, running, child));
                // Others come and stay, too.
                const CpuId where = random.below(3) == 0 ? any_cpu() : chosen;
                balancer.add(where);
                ++running[where.index()];
            }
        }
    }
}
