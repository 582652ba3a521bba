#pragma once
// Experiments conducted and reported as options say: what `compare`, `run` and `check` do once
// they know their scenario.
#include <vector>

#include "analysis/cli.hpp"
#include "analysis/experiment.hpp"

namespace pcpsim {

/// --format, --jobs, --output, --quiet; a comparison has also --margin and --reference.
std::vector<Option> report_options();
std::vector<Option> comparison_options();
/// --verify beside those of a report.
std::vector<Option> run_options();
/// --baseline, --update, --jobs, --quiet.
std::vector<Option> check_options();

/// --jobs, or one per hardware thread.
unsigned jobs(const Arguments& arguments);

/// All strategies against the first.
Answer compare(const Experiment& experiment, const Arguments& arguments);
/// The first strategy under the first seed; with --verify what is in a results file.
Answer run_once(Experiment experiment, const Arguments& arguments);

/// All strategies against the same ones in a baseline file, or into it.
Answer check(const Experiment& experiment, const Arguments& arguments);

}  // namespace pcpsim
