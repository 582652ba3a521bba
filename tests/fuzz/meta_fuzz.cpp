// libFuzzer target: any bytes are a meta file or a saved /proc/zoneinfo, or are refused.
#include <cstddef>
#include <string_view>

#include "analysis/replay/recorded_kernel.hpp"
#include "models/config/errors.hpp"
#include "models/config/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pcpsim;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    try {
        if (text.starts_with("Node ")) {
            recorded_kernel_of_zoneinfo("zoneinfo", text);
        } else {
            Errors errors;
            recorded_kernel_of_meta(parse_json(Source{"meta.json", std::string{text}}, errors));
        }
    } catch (const ScenarioError&) {
        // Refused, with a reason.
    }
    return 0;
}
