#include "analysis/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <new>

#include "analysis/output.hpp"
#include "models/config/errors.hpp"
#include "sim/check.hpp"

namespace pcpsim {
namespace {

bool is_help(const std::string& word) { return word == "--help" || word == "-h"; }

Answer run(const std::vector<Command>& commands, const std::vector<std::string>& words) {
    if (words.empty()) return {exit_wrong_input, {}, help(commands)};
    if (is_help(words[0])) return {exit_ok, help(commands)};
    if (words[0] == "--version") return {exit_ok, "pcpsim " PCPSIM_VERSION "\n"};
    const Command& command = find_command(commands, words[0]);
    const std::vector<std::string> rest{words.begin() + 1, words.end()};
    if (std::any_of(rest.begin(), rest.end(), is_help)) return {exit_ok, help(command)};
    return command.run(parse(command, rest));
}

Answer bug(const std::string& text) {
    return {exit_broken_law, {}, text + "\nThis is a bug in pcpsim, not in the scenario.\n"};
}

}  // namespace

Answer answer(const std::vector<Command>& commands, const std::vector<std::string>& words) {
    try {
        return run(commands, words);
    } catch (const UsageError& error) {
        return {exit_wrong_input, {}, std::string{"pcpsim: "} + error.what() + '\n'};
    } catch (const ScenarioError& error) {
        return {exit_wrong_input, {}, std::string{error.what()} + '\n'};
    } catch (const OutputError& error) {
        return {exit_wrong_input, {}, std::string{"pcpsim: "} + error.what() + '\n'};
    } catch (const Stall& error) {
        return {exit_stalled, {}, std::string{error.what()} + '\n'};
    } catch (const std::bad_alloc&) {
        return {exit_wrong_input, {}, "pcpsim: out of memory; fewer --jobs need less\n"};
    } catch (const std::exception& error) {
        return bug(error.what());
    }
}

int print(const Answer& answer) {
    std::fputs(answer.err.c_str(), stderr);
    try {
        write_stdout(answer.out);
    } catch (const OutputError& error) {
        fmt::print(stderr, "pcpsim: {}\n", error.what());
        return answer.status == exit_ok ? exit_wrong_input : answer.status;
    }
    return answer.status;
}

}  // namespace pcpsim
