// libFuzzer target: any bytes are what lscpu says of a machine, as a table, as JSON or for people,
// or are refused.
#include "analysis/import/lscpu.hpp"

#include "analysis/import/lscpu_summary.hpp"
#include "tests/fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pcpsim;
    return test::import(data, size, [](std::string_view text) {
        if (text.starts_with("Architecture:")) return read_lscpu_summary("f", text);
        return text.starts_with('{') ? read_lscpu_json("f", text) : read_lscpu_table("f", text);
    });
}
