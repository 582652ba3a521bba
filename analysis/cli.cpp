#include "analysis/cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "analysis/table.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

namespace po = boost::program_options;

// Not an option that can be written: its name has a blank.
constexpr const char* positional_key = "positional words";

bool takes_several(const Command& command) { return command.positional.ends_with("..."); }

po::options_description described(const Command& command) {
    po::options_description described;
    for (const Option& option : command.options) {
        auto* const value = po::value<std::vector<std::string>>();
        if (option.value.empty()) value->zero_tokens();
        if (option.repeatable) value->composing();
        described.add_options()(option.name.c_str(), value);
    }
    described.add_options()(positional_key, po::value<std::vector<std::string>>());
    return described;
}

[[noreturn]] void refuse(const Command& command, const std::string& complaint) {
    throw UsageError{fmt::format("{}\nTry: pcpsim {} --help", complaint, command.name)};
}

std::vector<std::string> names(const std::vector<Option>& options) {
    std::vector<std::string> names;
    for (const Option& option : options) names.push_back("--" + option.name);
    return names;
}

std::string usage(const Command& command) {
    return command.name + (command.positional.empty() ? "" : " " + command.positional);
}

void check_positional(const Command& command, const std::vector<std::string>& words) {
    std::istringstream wanted{command.positional};
    std::size_t most = 0;
    for (std::string word; wanted >> word; ++most)
        if (most >= words.size() && !word.starts_with('['))
            refuse(command, "expected " + word + ", got nothing");
    if (words.size() > most && !takes_several(command))
        refuse(command,
               "expected no word behind " + usage(command) + ", got " + quote(echo(words[most])));
}

}  // namespace

std::optional<std::string> Arguments::value(const std::string& option) const {
    const auto found = options_.find(option);
    if (found == options_.end()) return std::nullopt;
    return found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& option) const {
    const auto found = options_.find(option);
    return found == options_.end() ? std::vector<std::string>{} : found->second;
}

Arguments parse(const Command& command, const std::vector<std::string>& words) {
    namespace style = po::command_line_style;
    const po::options_description options = described(command);
    po::positional_options_description positional;
    positional.add(positional_key, -1);
    Arguments::Options given;
    try {
        const auto parsed = po::command_line_parser{words}
                                .options(options)
                                .positional(positional)
                                .style(style::unix_style & ~style::allow_guessing)
                                .run();
        for (const po::option& option : parsed.options) {
            auto& values = given[option.string_key];
            if (option.value.empty()) values.emplace_back();
            values.insert(values.end(), option.value.begin(), option.value.end());
        }
    } catch (const po::unknown_option& error) {
        const std::string name = error.get_option_name();
        refuse(command, "unknown option " + echo(name) + suggestion(name, names(command.options)));
    } catch (const po::error& error) {
        refuse(command, error.what());
    }
    for (const Option& option : command.options)
        if (!option.repeatable && given[option.name].size() > 1)
            refuse(command, "--" + option.name + " may be given once");
    std::erase_if(given, [](const auto& entry) { return entry.second.empty(); });
    const auto node = given.extract(positional_key);
    std::vector<std::string> rest = node.empty() ? std::vector<std::string>{} : node.mapped();
    check_positional(command, rest);
    return Arguments{std::move(rest), std::move(given)};
}

const Command& find_command(const std::vector<Command>& commands, const std::string& name) {
    std::vector<std::string> known;
    for (const Command& command : commands) {
        if (command.name == name) return command;
        known.push_back(command.name);
    }
    throw UsageError{fmt::format("unknown command {}{}\nTry: pcpsim --help", quote(echo(name)),
                                 suggestion(name, known))};
}

std::string help(const std::vector<Command>& commands) {
    std::vector<std::vector<std::string>> lines;
    for (const Command& command : commands)
        lines.push_back({"  " + usage(command), command.sentence});
    return "pcpsim predicts what ways of draining per-cpu page lists cost on multi-socket "
           "machines.\n"
           "\nUsage: pcpsim COMMAND [OPTION]...\n\n" +
           to_text(lines, "<<") +
           "\npcpsim COMMAND --help explains a command; pcpsim --version says which pcpsim this "
           "is.\n"
           "\nExit status: 0 ok, 1 a prediction failed or something got worse, 2 wrong usage or "
           "input,\n3 a bug of pcpsim, "
           "4 the simulated kernel stalled, 130 interrupted.\n";
}

std::string help(const Command& command) {
    std::string text = fmt::format("{}\n\nUsage: pcpsim {}{}\n", command.sentence, usage(command),
                                   command.options.empty() ? "" : " [OPTION]...");
    std::vector<std::vector<std::string>> lines;
    for (const Option& option : command.options)
        lines.push_back({"  --" + option.name + (option.value.empty() ? "" : " " + option.value),
                         option.sentence});
    if (!lines.empty()) text += "\n" + to_text(lines, "<<");
    if (!command.examples.empty()) text += "\nExamples:\n";
    for (const Example& example : command.examples)
        text += fmt::format("  # {}\n  pcpsim {} {}\n", example.meaning, command.name,
                            example.arguments);
    return text;
}

}  // namespace pcpsim
