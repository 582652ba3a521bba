#include <csignal>

#include "analysis/commands.hpp"
#include "analysis/program.hpp"

int main(int argc, char** argv) {
    // A closed pipe is then an error of the write, which is reported.
    std::signal(SIGPIPE, SIG_IGN);
    return pcpsim::print(
        pcpsim::answer(pcpsim::commands(), {argv + (argc > 0 ? 1 : 0), argv + argc}));
}
