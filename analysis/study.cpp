#include "analysis/study.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <thread>

#include "analysis/baseline.hpp"
#include "analysis/csv.hpp"
#include "analysis/gate.hpp"
#include "analysis/interrupt.hpp"
#include "analysis/output.hpp"
#include "analysis/program.hpp"
#include "analysis/reference.hpp"
#include "analysis/report.hpp"
#include "analysis/results_json.hpp"
#include "analysis/verify.hpp"
#include "models/config/option.hpp"

namespace pcpsim {
namespace {

enum class Format { text, json, md, csv };
constexpr auto enum_names(Format) { return std::array{"text", "json", "md", "csv"}; }
enum class GateFormat { text, json };
constexpr auto enum_names(GateFormat) { return std::array{"text", "json"}; }

[[noreturn]] void refuse(const std::string& option, const std::string& expected,
                         const std::string& got) {
    throw ScenarioError{fmt::format("{}: expected {}, got {}", option, expected, echo(quote(got)))};
}

double margin(const Arguments& arguments) {
    const std::string text = arguments.value("margin").value_or("2");
    double margin = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), margin);
    if (error != std::errc{} || end != text.data() + text.size() || !(margin >= 0 && margin <= 100))
        refuse("--margin", "percent in 0..100", text);
    return margin;
}

Format format(const Arguments& arguments) {
    return parse_option<Format>("--format", arguments.value("format").value_or("text"));
}

/// Options that would say nothing beside another one are refused, not ignored.
void refuse_beside(const std::string& option, const std::vector<std::string>& others,
                   const Arguments& arguments) {
    for (const std::string& other : others)
        if (arguments.has(other))
            throw UsageError{fmt::format("--{} has no effect with --{}", other, option)};
}

void check_output(const Arguments& arguments) {
    if (const auto path = arguments.value("output")) expect_writable(*path);
}

Outcome conduct(const Experiment& experiment, const Arguments& arguments) {
    const UserInterrupt interrupt;
    const bool show_progress = !arguments.has("quiet") && ::isatty(STDERR_FILENO) == 1;
    return conduct(
        experiment,
        {.jobs = jobs(arguments), .show_progress = show_progress, .stop = &interrupt.flag()});
}

std::vector<Option> conduct_options() {
    return {{"jobs", "N", "runs at a time (default: one per hardware thread); changes no result"},
            {"quiet", "", "shows no progress, even on a terminal"}};
}

Layout layout_of(Format format) { return format == Format::md ? Layout::markdown : Layout::text; }

std::string compared_text(const ResultSet& results, const Judgement& judgement,
                          const ReferenceErrors* errors, Format as) {
    if (as == Format::json) return results_json(results, errors);
    if (as == Format::csv) return results_csv(results, judgement, errors);
    return compare_report(results, judgement, layout_of(as)) +
           (errors ? reference_report(*errors, layout_of(as)) : "");
}

std::string run_text(const ResultSet& results, Format as) {
    if (as == Format::json) return results_json(results);
    if (as == Format::csv) return results_csv(results, {});
    return run_report(results, layout_of(as));
}

/// What to say of runs that were interrupted.
Answer interrupted(const Outcome& outcome, const std::string& consequence) {
    return {exit_interrupted,
            {},
            fmt::format("pcpsim: interrupted after {} of {} runs; {}\n", outcome.runs_done,
                        outcome.runs_planned, consequence)};
}

Answer verify(Experiment experiment, const std::string& path, const Arguments& arguments) {
    const Baseline file = read_baseline(path);
    std::optional<std::string> difference = narrow_to(file, experiment);
    if (!difference) {
        const Outcome outcome = conduct(experiment, arguments);
        if (outcome.runs_done < outcome.runs_planned)
            return interrupted(outcome, "nothing is verified");
        difference = first_difference(file, outcome.results);
    }
    if (difference) return {exit_prediction_failed, path + ": different: " + *difference + '\n'};
    return {exit_ok, path + ": identical\n"};
}

/// To the file that --output names, or to standard output.
Answer deliver(const Outcome& outcome, std::string text, const Arguments& arguments) {
    Answer answer;
    if (outcome.runs_done < outcome.runs_planned) {
        answer = interrupted(outcome, "what is complete is kept");
        if (outcome.results.series.empty()) return answer;
    }
    if (const std::optional<std::string> path = arguments.value("output"))
        write_file(*path, text);
    else
        answer.out = std::move(text);
    return answer;
}

}  // namespace

