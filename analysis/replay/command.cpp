#include "analysis/replay/command.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "analysis/program.hpp"
#include "models/config/errors.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

const KernelRules& rules_of(const ReplayRequest& request, const RecordedKernel& kernel) {
    const std::string name = request.kernel.value_or(era_of_release(kernel.release));
    if (const KernelRules* rules = find_kernel_rules(name)) return *rules;
    std::vector<std::string> names;
    for (const std::string_view era : kernel_names()) names.emplace_back(era);
    if (request.kernel)
        throw ScenarioError{"--kernel: expected one of " + join(names) + ", got " + quote(name) +
                            suggestion(name, names)};
    throw ScenarioError{kernel.file + ": expected the release of a kernel from 4.19 on, got " +
                        (kernel.release.empty() ? "none" : quote(kernel.release)) +
                        "; choose the rules with --kernel: " + join(names)};
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

Answer answer_of(const Arguments& arguments) {
    const std::string format = arguments.value("format").value_or("text");
    if (format != "text" && format != "json")
        throw UsageError{"--format: expected one of text, json, got " + quote(format)};
    const ReplayReport report = replay(
        {arguments.positional().front(), arguments.value("meta"), arguments.value("kernel")});
    Answer answer;
    answer.status = report.holds() ? 0 : exit_prediction_failed;
    answer.out = format == "json" ? to_json(report) : to_text(report);
    return answer;
}

}  // namespace

std::string meta_beside(const std::string& recording) {
    std::string base = recording;
    for (const std::string_view ending : {".gz", ".trace", ".txt"})
        if (base.ends_with(ending)) base.resize(base.size() - ending.size());
    for (const char* ending : {".meta.json", ".zoneinfo"})
        if (std::filesystem::exists(base + ending)) return base + ending;
    throw ScenarioError{recording + ": expected " + base + ".meta.json or " + base +
                        ".zoneinfo (a saved /proc/zoneinfo) beside it, got neither; name one with "
                        "--meta"};
}

ReplayReport replay(const ReplayRequest& request) {
    // First, so that a missing recording is not taken for a missing meta file.
    [[maybe_unused]] const TextFile readable{request.recording};
    const RecordedKernel kernel =
        read_recorded_kernel(request.meta ? *request.meta : meta_beside(request.recording));
    const KernelRules& rules = rules_of(request, kernel);
    Recording recording{request.recording, kernel.cpus, kernel.page_structs};
    ReplayReport report{request.recording, kernel.release, std::string{rules.name},
                        Replay{kernel, rules}.run(recording), recording.account()};
    refuse_foreign(report, kernel);
    return report;
}

Command replay_command() {
    return {"replay",
            "RECORDING",
            "Feeds a recorded kernel trace to the memory models: predicted against recorded.",
            {{"meta", "FILE",
              "what the trace does not say: NAME.meta.json or a saved /proc/zoneinfo (default: the "
              "one beside the recording)"},
             {"kernel", "ERA", "whose rules predict (default: those of the recorded kernel)"},
             {"format", "FORMAT", "text or json (default: text)"}},
            {{"a.trace.gz", "with a.meta.json beside it"},
             {"a.trace --meta zoneinfo.txt --kernel 6.1", "a recording of your own"}},
            answer_of};
}

}  // namespace pcpsim
