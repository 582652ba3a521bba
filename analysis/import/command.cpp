#include "analysis/import/command.hpp"

#include "analysis/import/input_text.hpp"
#include "analysis/import/machine_json.hpp"
#include "analysis/import/topology_file.hpp"
#include "analysis/import/zoneinfo_report.hpp"
#include "analysis/output.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

constexpr const char* host_zoneinfo = "/proc/zoneinfo";

std::string import_topology(const Arguments& arguments) {
    const auto& words = arguments.positional();
    const bool is_host = words.size() == 1;
    if (!is_host && arguments.has("live")) throw UsageError{"expected a file or --live, got both"};
    if (arguments.has("format")) throw UsageError{"--format is for pcpsim import zoneinfo"};
    FoundMachine found = is_host ? read_host_topology() : read_topology_file(words[1]);
    if (const auto path = arguments.value("zoneinfo"))
        take_memory(found, recorded_kernel_of_zoneinfo(*path, read_input(*path)));
    const auto name = arguments.value("class");
    return machine_json(is_host ? "this host" : words[1], found,
                        name ? class_named(*name) : class_near(found));
}

std::string import_zoneinfo(const Arguments& arguments) {
    for (const char* other : {"class", "live", "zoneinfo"})
        if (arguments.has(other))
            throw UsageError{std::string{"--"} + other + " is for pcpsim import topology"};
    const std::string path =
        arguments.positional().size() == 1 ? host_zoneinfo : arguments.positional()[1];
    const RecordedKernel kernel = recorded_kernel_of_zoneinfo(path, read_input(path));
    const std::string format = arguments.value("format").value_or("text");
    if (format == "text") return zoneinfo_text(kernel);
    if (format == "json") return zoneinfo_json(kernel);
    throw UsageError{"--format: expected text or json, got " + quote(echo(format))};
}

Answer import(const Arguments& arguments) {
    const std::string& what = arguments.positional().front();
    if (what != "topology" && what != "zoneinfo")
        throw UsageError{"expected topology or zoneinfo, got " + quote(echo(what)) +
                         suggestion(what, {"topology", "zoneinfo"}) +
                         "\nTry: pcpsim import --help"};
    const auto output = arguments.value("output");
    if (output) expect_writable(*output);
    std::string text = what == "topology" ? import_topology(arguments) : import_zoneinfo(arguments);
    if (!output) return {.out = std::move(text)};
    write_file(*output, text);
    return {};
}

}  // namespace

Command import_command() {
    return {"import",
            "topology|zoneinfo [FILE]",
            "Makes a machine file of hwloc XML, a gathered sysfs, numactl --hardware, lscpu or "
            "this host; shows what /proc/zoneinfo says.",
            {{"class", "MACHINE", "known machine whose costs are taken; the nearest by default"},
             {"zoneinfo", "FILE", "a copy of /proc/zoneinfo that tells the memory of each node"},
             {"live", "", "reads this host, as without FILE"},
             {"format", "text|json", "of what zoneinfo says; text by default"},
             {"output", "FILE", "writes there instead of to standard output"}},
            {{"topology --output mine.json", "this machine"},
             {"topology lscpu.txt --zoneinfo zoneinfo.txt", "a machine where only these exist"},
             {"zoneinfo", "watermarks, limits and pages on every list of this machine"},
             {"topology rack7.xml --class epyc-7742-2s", "what lstopo wrote elsewhere"}},
            import};
}

}  // namespace pcpsim
