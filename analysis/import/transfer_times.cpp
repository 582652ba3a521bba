#include "analysis/import/transfer_times.hpp"

#include <algorithm>
#include <optional>

namespace pcpsim {
namespace {

constexpr Duration least = 1_ps;

struct Ways {
    std::optional<Duration> core, cache, node, socket, machine;
};

/// From the first CPU to all others.
Ways ways_from_first(const Machine& machine) {
    const Topology& topology = machine.topology;
    const HardwareThread& first = topology.thread(topology.possible().first());
    Ways ways;
    for (const CpuId cpu : topology.possible()) {
        if (cpu == first.cpu) continue;
        const HardwareThread& other = topology.thread(cpu);
        std::optional<Duration>& way = other.core == first.core       ? ways.core
                                       : other.cache == first.cache   ? ways.cache
                                       : other.node == first.node     ? ways.node
                                       : other.socket == first.socket ? ways.socket
                                                                      : ways.machine;
        if (!way) way = machine.interconnect.transfer(first.cpu, cpu);
    }
    return ways;
}

}  // namespace

TransferTimes transfer_times(const Machine& machine) {
    const Ways ways = ways_from_first(machine);
    const Duration cache = ways.cache.value_or(ways.node.value_or(ways.core.value_or(50_ns)));
    const Duration node = ways.node.value_or(ways.socket.value_or(ways.machine.value_or(cache)));
    const Duration socket = ways.socket.value_or(node);
    const Duration machine_wide = ways.machine.value_or(socket + node);
    const auto half = [](Duration way) { return std::max(way / 2, least); };
    return {ways.core.value_or(std::max(cache / 3, least)), cache, half(node),
            half(std::max(socket - node, Duration{})), std::max(machine_wide - socket, least)};
}

}  // namespace pcpsim
