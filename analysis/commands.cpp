#include "analysis/commands.hpp"

#include <algorithm>

#include "analysis/calibration/calibration.hpp"
#include "analysis/calibration/command.hpp"
#include "analysis/catalog.hpp"
#include "analysis/import/command.hpp"
#include "analysis/indented.hpp"
#include "analysis/program.hpp"
#include "analysis/published.hpp"
#include "analysis/record/command.hpp"
#include "analysis/replay/command.hpp"
#include "analysis/replay/recorded_requests.hpp"
#include "analysis/simulation.hpp"
#include "analysis/study.hpp"
#include "models/config/json.hpp"
#include "models/config/option.hpp"
#include "models/config/overlay.hpp"
#include "models/config/text.hpp"
#include "models/machine/machine_file.hpp"

namespace pcpsim {
namespace {

std::vector<Option> scenario_options(std::vector<Option> options) {
    options.push_back(
        {"set", "/POINTER=VALUE", "changes a value of the scenario; repeatable", true});
    options.push_back({"seed", "N", "first seed; short for --set /seed=N"});
    options.push_back({"replications", "N", "seeds; short for --set /replications=N"});
    options.push_back(
        {"no-bursts", "", "simulates every operation on its own: slow, with the same results"});
    return options;
}

Experiment read_experiment(const Arguments& arguments) {
    std::vector<std::string> assignments = arguments.values("set");
    if (const auto seed = arguments.value("seed"))
        assignments.push_back("/seed=" +
                              std::to_string(parse_option<std::uint64_t>("--seed", *seed)));
    if (const auto count = arguments.value("replications"))
        assignments.push_back("/replications=" + std::to_string(parse_option<std::uint32_t>(
                                                     "--replications", *count)));
    const RequestReader recordings;
    return experiment_of(read_scenario(arguments.positional().front(), assignments, &recordings),
                         !arguments.has("no-bursts"));
}

Answer compare_scenario(const Arguments& arguments) {
    return compare(read_experiment(arguments), arguments);
}

Answer run_scenario(const Arguments& arguments) {
    return run_once(read_experiment(arguments), arguments);
}

Answer check_scenario(const Arguments& arguments) {
    return check(read_experiment(arguments), arguments);
}

/// What kind of file it is shows in its keys; a scenario if it does not. Returns what it is, if
/// that is not for all to see.
std::string check_file(const std::string& path) {
    Errors errors;
    const Node file = read_json(path, errors);
    const auto has_any = [&](const std::vector<const char*>& keys) {
        return std::any_of(keys.begin(), keys.end(),
                           [&](const char* key) { return file.find(key) != nullptr; });
    };
    if (has_any({"columns"})) {
        static_cast<void>(read_published(file, errors));
    } else if (has_any({"fit", "anchors"})) {
        static_cast<void>(read_calibration(file, errors));
    } else if (has_any({"base", "topology", "interconnect", "costs"})) {
        const Node whole = resolve_base(file, errors);
        errors.throw_if_any();
        if (is_machine_class(whole)) {
            check_machine_class(whole, errors);
            errors.throw_if_any();
            return ", a class that machines build on";
        }
        static_cast<void>(read_machine(whole, errors));
    } else {
        const RequestReader recordings;
        static_cast<void>(read_scenario(file, errors, &recordings));
    }
    errors.throw_if_any();
    return {};
}

Answer validate(const Arguments& arguments) {
    Answer answer;
    for (const std::string& path : arguments.positional()) {
        try {
            const std::string what = check_file(path);
            answer.out += path + ": ok" + what + '\n';
        } catch (const ScenarioError& error) {
            answer.err += std::string{error.what()} + '\n';
            answer.status = exit_wrong_input;
        }
    }
    return answer;
}

Answer list(const Arguments&) { return {.out = list_text(catalog())}; }

Answer describe(const Arguments& arguments) {
    return {.out = describe_text(catalog(), arguments.positional().front())};
}

Answer schema(const Arguments& arguments) {
    const std::string name =
        arguments.positional().empty() ? "scenario" : arguments.positional().front();
    Errors errors;
    if (name == "scenario") return {.out = indented(parse_json({name, scenario_schema()}, errors))};
    if (name == "machine") return {.out = indented(parse_json({name, machine_schema()}, errors))};
    throw UsageError{"expected scenario or machine, got " + quote(echo(name)) +
                     suggestion(name, {"scenario", "machine"}) + "\nTry: pcpsim schema --help"};
}

/// The commands that simulate nothing.
std::vector<Command> look_ups() {
    return {
        {"list",
         "",
         "Lists strategies, workloads, kernels and machines.",
         {},
         {{"", "everything by name"}},
         list},
        {"describe",
         "NAME",
         "Shows the parameters of a model or machine, with unit, default, range and source.",
         {},
         {{"epyc-7742-2s", "the costs of a machine"}},
         describe},
        {"validate",
         "FILE...",
         "Checks scenarios, machines, calibrations and published tables, and says what is wrong "
         "where.",
         {},
         {{"scenarios/epyc-7742-pft.json scenarios/machines/epyc-7742-2s.json", "two files"}},
         validate},
        {"schema",
         "[scenario|machine]",
         "Prints the JSON Schema of a scenario or machine file, for editors and validators.",
         {},
         {{"scenario", "for a file that the scenario names: \"$schema\": \"scenario.schema.json\""},
          {"machine", "the same for machines"}},
         schema},
    };
}

}  // namespace

std::vector<Command> commands() {
    std::vector<Command> all{
        {"compare",
         "SCENARIO",
         "Runs every strategy of a scenario on the same random draws and prints an mmtests table.",
         scenario_options(comparison_options()),
         {{"scenarios/epyc-7742-pft.json --reference scenarios/reference/pft-2022-rcu.json",
           "simulated beside published numbers"},
          {"scenarios/epyc-7742-pft.json --replications 10 --margin 1",
           "more seeds and a finer verdict"},
          {"scenarios/epyc-7742-pft.json --format json --output result.json", "for a program"}},
         compare_scenario},
        {"run",
         "SCENARIO",
         "Runs the first strategy of a scenario once and prints every metric with its meaning.",
         scenario_options(run_options()),
         {{"scenarios/epyc-7742-pft.json --seed 7", "under another seed"},
          {"scenarios/epyc-7742-pft.json --set /strategies/0/model=rcu-swap",
           "with another strategy"},
          {"scenarios/epyc-7742-pft.json --verify result.json",
           "exit status 1 if result.json cannot be repeated"}},
         run_scenario},
        {"check",
         "SCENARIO",
         "Runs a scenario and says what got worse since a baseline: exact, within a tolerance or "
         "by significance.",
         scenario_options(check_options()),
         {{"scenarios/epyc-7742-pft.json --baseline pft.baseline.json --update",
           "keeps today's results; then edit the file's \"rules\""},
          {"scenarios/epyc-7742-pft.json --baseline pft.baseline.json",
           "exit status 1 if a metric is worse or missing"}},
         check_scenario},
        replay_command(),
        record_command(),
        import_command(),
        calibrate_command(),
    };
    for (Command& command : look_ups()) all.push_back(std::move(command));
    return all;
}

}  // namespace pcpsim
