#include "analysis/import/found_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/config/errors.hpp"

namespace pcpsim {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& complaint) {
    throw ScenarioError{file + ": " + complaint};
}

/// Sorts by number, the distances along with the nodes.
void sort_nodes(FoundMachine& machine) {
    const std::size_t count = machine.nodes.size();
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return machine.nodes[a].node < machine.nodes[b].node;
    });
    std::vector<FoundNode> nodes;
    std::vector<int> distances;
    for (const std::size_t from : order) {
        nodes.push_back(machine.nodes[from]);
        if (machine.distances.empty()) continue;
        for (const std::size_t to : order)
            distances.push_back(machine.distances[from * count + to]);
    }
    machine.nodes = std::move(nodes);
    machine.distances = std::move(distances);
}

void check_numbers(const std::string& file, const FoundMachine& machine) {
    const auto& [cpus, nodes] = std::tie(machine.cpus, machine.nodes);
    if (cpus.empty()) refuse(file, "expected at least one CPU that is online, got none");
    for (std::size_t i = 1; i < cpus.size(); ++i)
        if (cpus[i].cpu == cpus[i - 1].cpu)
            refuse(file, fmt::format("expected each CPU once, got cpu{} again", cpus[i].cpu));
    for (std::size_t i = 1; i < nodes.size(); ++i)
        if (nodes[i].node == nodes[i - 1].node)
            refuse(file, fmt::format("expected each node once, got node{} again", nodes[i].node));
}

void check_places(const std::string& file, const FoundMachine& machine) {
    const auto is_known = [&](std::uint32_t node) {
        return std::any_of(machine.nodes.begin(), machine.nodes.end(),
                           [&](const FoundNode& known) { return known.node == node; });
    };
    std::map<std::uint64_t, const FoundCpu*> first_of_core;
    for (const FoundCpu& cpu : machine.cpus) {
        if (!cpu.node || !is_known(*cpu.node))
            refuse(file, fmt::format("expected a node for each CPU that is online, got none for "
                                     "cpu{}",
                                     cpu.cpu));
        if (!cpu.core) continue;
        const FoundCpu& first = *first_of_core.try_emplace(*cpu.core, &cpu).first->second;
        if (first.node != cpu.node || first.cache != cpu.cache || first.socket != cpu.socket)
            refuse(file,
                   fmt::format("expected the threads of a core on one node, in one socket and "
                               "behind one cache, got cpu{} and cpu{}",
                               first.cpu, cpu.cpu));
    }
}

}  // namespace

void make_consistent(const std::string& file, FoundMachine& machine) {
    std::stable_sort(machine.cpus.begin(), machine.cpus.end(),
                     [](const FoundCpu& a, const FoundCpu& b) { return a.cpu < b.cpu; });
    if (machine.nodes.empty() &&
        std::none_of(machine.cpus.begin(), machine.cpus.end(),
                     [](const FoundCpu& cpu) { return cpu.node.has_value(); })) {
        machine.nodes.push_back({});
        for (FoundCpu& cpu : machine.cpus) cpu.node = 0;
    }
    sort_nodes(machine);
    check_numbers(file, machine);
    check_places(file, machine);
}

}  // namespace pcpsim
