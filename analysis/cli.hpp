#pragma once
// The command line: one table of commands gives parsing, help and suggestions.
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pcpsim {

/// The command line is wrong: exit status 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Option {
    std::string name;      ///< Without the dashes: "jobs".
    std::string value;     ///< What follows it, such as "N"; a switch has none.
    std::string sentence;  ///< With the default, if there is one.
    bool repeatable = false;
};

struct Example {
    std::string arguments;  ///< What follows "pcpsim COMMAND".
    std::string meaning;
};

/// What was written behind a command, checked against its entry in the table.
class Arguments {
public:
    using Options = std::map<std::string, std::vector<std::string>>;

    Arguments(std::vector<std::string> positional, Options options)
        : positional_{std::move(positional)}, options_{std::move(options)} {}

    [[nodiscard]] const std::vector<std::string>& positional() const { return positional_; }
    [[nodiscard]] bool has(const std::string& option) const { return options_.contains(option); }
    /// The value of an option that is given at most once.
    [[nodiscard]] std::optional<std::string> value(const std::string& option) const;
    /// All values of a repeatable option, in the order of the command line.
    [[nodiscard]] std::vector<std::string> values(const std::string& option) const;

private:
    std::vector<std::string> positional_;
    Options options_;
};

/// What a command has to say, and the exit status.
struct Answer {
    int status = 0;
    std::string out = {};  ///< For standard output.
    std::string err = {};  ///< For standard error, without the program's name.
};

struct Command {
    std::string name;
    std::string positional;  ///< "SCENARIO"; "FILE..." for one or more; "[KIND]" for one or none;
                             ///< several of these behind each other; empty for none.
    std::string sentence;
    std::vector<Option> options;
    std::vector<Example> examples;
    Answer (*run)(const Arguments&) = nullptr;
};

/// Throws a UsageError that says what to write instead. "--option=value" and "--option value" mean
/// the same; an option's name is never guessed.
Arguments parse(const Command& command, const std::vector<std::string>& words);

/// Throws a UsageError with a suggestion.
const Command& find_command(const std::vector<Command>& commands, const std::string& name);

/// The answer to `pcpsim --help`, and to `pcpsim COMMAND --help`.
std::string help(const std::vector<Command>& commands);
std::string help(const Command& command);

}  // namespace pcpsim
