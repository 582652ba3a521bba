#include "analysis/study.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <thread>

#include "analysis/interrupt.hpp"
#include "analysis/output.hpp"
#include "analysis/program.hpp"
#include "analysis/reference.hpp"
#include "analysis/report.hpp"
#include "analysis/results_json.hpp"
#include "models/config/option.hpp"

namespace pcpsim {
namespace {

enum class Format { text, json };
constexpr auto enum_names(Format) { return std::array{"text", "json"}; }

[[noreturn]] void refuse(const std::string& option, const std::string& expected,
                         const std::string& got) {
    throw ScenarioError{fmt::format("{}: expected {}, got {}", option, expected, echo(quote(got)))};
}

unsigned jobs(const Arguments& arguments) {
    const std::optional<std::string> given = arguments.value("jobs");
    if (!given) return std::max(1u, std::thread::hardware_concurrency());
    const auto jobs = parse_option<std::uint16_t>("--jobs", *given);
    if (jobs == 0) refuse("--jobs", "a whole number in 1..65535", *given);
    return jobs;
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

struct Conducted {
    ResultSet results;
    bool is_complete = true;
};

Conducted conduct(const Experiment& experiment, const Arguments& arguments) {
    const Interrupt interrupt;
    const bool show_progress = !arguments.has("quiet") && ::isatty(STDERR_FILENO) == 1;
    ResultSet results = conduct(
        experiment,
        {.jobs = jobs(arguments), .show_progress = show_progress, .stop = &interrupt.flag()});
    const bool is_complete = results.manifest.seeds.size() == experiment.manifest.seeds.size();
    return {std::move(results), is_complete};
}

/// To the file that --output names, or to standard output.
Answer deliver(const Conducted& conducted, std::string text, const Arguments& arguments) {
    Answer answer;
    if (!conducted.is_complete) {
        answer.status = exit_interrupted;
        const std::size_t kept = conducted.results.manifest.seeds.size();
        answer.err = fmt::format("pcpsim: interrupted; {} complete seed{} kept\n", kept,
                                 kept == 1 ? " is" : "s are");
        if (kept == 0) return answer;
    }
    if (const std::optional<std::string> path = arguments.value("output"))
        write_file(*path, text);
    else
        answer.out = std::move(text);
    return answer;
}

}  // namespace

std::vector<Option> report_options() {
    return {{"format", "text|json", "how results are printed (default: text)"},
            {"jobs", "N", "runs at a time (default: one per hardware thread); changes no result"},
            {"output", "FILE", "writes there instead of to standard output"},
            {"quiet", "", "shows no progress, even on a terminal"}};
}

std::vector<Option> comparison_options() {
    std::vector<Option> options = report_options();
    options.push_back({"margin", "PERCENT", "differences below it have no effect (default: 2)"});
    options.push_back({"reference", "FILE", "adds published numbers and the errors against them"});
    return options;
}

Answer compare(const Experiment& experiment, const Arguments& arguments) {
    // Everything that can be wrong is read before the first run.
    const double at_margin = margin(arguments);
    const bool as_json = format(arguments) == Format::json;
    std::optional<PublishedTable> published;
    if (const auto path = arguments.value("reference"))
        published = read_published(*path, experiment.subject.machine_id);

    const Conducted conducted = conduct(experiment, arguments);
    const ResultSet& results = conducted.results;
    std::optional<ReferenceErrors> errors;
    if (published) errors = errors_against(*published, results);
    std::string text;
    if (as_json)
        text = results_json(results, errors ? &*errors : nullptr);
    else
        text = compare_report(results, at_margin) + (errors ? reference_report(*errors) : "");
    return deliver(conducted, std::move(text), arguments);
}

Answer run_once(Experiment experiment, const Arguments& arguments) {
    const bool as_json = format(arguments) == Format::json;
    experiment.strategies.resize(1);
    experiment.manifest.seeds.resize(1);
    const Conducted conducted = conduct(experiment, arguments);
    return deliver(conducted,
                   as_json ? results_json(conducted.results) : run_report(conducted.results),
                   arguments);
}

}  // namespace pcpsim