unsigned jobs(const Arguments& arguments) {
    const std::optional<std::string> given = arguments.value("jobs");
    if (!given) return std::max(1u, std::thread::hardware_concurrency());
    const auto jobs = parse_option<std::uint16_t>("--jobs", *given);
    if (jobs == 0) refuse("--jobs", "a whole number in 1..65535", *given);
    return jobs;
}

std::vector<Option> report_options() {
    std::vector<Option> options = conduct_options();
    options.push_back({"format", "text|json|md|csv", "how results are printed (default: text)"});
    options.push_back({"output", "FILE", "writes there instead of to standard output"});
    return options;
}

std::vector<Option> comparison_options() {
    std::vector<Option> options = report_options();
    options.push_back({"margin", "PERCENT", "differences below it have no effect (default: 2)"});
    options.push_back({"significance", "RULE",
                       "stars by mmtests-t10, mmtests-ci95, paired-t (default) or bootstrap"});
    options.push_back({"reference", "FILE", "adds published numbers and the errors against them"});
    return options;
}

std::vector<Option> run_options() {
    std::vector<Option> options = report_options();
    options.push_back({"verify", "RESULT.json",
                       "repeats the runs of that file: identical, or the first difference"});
    return options;
}

std::vector<Option> check_options() {
    std::vector<Option> options = conduct_options();
    options.push_back({"baseline", "FILE", "results with rules to hold the runs against"});
    options.push_back({"update", "", "writes the results into the baseline and keeps its rules"});
    options.push_back({"format", "text|json", "how findings are printed (default: text)"});
    return options;
}

Answer compare(const Experiment& experiment, const Arguments& arguments) {
    // Everything that can be wrong is looked at before the first run.
    check_output(arguments);
    const Judgement judgement{
        margin(arguments),
        parse_option<Significance>("--significance",
                                   arguments.value("significance").value_or("paired-t"))};
    const Format as = format(arguments);
    std::optional<PublishedTable> published;
    if (const auto path = arguments.value("reference"))
        published = read_published(*path, experiment.subject.machine_id);

    const Outcome outcome = conduct(experiment, arguments);
    const ResultSet& results = outcome.results;
    std::optional<ReferenceErrors> errors;
    if (published) errors = errors_against(*published, results);
    return deliver(outcome, compared_text(results, judgement, errors ? &*errors : nullptr, as),
                   arguments);
}

Answer run_once(Experiment experiment, const Arguments& arguments) {
    if (const auto path = arguments.value("verify")) {
        refuse_beside("verify", {"format", "output"}, arguments);
        return verify(experiment, *path, arguments);
    }
    check_output(arguments);
    const Format as = format(arguments);
    experiment.strategies.resize(1);
    experiment.manifest.seeds.resize(1);
    const Outcome outcome = conduct(experiment, arguments);
    return deliver(outcome, run_text(outcome.results, as), arguments);
}

Answer check(const Experiment& experiment, const Arguments& arguments) {
    const std::optional<std::string> path = arguments.value("baseline");
    if (!path) throw UsageError{"check needs --baseline FILE\nTry: pcpsim check --help"};
    if (arguments.has("update")) {
        refuse_beside("update", {"format"}, arguments);
        expect_writable(*path);
        const std::string rules = rules_in(*path);
        const Outcome outcome = conduct(experiment, arguments);
        if (outcome.runs_done < outcome.runs_planned)
            return interrupted(outcome, "the baseline is as it was");
        write_file(*path, baseline_json(outcome.results, rules));
        return {.out = *path + ": updated\n"};
    }
    if (!std::filesystem::exists(*path))
        throw ScenarioError{*path + ": expected a baseline, got no such file; --update writes one"};
    const auto as =
        parse_option<GateFormat>("--format", arguments.value("format").value_or("text"));
    const Baseline baseline = read_baseline(*path, experiment.manifest.seeds);
    const Outcome outcome = conduct(experiment, arguments);
    if (outcome.runs_done < outcome.runs_planned) return interrupted(outcome, "nothing is checked");
    const std::vector<Finding> findings = judge(baseline, outcome.results);
    return {fails(findings) ? exit_prediction_failed : exit_ok,
            as == GateFormat::json ? findings_json(findings, baseline, outcome.results)
                                   : gate_report(findings, baseline, outcome.results)};
}

}  // namespace pcpsim
