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

/// What the processor's name or the architecture contains, '?' for any character, and the class:
/// the first match counts.
constexpr std::array<std::pair<std::string_view, const char*>, 19> known{{
    {"EPYC 7??1", "epyc-7601-2s"},
    {"EPYC", "epyc-7742-2s"},
    {"Ryzen", "desktop-24"},
    {"Core(TM)", "desktop-24"},
    {"Xeon(R) CPU E?-", "dell-r430-e5-2640v3"},
    {"Xeon", "cascadelake-2s-80"},
    {"QEMU", "guest-4cpu"},
    {"POWER", "power9-9006-22c"},
    {"ThunderX2", "apollo70-thunderx2"},
    {"Neoverse", "ampere-n1-80"},
    {"Ampere", "ampere-n1-80"},
    {"Kunpeng", "ampere-n1-80"},
    {"Cortex-A72", "raspberry-pi-4"},
    {"x86_64", "epyc-7742-2s"},
    {"i?86", "guest-2cpu-i386"},
    {"ppc64", "power9-9006-22c"},
    {"aarch64, 64KiB pages", "apollo70-thunderx2"},
    {"aarch64", "ampere-n1-80"},
    {"armv", "raspberry-pi-4"},
}};
constexpr const char* default_class = "epyc-7742-2s";

bool contains(std::string_view text, std::string_view pattern) {
    const auto fits = [](char letter, char wanted) { return wanted == '?' || letter == wanted; };
    return std::search(text.begin(), text.end(), pattern.begin(), pattern.end(), fits) !=
           text.end();
}

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
    std::string architecture = found.architecture;
    if (!architecture.empty() && found.page_size)
        architecture += ", " + to_string(*found.page_size) + " pages";
    for (const std::string& trait : {found.processor, architecture})
        for (const auto& [part, name] : known)
            if (contains(trait, part)) return {read(path_of(name)), "nearest to " + echo(trait)};
    const std::string trait = found.processor.empty() ? found.architecture : found.processor;
    return {read(path_of(default_class)), trait.empty()
                                              ? "taken because no processor is named"
                                              : "taken because none is near to " + echo(trait)};
}

}  // namespace pcpsim
