// libFuzzer target: any bytes are what numactl, lscpu, /proc/zoneinfo or our own child say of a
// machine, or are refused; what is small and not refused is a machine that can be simulated. Of XML
// only our own look at it is here: libhwloc 2.9 crashes on a changed byte, which topology_file_test
// contains.
#include <cstddef>
#include <string_view>

#include "analysis/import/hwloc.hpp"
#include "analysis/import/lscpu.hpp"
#include "analysis/import/machine_json.hpp"
#include "analysis/import/numactl.hpp"
#include "analysis/import/topology_file.hpp"
#include "analysis/import/zoneinfo_report.hpp"
#include "models/config/errors.hpp"

namespace {

using namespace pcpsim;

void show_zones(std::string_view text) {
    const RecordedKernel kernel = recorded_kernel_of_zoneinfo("zoneinfo", text);
    if (kernel.cpus < 100) static_cast<void>(zoneinfo_text(kernel).size());
    static_cast<void>(zoneinfo_json(kernel).size());
}

FoundMachine read_any(std::string_view text) {
    if (text.starts_with("processor ") || text.starts_with("left_out "))
        return machine_of_message("f", text);
    switch (format_of("f", text)) {
        case TopologyFormat::numactl:
            return read_numactl("f", text);
        case TopologyFormat::lscpu_table:
            return read_lscpu_table("f", text);
        case TopologyFormat::lscpu_json:
            return read_lscpu_json("f", text);
        default:
            throw ScenarioError{"of another target"};
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const MachineClass near = class_named("guest-4cpu");
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    try {
        if (text.starts_with("Node ")) {
            show_zones(text);
            return 0;
        }
        const FoundMachine found = read_any(text);
        if (found.cpus.size() <= 64 && found.nodes.size() <= 16)
            static_cast<void>(machine_json("f", found, near).size());
    } catch (const ScenarioError&) {
        // Refused, with a reason.
    }
    return 0;
}
