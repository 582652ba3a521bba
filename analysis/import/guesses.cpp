#include "analysis/import/guesses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace pcpsim {
namespace {

using Numbers = std::vector<std::uint32_t>;

/// The CPUs of each node, ascending; those without a node count as of one.
std::map<std::uint32_t, Numbers> cpus_by_node(const FoundMachine& machine) {
    std::map<std::uint32_t, Numbers> by_node;
    for (const FoundCpu& cpu : machine.cpus) by_node[cpu.node.value_or(0)].push_back(cpu.cpu);
    for (auto& [node, cpus] : by_node) std::sort(cpus.begin(), cpus.end());
    return by_node;
}

/// Two runs without gaps, of the same length and with a gap between them.
bool are_two_runs(const Numbers& cpus) {
    const std::size_t half = cpus.size() / 2;
    return half >= 2 && cpus.size() % 2 == 0 && cpus[half - 1] - cpus[0] == half - 1 &&
           cpus.back() - cpus[half] == half - 1 && cpus[half] != cpus[half - 1] + 1;
}

}  // namespace

void guess_cores(FoundMachine& machine, std::optional<std::uint64_t> threads) {
    const auto by_node = cpus_by_node(machine);
    const auto each_node = [&](auto is_so) {
        return std::all_of(by_node.begin(), by_node.end(),
                           [&](const auto& entry) { return is_so(entry.second); });
    };
    const bool is_said = threads.has_value();
    if (!is_said && each_node(are_two_runs)) threads = 2;
    if (threads == 1) return;
    if (!threads || *threads == 0 ||
        !each_node([&](const Numbers& cpus) { return cpus.size() % *threads == 0; })) {
        machine.remarks.emplace_back("one thread per core is assumed");
        return;
    }
    const bool follow = is_said && !machine.architecture.empty() &&
                        machine.architecture != "x86_64" && machine.architecture != "i686";
    std::map<std::uint32_t, std::uint32_t> first_thread;
    for (const auto& [node, cpus] : by_node) {
        const std::size_t cores = cpus.size() / *threads;
        for (std::size_t i = 0; i < cpus.size(); ++i)
            first_thread[cpus[i]] = cpus[follow ? i - i % *threads : i % cores];
    }
    for (FoundCpu& cpu : machine.cpus) cpu.core = first_thread.at(cpu.cpu);
    machine.remarks.push_back(
        follow          ? fmt::format("each {} CPUs in a row are assumed to be a core", *threads)
        : *threads == 2 ? "the upper half of each node's CPUs is assumed to be second threads"
                        : fmt::format("each node's CPUs are assumed to be the first threads of its "
                                      "cores, then the second ones, up to {}",
                                      *threads));
}

void guess_sockets_by_distance(FoundMachine& machine) {
    const std::size_t count = machine.nodes.size();
    std::map<std::uint32_t, std::uint32_t> socket;
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t nearest = i;
        for (std::size_t j = i; j-- > 0;)
            if (!machine.distances.empty() && machine.distances[i * count + j] < 20) nearest = j;
        const std::uint32_t own = machine.nodes[i].node;
        socket[own] = nearest == i ? own : socket[machine.nodes[nearest].node];
    }
    for (FoundCpu& cpu : machine.cpus) cpu.socket = socket[*cpu.node];
    machine.remarks.emplace_back("nodes nearer than 20 are assumed to be of one socket");
}

void guess_sockets(FoundMachine& machine, std::uint64_t sockets) {
    const auto by_node = cpus_by_node(machine);
    if (sockets < 2) return;
    if (by_node.size() % sockets != 0) {
        machine.remarks.push_back(
            fmt::format("all CPUs are of one socket here, of {} there", sockets));
        return;
    }
    std::map<std::uint32_t, std::uint64_t> socket;
    for (const auto& [node, cpus] : by_node)
        socket.emplace(node, socket.size() * sockets / by_node.size());
    for (FoundCpu& cpu : machine.cpus) cpu.socket = socket.at(cpu.node.value_or(0));
    if (by_node.size() > sockets)
        machine.remarks.emplace_back("nodes in a row are assumed to be of one socket");
}

void guess_caches(FoundMachine& machine, std::uint64_t caches) {
    const auto core_of = [](const FoundCpu& cpu) { return cpu.core.value_or(cpu.cpu); };
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> cache;  // by node and core
    for (const FoundCpu& cpu : machine.cpus) cache[{cpu.node.value_or(0), core_of(cpu)}] = 0;
    if (caches == 0 || cache.size() % caches != 0) return;
    std::uint64_t number = 0;
    for (auto& [core, key] : cache) key = number++ * caches / cache.size();
    for (FoundCpu& cpu : machine.cpus) cpu.cache = cache.at({cpu.node.value_or(0), core_of(cpu)});
    if (caches > 1 && caches < cache.size())
        machine.remarks.emplace_back("cores in a row are assumed to share a last-level cache");
}

}  // namespace pcpsim
