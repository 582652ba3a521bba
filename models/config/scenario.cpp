#include "models/config/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/config/json.hpp"
#include "models/config/option.hpp"
#include "models/config/overlay.hpp"
#include "models/machine/machine_file.hpp"
#include "models/mm/percpu_rules.hpp"

namespace pcpsim {

template <>
struct Scalar<const KernelRules*> {
    static constexpr Node::Kind kind = Node::Kind::string;
    static std::vector<std::string> names() {
        const auto known = kernel_names();
        return {known.begin(), known.end()};
    }
    static std::string type() { return noun(); }
    static std::string noun() { return "one of " + join(names()); }
    static Parsed<const KernelRules*> parse(std::string_view text) {
        if (const KernelRules* const rules = find_kernel_rules(text)) return rules;
        return Refused{};
    }
    static std::string text(const KernelRules* rules) { return std::string{rules->name}; }
};

namespace {

struct ScenarioFile {
    std::string question;
    Node machine;
    Node overrides;
    const KernelRules* kernel = find_kernel_rules("5.17");
    PcpSettings pcp;
    std::vector<Node> workload;
    std::vector<Node> strategies;
    Node depopulation;
    std::uint64_t seed = 1;
    std::uint32_t replications = 5;
    std::optional<Duration> stop_after;
    static constexpr auto fields() {
        using Self = ScenarioFile;
        return std::tuple{
            field("question", &Self::question, "what the scenario is to answer"),
            field("machine", &Self::machine, "the machine's file").required(),
            field("overrides", &Self::overrides, "laid over the machine, key by key"),
            field("kernel", &Self::kernel, "whose rules the page allocator follows"),
            field("pcp", &Self::pcp, "limits of the pcplists"),
            field("workload", &Self::workload, "what the CPUs do").required(),
            field("strategies", &Self::strategies, "ways to drain; the first is the baseline")
                .required(),
            field("depopulation", &Self::depopulation,
                  "how percpu memory is given back, unless a strategy says; the kernel's own if "
                  "null"),
            field("seed", &Self::seed, "of every draw"),
            field("replications", &Self::replications, "runs per strategy, each with its own draws")
                .within(1, 10'000),
            field("stop_after", &Self::stop_after, "simulated time; to the workload's end if null")
                .within(1_ns, 1'000'000_s),
        };
    }
};

Machine read_machine_of(const ScenarioFile& file, Errors& errors) {
    std::optional<Node> description = read_json(file.machine, errors);
    if (!description) return {};
    Node base = resolve_base(std::move(*description), errors);
    if (!errors.empty()) return {};
    if (file.overrides.place.source == nullptr) return read_machine(base, errors);
    if (file.overrides.kind == Node::Kind::object)
        return read_machine(merge(std::move(base), file.overrides), errors);
    errors.add(file.overrides, "an object");
    return {};
}

const std::string& label_of(const StrategyChoice& strategy) { return strategy.drain.label(); }
const std::string& label_of(const WorkloadChoice& entry) { return entry.model.label(); }

/// Labels name columns and metrics, so none is used twice.
template <class Chosen>
void check_label(const Node& entry, const std::string& label, const std::vector<Chosen>& others,
                 Errors& errors) {
    const bool is_taken = std::any_of(others.begin(), others.end(), [&](const Chosen& other) {
        return label_of(other) == label;
    });
    const Node* const given = entry.find("label");
    if (is_taken) errors.add(given ? *given : *entry.find("model"), "a label that no other has");
}

/// Of the scenario, for strategies that have none of their own.
std::optional<Choice<Depopulation>> read_depopulation(const ScenarioFile& file, Errors& errors) {
    if (file.depopulation.place.source != nullptr)
        return read_choice<Depopulation>(file.depopulation, errors);
    const PercpuRules* const rules = find_percpu_rules(file.kernel->name);
    PCPSIM_CHECK(rules != nullptr, "every era of pcplists is one of percpu chunks");
    const Node own = parse_json(
        Source{"kernel", fmt::format(R"({{"model":{}}})", quote(rules->depopulation))}, errors);
    return read_choice<Depopulation>(own, errors);
}

std::vector<StrategyChoice> read_strategies(const ScenarioFile& file, Errors& errors) {
    const auto usual = read_depopulation(file, errors);
    std::vector<StrategyChoice> strategies;
    for (const Node& entry : file.strategies) {
        auto drain = read_choice<DrainStrategy>(entry, errors, {"depopulation"});
        const Node* const own = entry.find("depopulation");
        auto depopulation = own ? read_choice<Depopulation>(*own, errors) : usual;
        if (!drain) continue;
        check_label(entry, drain->label(), strategies, errors);
        if (depopulation) strategies.push_back({std::move(*drain), std::move(*depopulation)});
    }
    return strategies;
}

/// Where and when a workload runs, as its entry says it beside the model.
struct WorkloadSite {
    std::optional<CpuSet> cpus;
    std::optional<bool> pinned;
    Duration start;
    std::optional<Duration> stop;
    static constexpr auto fields() {
        using Self = WorkloadSite;
        return std::tuple{
            field("cpus", &Self::cpus, "all that are not isolated if null"),
            field("pinned", &Self::pinned, "to one CPU each; if null, where `cpus` are given"),
            field("start", &Self::start, "simulated time").within(0_ns, 1'000'000_s),
            field("stop", &Self::stop, "simulated time").within(1_ps, 1'000'000_s),
        };
    }
};

/// The machine is null if it could not be read.
Placement read_placement(const Node& entry, const WorkloadSite& site, const Machine* machine,
                         Errors& errors) {
    Placement where{{}, site.pinned.value_or(site.cpus.has_value())};
    if (machine == nullptr) return where;
    where.cpus = site.cpus.value_or(machine->balanced());
    const CpuSet allowed = where.pinned ? machine->topology.possible() : machine->balanced();
    if (!site.cpus) return where;
    if (where.cpus.empty() || !(where.cpus - allowed).empty())
        errors.add(*entry.find("cpus"), "CPUs among " + echo(to_string(allowed)));
    return where;
}

std::vector<WorkloadChoice> read_workload(const std::vector<Node>& entries, const Machine* machine,
                                          Errors& errors) {
    std::vector<std::string> keys;
    for_each_field<WorkloadSite>([&](const auto& field) { keys.push_back(field.name()); });
    std::vector<WorkloadChoice> workload;
    for (const Node& entry : entries) {
        auto choice = read_choice<Workload>(entry, errors, keys);
        WorkloadSite site;
        Errors site_errors;
        for_each_field<WorkloadSite>([&](const auto& field) {
            if (const Node* const given = entry.find(field.name()))
                read(*given, field.of(site), site_errors, field.range());
        });
        const bool is_known = site_errors.empty();
        errors.add(site_errors);
        if (is_known && site.stop && *site.stop <= site.start)
            errors.add(*entry.find("stop"), "a time after its start");
        Placement where = read_placement(entry, site, is_known ? machine : nullptr, errors);
        if (!choice) continue;
        check_label(entry, choice->label(), workload, errors);
        workload.push_back({std::move(*choice), std::move(where), site.start, site.stop});
    }
    return workload;
}

template <class Interface>
std::string choice_json(const Choice<Interface>& choice, const std::string& more = {}) {
    return fmt::format(R"({{"model":{},"label":{},{}"params":{}}})", quote(choice.model()),
                       quote(choice.label()), more, choice.effective_params());
}

}  // namespace

Scenario read_scenario(const Node& root, Errors& errors, const RecordingReader* recordings) {
    ScenarioFile file;
    read_fields(root, file, errors);
    for (const char* const list : {"workload", "strategies"})
        if (const Node* const entries = root.find(list))
            if (entries->kind == Node::Kind::array && entries->elements.empty())
                errors.add(*entries, "at least one entry");

    // Apart, because what is wrong with the scenario says nothing about its machine.
    Errors machine_errors;
    Machine machine;
    const bool is_named = root.find("machine") != nullptr;
    if (is_named) machine = read_machine_of(file, machine_errors);
    const bool is_known = is_named && machine_errors.empty();
    auto workload = read_workload(file.workload, is_known ? &machine : nullptr, errors);
    if (recordings != nullptr)
        for (WorkloadChoice& entry : workload) entry.model = entry.model.load(*recordings, errors);
    auto strategies = read_strategies(file, errors);
    errors.add(machine_errors);
    errors.throw_if_any();
    return Scenario{std::move(file.question), std::move(machine),    file.kernel, file.pcp,
                    std::move(workload),      std::move(strategies), file.seed,   file.replications,
                    file.stop_after};
}

Scenario read_scenario(const std::string& path, const std::vector<std::string>& assignments,
                       const RecordingReader* recordings) {
    Errors errors;
    Node root = read_json(path, errors);
    for (const std::string& assignment : assignments) apply_set(root, assignment, errors);
    return read_scenario(root, errors, recordings);
}

std::string to_json(const Scenario& scenario) {
    std::vector<std::string> workload, strategies;
    for (const WorkloadChoice& entry : scenario.workload)
        workload.push_back(choice_json(
            entry.model,
            fmt::format(R"("cpus":{},"pinned":{},"start":{},"stop":{},)", to_json(entry.where.cpus),
                        to_json(entry.where.pinned), to_json(entry.start), to_json(entry.stop))));
    for (const auto& [drain, depopulation] : scenario.strategies)
        strategies.push_back(choice_json(
            drain, fmt::format(R"("depopulation":{{"model":{},"params":{}}},)",
                               quote(depopulation.model()), depopulation.effective_params())));
    return fmt::format(
        R"({{"question":{},"machine":{},"kernel":{},"pcp":{},"workload":[{}],"strategies":[{}],)"
        R"("seed":{},"replications":{},"stop_after":{}}})",
        quote(scenario.question), scenario.machine.effective_json, quote(scenario.kernel->name),
        to_json(scenario.pcp), fmt::join(workload, ","), fmt::join(strategies, ","), scenario.seed,
        scenario.replications, to_json(scenario.stop_after));
}

std::string scenario_schema() {
    const auto list = [](const std::string& entry) {
        return fmt::format(R"({{"type":"array","minItems":1,"maxItems":{},"items":{}}})",
                           list_limit, entry);
    };
    const std::string depopulation = choice_schema<Depopulation>();
    const SchemaParts parts{
        {"machine", R"({"type":"string"})"},
        {"overrides", machine_overrides_schema()},
        {"workload", list(choice_schema<Workload>(schema_properties<WorkloadSite>()))},
        {"strategies", list(choice_schema<DrainStrategy>({{"depopulation", depopulation}}))},
        {"depopulation", depopulation}};
    std::vector<SchemaProperty> properties = schema_properties<ScenarioFile>({}, parts);
    properties.push_back(schema_key());
    return file_schema("pcpsim scenario", object_schema(std::move(properties)));
}

}  // namespace pcpsim
