#pragma once
#include "analysis/import/found_machine.hpp"

namespace pcpsim::test {

/// The complaint of a reader, or "".
template <class Read>
std::string complaint(Read read) {
    try {
        read();
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

/// "0:0 1:0 2:8": CPUs with what a member says of them; "-" if it is absent.
template <class Member>
std::string by_cpu(const FoundMachine& machine, Member member) {
    std::string text;
    for (const FoundCpu& cpu : machine.cpus) {
        const auto& value = cpu.*member;
        text += (text.empty() ? "" : " ") + std::to_string(cpu.cpu) + ":" +
                (value ? std::to_string(*value) : "-");
    }
    return text;
}

/// Two nodes, 0 and 4, with two cores of two threads each; sockets and caches like the nodes.
inline FoundMachine small_found() {
    FoundMachine found{.tool = "a test"};
    for (std::uint32_t cpu = 0; cpu < 8; ++cpu)
        found.cpus.push_back({cpu, cpu / 2, cpu / 4, cpu / 4, cpu / 4 * 4});
    found.nodes = {{0, 1_GiB}, {4, 2_GiB}};
    found.distances = {10, 21, 21, 10};
    return found;
}

}  // namespace pcpsim::test
