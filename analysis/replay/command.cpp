#include "analysis/replay/command.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "analysis/program.hpp"
#include "analysis/replay/counterfactual.hpp"
#include "analysis/replay/percpu_replay.hpp"
#include "models/config/errors.hpp"
#include "models/config/json.hpp"
#include "models/config/option.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

std::vector<std::string> eras() {
    std::vector<std::string> names;
    for (const std::string_view era : kernel_names()) names.emplace_back(era);
    return names;
}

const KernelRules& rules_named(const std::string& name) {
    if (const KernelRules* rules = find_kernel_rules(name)) return *rules;
    throw ScenarioError{"--kernel: expected one of " + join(eras()) + ", got " + quote(name) +
                        suggestion(name, eras())};
}

const KernelRules& rules_of(const ReplayRequest& request, const RecordedKernel& kernel) {
    if (request.kernel) return rules_named(*request.kernel);
    if (const KernelRules* rules = find_kernel_rules(era_of_release(kernel.release))) return *rules;
    throw ScenarioError{kernel.file + ": expected the release of a kernel from 4.19 on, got " +
                        (kernel.release.empty() ? "none" : quote(kernel.release)) +
                        "; choose the rules with --kernel: " + join(eras())};
}

RecordedKernel read_kernel(const ReplayRequest& request) {
    // First, so that a missing recording is not taken for a missing meta file.
    [[maybe_unused]] const TextFile readable{request.recording};
    return read_recorded_kernel(request.meta ? *request.meta : meta_beside(request.recording));
}

const PercpuRules& percpu_rules_of(const KernelRules& rules) {
    if (const PercpuRules* percpu = find_percpu_rules(rules.name)) return *percpu;
    throw ScenarioError{"--kernel: expected an era whose percpu chunks are known, got " +
                        quote(std::string{rules.name})};
}

std::optional<RecordedPercpu> percpu_of(const ReplayRequest& request, const RecordedKernel& kernel,
                                        const KernelRules& rules) {
    const auto file = request.chunks ? request.chunks : chunks_beside(request.recording);
    if (!file) return std::nullopt;
    return read_recorded_percpu(*file, kernel, percpu_rules_of(rules));
}

Choice<Depopulation> depopulation_named(std::string_view name) {
    Errors errors;
    const Node node = parse_json(
        Source{"--depopulation", R"({"model": )" + quote(std::string{name}) + "}"}, errors);
    const auto choice = read_choice<Depopulation>(node, errors);
    errors.throw_if_any();
    return choice.value();
}

/// Requests for percpu memory alone say nothing without the state that they found.
void refuse_without_chunks(const ReplayReport& report) {
    const ReplayResult& result = report.result;
    if (result.percpu_events > 0 && result.allocations + result.frees == 0 &&
        result.checks.checked() == 0)
        throw ScenarioError{
            report.recording +
            ": expected the percpu chunks that the recording begins with in NAME.chunks.gz beside "
            "it, got none; name the file with --chunks"};
}

/// A recording of another machine shows by pages that no zone has.
void refuse_foreign(const ReplayReport& report, const RecordedKernel& kernel) {
    if (report.lines.events == 0 && report.lines.loss_markers == 0)
        throw ScenarioError{fmt::format(
            "{}: expected events of the page allocator, got {} lines, {} of them broken{}{}",
            report.recording, report.lines.lines, report.lines.broken,
            report.lines.damage.empty() ? "" : "; reading stopped early: ", report.lines.damage)};
    // Half of the events, or more, say nothing that needs a zone.
    if (report.result.no_zone * 4 > report.lines.events)
        throw ScenarioError{fmt::format(
            "{}: expected pages in the zones of {}, got {} in none of them: is that file of "
            "another recording?",
            report.recording, kernel.file, report.result.no_zone)};
}

