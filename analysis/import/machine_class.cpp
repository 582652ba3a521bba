#include "analysis/import/machine_class.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "models/config/errors.hpp"
#include "models/config/json.hpp"
#include "models/config/text.hpp"
#include "models/machine/machine_file.hpp"

namespace pcpsim {
namespace {

namespace fs = std::filesystem;

constexpr const char* machines = PCPSIM_SCENARIOS "/machines";

/// What the processor's name contains, or else the architecture is, and the class: the first match
/// counts.
constexpr std::array<std::pair<std::string_view, const char*>, 2> known{{
    {"EPYC", "epyc-7742-2s"},
    {"x86_64", "epyc-7742-2s"},
}};
constexpr const char* default_class = "epyc-7742-2s";

Machine read(const std::string& path) {
    Errors errors;
    Machine machine = read_machine(read_json(path, errors), errors);
    errors.throw_if_any();
    return machine;
}

std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator{machines})
        if (file.path().extension() == ".json") names.push_back(file.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string path_of(const std::string& name) {
    return std::string{machines} + "/" + name + ".json";
}

}  // namespace

MachineClass class_named(const std::string& name) {
    const std::string reason = "chosen by --class";
    if (name.ends_with(".json")) return {read(name), reason};
    const std::vector<std::string> all = names();
    if (std::find(all.begin(), all.end(), name) == all.end())
        throw ScenarioError{"--class: expected one of " + join(all) +
                            " or the file of a machine, got " + quote(echo(name)) +
                            suggestion(name, all)};
    return {read(path_of(name)), reason};
}

MachineClass class_near(const FoundMachine& found) {
    for (const std::string& trait : {found.processor, found.architecture})
        for (const auto& [part, name] : known)
            if (trait.find(part) != std::string::npos)
                return {read(path_of(name)), "nearest to " + echo(trait)};
    const std::string trait = found.processor.empty() ? found.architecture : found.processor;
    return {read(path_of(default_class)), trait.empty()
                                              ? "taken because no processor is named"
                                              : "taken because none is near to " + echo(trait)};
}

}  // namespace pcpsim
