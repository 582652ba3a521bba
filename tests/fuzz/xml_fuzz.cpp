// libFuzzer target: any bytes are hwloc XML, or are refused. libhwloc reads them in this process, as
// far from us as its own faults are: what it accepts has to be facts that we accept or refuse.
#include <cstddef>
#include <cstdlib>
#include <string>

#include "analysis/import/hwloc.hpp"
#include "analysis/import/topology_file.hpp"
#include "models/config/errors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pcpsim;
    const std::string text{reinterpret_cast<const char*>(data), size};
    try {
        if (format_of("f", text) == TopologyFormat::xml)
            machine_of_message("f", message_about_xml(text));
    } catch (const ScenarioError&) {
        // Refused, with a reason.
    }
    return 0;
}
