#include "analysis/calibration/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "analysis/calibration/cost.hpp"
#include "analysis/calibration/fit.hpp"
#include "analysis/calibration/report.hpp"
#include "analysis/calibration/write_back.hpp"
#include "analysis/interrupt.hpp"
#include "analysis/output.hpp"
#include "analysis/program.hpp"
#include "analysis/study.hpp"
#include "models/config/json.hpp"

namespace pcpsim {
namespace {

/// What repeats the fit: without the options that change no result.
std::string command_of(const Arguments& arguments) {
    std::string command = "pcpsim calibrate " + arguments.positional().front();
    for (const std::string& assignment : arguments.values("set")) command += " --set " + assignment;
    return command;
}

/// A line on a terminal's stderr.
Trials::Watch progress_line(const Arguments& arguments) {
    if (arguments.has("quiet") || ::isatty(STDERR_FILENO) != 1) return {};
    return [](const Trial& trial, std::size_t made) {
        fmt::print(stderr, "\r\x1b[K{} trials, mean absolute error of the last {:.2f}%", made,
                   trial.mean_absolute_error());
        std::fflush(stderr);
    };
}

std::vector<WrittenCost> written(const Calibration& calibration, const Fit& fit,
                                 const std::string& command) {
    std::vector<WrittenCost> costs;
    for (std::size_t i = 0; i < calibration.fit.size(); ++i) {
        const std::string& name = calibration.fit[i].name;
        costs.push_back({name, fit.best.fitted[i],
                         fmt::format("{}: standard error {}", command,
                                     cost_text(name, rounded(fit.uncertainty[i], 2)))});
    }
    for (std::size_t i = 0; i < calibration.anchors.size(); ++i)
        costs.push_back(
            {calibration.anchors[i].name, fit.best.anchored[i],
             fmt::format("{}: what is left of {}", command, calibration.anchors[i].cell)});
    return costs;
}

/// Throws a ScenarioError if the machine's file does not hold all of the costs itself.
void write_machine(const Calibration& calibration, const std::vector<WrittenCost>& costs,
                   bool is_rehearsal) {
    Errors errors;
    const std::optional<Node> file = read_json(calibration.machine, errors);
    errors.throw_if_any();
    const std::string text = with_costs(*file, costs, errors);
    errors.throw_if_any();
    const std::string& path = file->place.source->name;
    if (is_rehearsal)
        expect_writable(path);
    else
        write_file(path, text);
}

void rehearse_writing(const Calibration& calibration) {
    std::vector<WrittenCost> costs;
    for (const FittedCost& cost : calibration.fit) costs.push_back({cost.name, cost.start, {}});
    for (const AnchoredCost& cost : calibration.anchors)
        costs.push_back({cost.name, cost.start, {}});
    write_machine(calibration, costs, true);
}

Answer calibrate(const Arguments& arguments) {
    const Calibration calibration =
        read_calibration(arguments.positional().front(), arguments.values("set"));
    if (arguments.has("write")) rehearse_writing(calibration);
    const std::string command = command_of(arguments);
    const Trials::Watch watch = progress_line(arguments);
    const UserInterrupt interrupt;
    const Fit found = fit(calibration, {.jobs = jobs(arguments), .stop = &interrupt.flag()}, watch);
    if (watch) fmt::print(stderr, "\r\x1b[K");

    Answer answer;
    if (!found.complete) {
        answer.status = exit_interrupted;
        answer.err = fmt::format("pcpsim: interrupted after {} trials; {}\n", found.trials,
                                 found.trials > 0 ? "this is the best of them, and no file changes"
                                                  : "there is nothing to keep");
        if (found.trials == 0) return answer;
    }
    answer.out = fit_report(calibration, found, command);
    if (found.complete && arguments.has("write"))
        write_machine(calibration, written(calibration, found, command), false);
    return answer;
}

}  // namespace

Command calibrate_command() {
    return {"calibrate",
            "CALIBRATION",
            "Fits costs of a machine to a published table, with what each point says about the "
            "others.",
            {{"set", "/POINTER=VALUE", "changes a value of the scenario; repeatable", true},
             {"write", "", "puts the costs into the machine's file, as fitted by this command"},
             {"jobs", "N", "runs at a time (default: one per hardware thread); changes no result"},
             {"quiet", "", "shows no progress, even on a terminal"}},
            {{"scenarios/calibrations/epyc-7742-pft.json", "how the shipped costs came to be"},
             {"scenarios/calibrations/epyc-7742-pft.json --set "
              "/machine=machines/epyc-7742-2s-node.json",
              "another description of the machine"}},
            calibrate};
}

}  // namespace pcpsim