ReplayReport replay_of(const ReplayRequest& request, const RecordedKernel& kernel,
                       const KernelRules& rules, const std::optional<RecordedPercpu>& percpu,
                       Requests* requests, PercpuRequests* percpu_requests) {
    Recording recording{request.recording, kernel.cpus, kernel.page_structs};
    ReplayReport report{request.recording, kernel.release, std::string{rules.name}, {}, {}, {}};
    if (percpu) {
        PercpuReplay replay{recording, *percpu, depopulation_named(percpu->rules.depopulation),
                            percpu_requests};
        report.result = Replay{kernel, rules, requests}.run(replay);
        report.percpu = replay.result();
        report.result.checks.add(report.percpu->checks);
    } else {
        report.result = Replay{kernel, rules, requests}.run(recording);
        refuse_without_chunks(report);
    }
    report.lines = recording.account();
    refuse_foreign(report, kernel);
    return report;
}

struct Settings {
    PcpSettings pcp;
    Node strategy;
    static constexpr auto fields() {
        return std::tuple{field("pcp", &Settings::pcp, "limits of the pcplists"),
                          field("strategy", &Settings::strategy, "the way to drain")};
    }
};

OtherKernel other_kernel(const CounterfactualRequest& request, const KernelRules& recorded) {
    const KernelRules& rules = request.kernel ? rules_named(*request.kernel) : recorded;
    Errors errors;
    const std::string model = request.drain.value_or(std::string{rules.drain_strategy});
    Node root =
        parse_json(Source{"--drain", R"({"strategy": {"model": )" + quote(model) + "}}"}, errors);
    for (const std::string& assignment : request.set) apply_set(root, assignment, errors);
    Settings settings;
    read_fields(root, settings, errors);
    const auto strategy = read_choice<DrainStrategy>(settings.strategy, errors);
    errors.throw_if_any();
    return {&recorded, &rules, strategy.value(), settings.pcp};
}

/// Another era than the recorded one, or anything that only a counterfactual has.
bool is_counterfactual(const Arguments& arguments, const ReplayRequest& request) {
    for (const char* option : {"drain", "depopulation", "cpus", "set"})
        if (arguments.has(option)) return true;
    if (!request.kernel) return false;
    const std::string era = era_of_release(read_kernel(request).release);
    return !era.empty() && era != *request.kernel;
}

Answer answer_of(const Arguments& arguments) {
    const std::string format = arguments.value("format").value_or("text");
    if (format != "text" && format != "json")
        throw UsageError{"--format: expected one of text, json, got " + quote(format)};
    const ReplayRequest request{arguments.positional().front(), arguments.value("meta"),
                                arguments.value("kernel"), arguments.value("chunks")};
    const auto answer = [&](const auto& report) {
        return Answer{report.holds() ? 0 : exit_prediction_failed,
                      format == "json" ? to_json(report) : to_text(report)};
    };
    if (!is_counterfactual(arguments, request)) return answer(replay(request));
    std::optional<std::int64_t> cpus;
    if (const auto text = arguments.value("cpus"))
        cpus = parse_option<std::int64_t>("--cpus", *text);
    return answer(replay_otherwise({{request.recording, request.meta, {}, request.chunks},
                                    request.kernel,
                                    arguments.value("drain"),
                                    arguments.value("depopulation"),
                                    cpus,
                                    arguments.values("set")}));
}

/// "a" of "a.trace.gz"
std::string base_of(const std::string& recording) {
    std::string base = recording;
    for (const std::string_view ending : {".gz", ".trace", ".txt"})
        if (base.ends_with(ending)) base.resize(base.size() - ending.size());
    return base;
}

}  // namespace

std::string meta_beside(const std::string& recording) {
    const std::string base = base_of(recording);
    for (const char* ending : {".meta.json", ".zoneinfo"})
        if (std::filesystem::exists(base + ending)) return base + ending;
    throw ScenarioError{recording + ": expected " + base + ".meta.json or " + base +
                        ".zoneinfo (a saved /proc/zoneinfo) beside it, got neither; name one with "
                        "--meta"};
}

std::optional<std::string> chunks_beside(const std::string& recording) {
    const std::string base = base_of(recording);
    for (const char* ending : {".chunks.gz", ".chunks"})
        if (std::filesystem::exists(base + ending)) return base + ending;
    return std::nullopt;
}

