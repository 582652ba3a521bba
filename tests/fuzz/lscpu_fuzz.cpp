// libFuzzer target: any bytes are what lscpu says of a machine, as a table or as JSON, or are
// refused.
#include "analysis/import/lscpu.hpp"

#include "tests/fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pcpsim;
    return test::import(data, size, [](std::string_view text) {
        return text.starts_with('{') ? read_lscpu_json("f", text) : read_lscpu_table("f", text);
    });
}
