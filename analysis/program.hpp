#pragma once
// From the words of a command line to an answer with an exit status.
#include <string>
#include <vector>

#include "analysis/cli.hpp"

namespace pcpsim {

enum ExitStatus {
    exit_ok = 0,
    exit_prediction_failed = 1,
    exit_wrong_input = 2,
    exit_broken_law = 3,
    exit_stalled = 4,
    exit_interrupted = 130,
};

/// Never throws: every exception becomes an exit status and a text.
Answer answer(const std::vector<Command>& commands, const std::vector<std::string>& words);

/// Prints the answer and returns the exit status, which says so if it could not be printed.
int print(const Answer& answer);

}  // namespace pcpsim