ReplayReport replay(const ReplayRequest& request) {
    const RecordedKernel kernel = read_kernel(request);
    const KernelRules& rules = rules_of(request, kernel);
    return replay_of(request, kernel, rules, percpu_of(request, kernel, rules), nullptr, nullptr);
}

CounterfactualReport replay_otherwise(const CounterfactualRequest& request) {
    ReplayRequest recorded = request.recorded;
    const RecordedKernel kernel = read_kernel(recorded);
    // Without a release the era that is asked for is taken for the recorded one.
    if (kernel.release.empty() && !recorded.kernel) recorded.kernel = request.kernel;
    const KernelRules& rules = rules_of(recorded, kernel);
    const OtherKernel other = other_kernel(request, rules);
    Counterfactual counterfactual{kernel, other};
    const std::optional<RecordedPercpu> recorded_percpu = percpu_of(recorded, kernel, rules);
    std::optional<PercpuCounterfactual> percpu;
    if (recorded_percpu) {
        const PercpuRules& era = percpu_rules_of(*other.rules);
        percpu.emplace(
            request.cpus ? percpu_geometry_for(recorded_percpu->geometry, *request.cpus)
                         : recorded_percpu->geometry,
            era, depopulation_named(request.depopulation.value_or(std::string{era.depopulation})));
    } else if (request.depopulation || request.cpus) {
        throw ScenarioError{recorded.recording +
                            ": expected the percpu chunks that the recording begins with in "
                            "NAME.chunks.gz beside it, got none; name the file with --chunks"};
    }
    CounterfactualReport report{replay_of(recorded, kernel, rules, recorded_percpu, &counterfactual,
                                          percpu ? &*percpu : nullptr)};
    if (percpu && report.replay.percpu)
        report.percpu = PercpuAnswer{
            request.depopulation.value_or(std::string{percpu_rules_of(*other.rules).depopulation}),
            percpu->geometry(), report.replay.percpu->counts, percpu->counts(), percpu->marks()};
    if (counterfactual.allocations() + counterfactual.frees() == 0 &&
        (!report.percpu || report.percpu->counts.allocations + report.percpu->counts.frees == 0))
        throw ScenarioError{recorded.recording +
                            ": expected allocations and frees to answer otherwise, got none on "
                            "lists that are known"};
    report.era = other.rules->name;
    report.strategy = other.strategy.label();
    report.settings = request.set;
    report.recorded = counterfactual.recorded();
    report.counts = counterfactual.counts();
    report.allocations = counterfactual.allocations();
    report.frees = counterfactual.frees();
    report.failed = counterfactual.failed();
    return report;
}

Command replay_command() {
    return {
        "replay",
        "RECORDING",
        "Feeds a recorded kernel trace to the memory models: predicted against recorded.",
        {{"meta", "FILE",
          "what the trace does not say: NAME.meta.json or a saved /proc/zoneinfo (default: the "
          "one beside the recording)"},
         {"chunks", "FILE",
          "the percpu chunks that the recording begins with (default: NAME.chunks.gz beside "
          "it)"},
         {"kernel", "ERA",
          "whose rules answer (default: those of the recorded kernel); any but its own show "
          "what they would have done with the same requests"},
         {"drain", "STRATEGY", "shows what draining this way would have done"},
         {"depopulation", "STRATEGY", "shows what percpu chunks would have done by this strategy"},
         {"cpus", "N", "shows what percpu chunks for as many possible CPUs would have done"},
         {"set", "/POINTER=VALUE", "sets /pcp/batch, /pcp/high or /strategy/params/...; repeatable",
          true},
         {"format", "FORMAT", "text or json (default: text)"}},
        {{"a.trace.gz", "with a.meta.json beside it"},
         {"a.trace --meta zoneinfo.txt --kernel 6.1", "a recording of your own"},
         {"a.trace.gz --kernel 6.12 --drain ipi-mask --set /pcp/batch=31",
          "the same requests, answered otherwise"}},
        answer_of};
}

}  // namespace pcpsim
