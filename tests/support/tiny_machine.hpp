#pragma once
// A machine small enough to reckon with by hand.
//
// Two sockets of one node each, four CPUs and 64 MiB per node, one Normal zone per node, no SMT,
// two cores behind a cache. Every cost is a different round number, so that a wrong one shows.
#include "models/machine/machine.hpp"

namespace pcpsim {

inline CostTable tiny_costs() {
    CostTable costs;
    costs.page_fault = 500_ns;
    costs.user_per_page = 50_ns;
    costs.page_zero = 100_ns;
    costs.memory_service_per_page = 80_ns;
    costs.memory_service_per_waiter_ppm = 2000;
    costs.fault_shared_lines_permille = 500;
    costs.smt_slowdown_permille = 1500;
    costs.list_pop = 11_ns;
    costs.list_push = 12_ns;
    costs.buddy_single = 150_ns;
    costs.zone_lock_hold_base = 300_ns;
    costs.zone_lock_hold_per_page = 40_ns;
    costs.atomic = 7_ns;
    costs.unlock_store = 1_ns;
    costs.dependent_load = 2_ns;
    costs.irq_save_restore = 5_ns;
    costs.preempt_toggle = 3_ns;
    costs.interrupt = 1_us;
    costs.tick = 2_us;
    costs.tick_toggle = 1300_ns;
    costs.ipi_send = 90_ns;
    costs.ipi_deliver = 700_ns;
    costs.context_switch = 1200_ns;
    costs.idle_exit = 2500_ns;
    costs.queue_work = 600_ns;
    costs.work_item = 1600_ns;
    costs.mutex_slowpath = 400_ns;
    costs.reclaim_base = 2100_ns;
    costs.reclaim_page = 450_ns;
    costs.lru_isolate = 25_ns;
    costs.rcu_gp_init = 1100_ns;
    costs.rcu_gp_init_per_node = 30_ns;
    costs.rcu_fqs_scan_per_cpu = 60_ns;
    costs.percpu_hint = 9_ns;
    costs.percpu_area = 110_ns;
    costs.percpu_zero = 22_ns;
    costs.percpu_map_page = 95_ns;
    costs.percpu_chunk = 9500_ns;
    costs.tlb_flush = 550_ns;
    costs.tlb_flush_page = 13_ns;
    return costs;
}

inline constexpr RegularShape tiny_shape{.sockets = 2,
                                         .nodes_per_socket = 1,
                                         .cores_per_node = 4,
                                         .cores_per_cache = 2,
                                         .threads_per_core = 1,
                                         .cache_size = 1_MiB,
                                         .memory_per_node = 64_MiB,
                                         .same_socket_distance = 12,
                                         .other_socket_distance = 21};

/// Lines move in 8 ns within a core, 20 ns within a cache, 60 ns within a node, 100 ns between the
/// nodes of a socket, 200 ns between sockets.
inline Interconnect tiny_interconnect(const Topology& topology) {
    using Part = Vertex::Level;
    std::vector<Link> links;
    for (const CpuId cpu : topology.possible()) {
        const HardwareThread& thread = topology.thread(cpu);
        if (topology.cpus_of(thread.cache).first() == cpu)
            links.push_back(
                {{Part::cache, thread.cache.number()}, {Part::node, thread.node.number()}, 30_ns});
    }
    for (const MemoryNode& node : topology.nodes())
        links.push_back(
            {{Part::node, node.node.number()}, {Part::socket, node.socket.number()}, 20_ns});
    for (std::uint32_t socket = 1; socket < topology.sockets(); ++socket)
        links.push_back({{Part::socket, 0}, {Part::socket, socket}, 100_ns});
    return Interconnect{topology, 8_ns, 20_ns, links};
}

inline Machine tiny_machine(const RegularShape& shape = tiny_shape) {
    Machine machine;
    machine.id = "tiny";
    machine.name = "Tiny";
    machine.topology = Topology{shape};
    machine.interconnect = tiny_interconnect(machine.topology);
    machine.costs = tiny_costs();
    machine.kernel.zones = ZoneRule::single;
    return machine;
}

}  // namespace pcpsim
