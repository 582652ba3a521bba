// libFuzzer target: any bytes are a saved /proc/zoneinfo that can be shown and gives a machine its
// memory, or are refused.
#include "analysis/import/zoneinfo_report.hpp"

#include "tests/fuzz/import.hpp"

namespace {

using namespace pcpsim;

FoundMachine machine_with_zones(std::string_view text) {
    const RecordedKernel kernel = recorded_kernel_of_zoneinfo("zoneinfo", text);
    if (kernel.cpus < 100) static_cast<void>(zoneinfo_text(kernel).size());
    static_cast<void>(zoneinfo_json(kernel).size());
    FoundMachine found{.tool = "none", .cpus = {{.cpu = 0, .node = 0}}, .nodes = {{0, {}}}};
    take_memory(found, kernel);
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return test::import(data, size, machine_with_zones);
}
