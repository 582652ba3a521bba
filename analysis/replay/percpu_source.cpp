#include "analysis/replay/percpu_source.hpp"

#include <filesystem>

#include "models/config/errors.hpp"
#include "models/config/json.hpp"
#include "models/config/text.hpp"

namespace pcpsim {

const PercpuRules& percpu_rules_of(const KernelRules& rules) {
    if (const PercpuRules* percpu = find_percpu_rules(rules.name)) return *percpu;
    throw ScenarioError{"--kernel: expected an era whose percpu chunks are known, got " +
                        quote(std::string{rules.name})};
}

Choice<Depopulation> depopulation_named(const std::string& name) {
    Errors errors;
    const Node node =
        parse_json(Source{"--depopulation", R"({"model": )" + quote(name) + "}"}, errors);
    const auto choice = read_choice<Depopulation>(node, errors);
    errors.throw_if_any();
    return choice.value();
}

std::string base_of_recording(const std::string& recording) {
    std::string base = recording;
    for (const std::string_view ending : {".gz", ".trace", ".txt"})
        if (base.ends_with(ending)) base.resize(base.size() - ending.size());
    return base;
}

std::optional<PercpuSource> find_percpu_source(const std::string& recording,
                                               const std::optional<std::string>& chunks,
                                               const RecordedKernel& kernel,
                                               const KernelRules& rules) {
    std::optional<std::string> file = chunks;
    const std::string base = base_of_recording(recording);
    for (const char* ending : {".chunks.gz", ".chunks"})
        if (!file && std::filesystem::exists(base + ending)) file = base + ending;
    if (!file) return std::nullopt;
    const PercpuRules& era = percpu_rules_of(rules);
    return PercpuSource{read_recorded_percpu(*file, kernel, era),
                        depopulation_named(std::string{era.depopulation})};
}

}  // namespace pcpsim
