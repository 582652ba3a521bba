#include "analysis/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "analysis/cli.hpp"
#include "analysis/table.hpp"
#include "models/config/json.hpp"
#include "models/config/text.hpp"
#include "models/drain/strategy.hpp"
#include "models/machine/machine_file.hpp"
#include "models/mm/kernel_rules.hpp"
#include "models/mm/percpu_depopulation.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

/// The costs of a machine stand in for parameters.
ModelInfo read_entry(const std::filesystem::path& file) {
    Errors errors;
    const Machine machine = read_machine(read_json(file.string(), errors), errors);
    errors.throw_if_any();
    ModelInfo entry{file.stem().string(), machine.name, {}};
    for (const CostInfo& cost : list_costs(machine))
        entry.fields.push_back({.name = cost.name,
                                .type = Scalar<Evidence>::text(cost.provenance.kind),
                                .default_value = cost.value,
                                .range = cost.range,
                                .help = cost.help,
                                .source = cost.provenance.source});
    return entry;
}

std::vector<ModelInfo> machines() {
    std::vector<ModelInfo> entries;
    for (const auto& file : std::filesystem::directory_iterator{PCPSIM_SCENARIOS "/machines"})
        if (file.path().extension() == ".json") entries.push_back(read_entry(file.path()));
    std::sort(entries.begin(), entries.end(),
              [](const ModelInfo& a, const ModelInfo& b) { return a.name < b.name; });
    return entries;
}

std::vector<ModelInfo> kernels() {
    std::vector<ModelInfo> entries;
    for (const std::string_view name : kernel_names())
        entries.push_back({std::string{name}, fmt::format("pcplist rules of Linux {}", name), {}});
    return entries;
}

std::string parameter_text(const FieldInfo& field) {
    std::string text = "\n  " + field.name;
    text += field.default_value.empty() ? " is required" : " = " + field.default_value;
    text += " (" + field.type + (field.range.empty() ? "" : ", " + field.range) + ")\n";
    text += "      " + field.help + "\n";
    return text + (field.source.empty() ? "" : "      Source: " + field.source + "\n");
}

std::string entry_text(const CatalogGroup& group, const ModelInfo& entry) {
    std::string text = fmt::format("{} ({}): {}\n", entry.name, group.noun, entry.sentence);
    for (const FieldInfo& field : entry.fields) text += parameter_text(field);
    return text;
}

}  // namespace

std::vector<CatalogGroup> catalog() {
    return {{"Drain strategies", "drain strategy", list_models<DrainStrategy>()},
            {"Depopulation of percpu chunks", "depopulation strategy", list_models<Depopulation>()},
            {"Workloads", "workload", list_models<Workload>()},
            {"Kernels", "kernel", kernels()},
            {"Machines", "machine", machines()}};
}

std::string list_text(const std::vector<CatalogGroup>& groups) {
    std::string text;
    for (const CatalogGroup& group : groups) {
        std::vector<std::vector<std::string>> lines;
        for (const ModelInfo& entry : group.entries)
            lines.push_back({"  " + entry.name, entry.sentence});
        text += group.title + ":\n" + to_text(lines, "<<") + "\n";
    }
    return text + "pcpsim describe NAME shows parameters and where they come from.\n";
}

std::string describe_text(const std::vector<CatalogGroup>& groups, const std::string& name) {
    std::vector<std::string> names;
    std::string text;
    for (const CatalogGroup& group : groups)
        for (const ModelInfo& entry : group.entries) {
            names.push_back(entry.name);
            if (entry.name == name) text += (text.empty() ? "" : "\n") + entry_text(group, entry);
        }
    if (!text.empty()) return text;
    throw UsageError{"nothing is called " + quote(echo(name)) + suggestion(name, names) +
                     "\nTry: pcpsim list"};
}

}  // namespace pcpsim
