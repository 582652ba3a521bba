#include "analysis/replay/command.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "analysis/program.hpp"
#include "analysis/replay/counterfactual.hpp"
#include "analysis/replay/percpu_order.hpp"
#include "analysis/replay/percpu_source.hpp"
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

[[noreturn]] void refuse_without_chunks(const std::string& recording) {
    throw ScenarioError{recording + ": expected the percpu chunks that it begins with in " +
                        base_of_recording(recording) +
                        ".chunks.gz, got no such file; name one with --chunks"};
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

/// Who wants to see the requests of a recording.
struct Audience {
    Requests* pages = nullptr;
    PercpuRequests* percpu = nullptr;
};

ReplayReport replay_of(const ReplayRequest& request, const RecordedKernel& kernel,
                       const KernelRules& rules, const std::optional<PercpuSource>& percpu,
                       const PercpuOrder& order, Audience audience) {
    Recording recording{request.recording, kernel.cpus, kernel.page_structs};
    ReplayReport report{request.recording, kernel.release, std::string{rules.name}, {}, {}, {}};
    Replay pages{kernel, rules, audience.pages};
    if (percpu) {
        PercpuReplay chunks{percpu->recorded, percpu->depopulation, audience.percpu};
        chunks.follow(order);
        PercpuStream stream{recording, chunks};
        report.result = pages.run(stream);
        report.percpu = chunks.finish(recording.account().is_cut() ? PercpuReplay::Ending::cut
                                                                   : PercpuReplay::Ending::whole);
        report.result.checks.add(report.percpu->checks);
    } else {
        report.result = pages.run(recording);
    }
    report.lines = recording.account();
    for (const LineAccount::Gap& gap : report.lines.gaps)
        report.result.checks.doubt(gap.from, gap.to);
    refuse_foreign(report, kernel);
    const ReplayResult& result = report.result;
    // Requests for percpu memory alone say nothing without the state that they found.
    if (!percpu && result.percpu_events > 0 && result.allocations + result.frees == 0 &&
        result.checks.checked() == 0)
        refuse_without_chunks(request.recording);
    return report;
}

/// If anything is wrong with percpu chunks, perhaps because events do not tell the order of all
/// that happens, looks for a better one.
PercpuOrder order_after(const ReplayReport& report, const RecordedKernel& kernel,
                        const std::optional<PercpuSource>& percpu) {
    if (!report.percpu || report.percpu->mismatched_events() == 0) return {};
    Recording recording{report.recording, kernel.cpus, kernel.page_structs};
    return find_percpu_order(recording, percpu->recorded, percpu->depopulation);
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

}  // namespace

std::string meta_beside(const std::string& recording) {
    const std::string base = base_of_recording(recording);
    for (const char* ending : {".meta.json", ".zoneinfo"})
        if (std::filesystem::exists(base + ending)) return base + ending;
    throw ScenarioError{recording + ": expected " + base + ".meta.json or " + base +
                        ".zoneinfo (a saved /proc/zoneinfo) beside it, got neither; name one with "
                        "--meta"};
}

ReplayReport replay(const ReplayRequest& request) {
    const RecordedKernel kernel = read_kernel(request);
    const KernelRules& rules = rules_of(request, kernel);
    const auto percpu = find_percpu_source(request.recording, request.chunks, kernel, rules);
    ReplayReport report = replay_of(request, kernel, rules, percpu, {}, {});
    const PercpuOrder order = order_after(report, kernel, percpu);
    if (order.empty()) return report;
    ReplayReport ordered = replay_of(request, kernel, rules, percpu, order, {});
    const auto wrong = [](const ReplayReport& of) { return of.result.checks.mismatched(); };
    return wrong(ordered) < wrong(report) ? ordered : report;
}

namespace {

/// One run of a recording for a counterfactual.
CounterfactualReport replay_otherwise(const CounterfactualRequest& request,
                                      const RecordedKernel& kernel, const KernelRules& rules,
                                      const std::optional<PercpuSource>& source,
                                      const PercpuOrder& order) {
    const OtherKernel other = other_kernel(request, rules);
    Counterfactual pages{kernel, other};
    std::optional<PercpuCounterfactual> percpu;
    std::string depopulation;
    if (source) {
        const PercpuRules& era = percpu_rules_of(*other.rules);
        depopulation = request.depopulation.value_or(std::string{era.depopulation});
        const PercpuGeometry& recorded = source->recorded.geometry;
        percpu.emplace(request.cpus ? percpu_geometry_for(recorded, *request.cpus) : recorded, era,
                       depopulation_named(depopulation));
    }
    CounterfactualReport report{replay_of(request.recorded, kernel, rules, source, order,
                                          {&pages, percpu ? &*percpu : nullptr})};
    report.era = other.rules->name;
    report.strategy = other.strategy.label();
    report.settings = request.set;
    report.recorded = pages.recorded();
    report.counts = pages.counts();
    report.allocations = pages.allocations();
    report.frees = pages.frees();
    report.failed = pages.failed();
    if (percpu)
        report.percpu = PercpuAnswer{depopulation, percpu->geometry(), report.replay.percpu->counts,
                                     percpu->counts(), percpu->marks()};
    return report;
}

}  // namespace

CounterfactualReport replay_otherwise(const CounterfactualRequest& asked) {
    CounterfactualRequest request = asked;
    ReplayRequest& recorded = request.recorded;
    const RecordedKernel kernel = read_kernel(recorded);
    // Without a release the era that is asked for is taken for the recorded one.
    if (kernel.release.empty() && !recorded.kernel) recorded.kernel = request.kernel;
    const KernelRules& rules = rules_of(recorded, kernel);
    const auto percpu = find_percpu_source(recorded.recording, recorded.chunks, kernel, rules);
    if (!percpu && (request.depopulation || request.cpus))
        refuse_without_chunks(recorded.recording);
    CounterfactualReport report = replay_otherwise(request, kernel, rules, percpu, {});
    const PercpuOrder order = order_after(report.replay, kernel, percpu);
    if (!order.empty()) report = replay_otherwise(request, kernel, rules, percpu, order);
    if (report.requests() == 0)
        throw ScenarioError{recorded.recording +
                            ": expected allocations and frees to answer otherwise, got none on "
                            "lists or in chunks that are known"};
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
