// libFuzzer target: any bytes are what our child says of a topology, or are refused. Of XML only
// our own look at it is here: libhwloc 2.9 crashes on a changed byte, which topology_file_test
// contains.
#include "analysis/import/hwloc.hpp"
#include "analysis/import/topology_file.hpp"
#include "tests/fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pcpsim;
    return test::import(data, size, [](std::string_view text) {
        if (text.starts_with('<')) static_cast<void>(format_of("f", text));
        return machine_of_message("f", text);
    });
}
