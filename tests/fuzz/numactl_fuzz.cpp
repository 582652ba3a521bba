// libFuzzer target: any bytes are what numactl --hardware says of a machine, or are refused.
#include "analysis/import/numactl.hpp"

#include "tests/fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pcpsim;
    return test::import(data, size, [](std::string_view text) { return read_numactl("f", text); });
}
