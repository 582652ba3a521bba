#pragma once
// What the targets of pcpsim import share.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "analysis/import/machine_json.hpp"
#include "models/config/errors.hpp"

namespace pcpsim::test {

/// Any bytes are refused by `read`, or a machine; a small one can be written and simulated.
template <class Read>
int import(const std::uint8_t* data, std::size_t size, Read read) {
    static const MachineClass near = class_named("guest-4cpu");
    try {
        const FoundMachine found =
            read(std::string_view{reinterpret_cast<const char*>(data), size});
        if (found.cpus.size() <= 64 && found.nodes.size() <= 16)
            static_cast<void>(machine_json("f", found, near).size());
    } catch (const ScenarioError&) {
        // Refused, with a reason.
    }
    return 0;
}

}  // namespace pcpsim::test
