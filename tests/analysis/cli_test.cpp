// Goal: a command line is read as its table says, and every mistake gets an answer that helps.
// Method: a small table; exact texts.
#include "analysis/cli.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

namespace {

const Command compare{"compare",
                      "SCENARIO",
                      "Compares.",
                      {{"jobs", "N", "threads (default: all)", false},
                       {"set", "/POINTER=VALUE", "changes the scenario; may be repeated", true},
                       {"quiet", "", "no progress", false}},
                      {{"a.json --jobs 2", "on two threads"}},
                      nullptr};
const Command validate{"validate", "FILE...", "Validates.", {}, {}, nullptr};
const Command list{"list", "", "Lists.", {}, {}, nullptr};

std::string complaint(const Command& command, const std::vector<std::string>& words) {
    try {
        parse(command, words);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_SUITE("analysis/cli") {
    TEST_CASE("options and positional words may come in any order and form") {
        const Arguments arguments = parse(compare, {"--jobs=2", "a.json", "--quiet"});
        CHECK(arguments.positional() == std::vector<std::string>{"a.json"});
        CHECK(arguments.value("jobs") == "2");
        CHECK(arguments.has("quiet"));
        CHECK_FALSE(parse(compare, {"a.json"}).has("quiet"));
        CHECK_FALSE(parse(compare, {"a.json"}).value("jobs"));
        CHECK(parse(compare, {"a.json", "--jobs", "2"}).value("jobs") == "2");
    }
    TEST_CASE("a repeatable option keeps every value in order") {
        const Arguments arguments = parse(compare, {"a", "--set", "/b=1", "--set=/a={\"c\": 2}"});
        CHECK(arguments.values("set") == std::vector<std::string>{"/b=1", "/a={\"c\": 2}"});
    }
    TEST_CASE("words behind a double dash are no options") {
        CHECK(parse(validate, {"--", "a", "-b"}).positional() ==
              std::vector<std::string>{"a", "-b"});
    }
    TEST_CASE("a name is not guessed but suggested") {
        CHECK(complaint(compare, {"a", "--job", "2"}) ==
              R"(unknown option --job (did you mean "--jobs"?)
Try: pcpsim compare --help)");
        CHECK(complaint(compare, {"a", "-j2"}) == R"(unknown option -j2
Try: pcpsim compare --help)");
        CHECK_THROWS_WITH_AS(
            find_command({compare, validate}, "comprae"),
            "unknown command \"comprae\" (did you mean \"compare\"?)\nTry: pcpsim --help",
            UsageError);
    }
    TEST_CASE("an option has as many values as its table says") {
        CHECK(complaint(compare, {"a", "--jobs"}) ==
              R"(the required argument for option '--jobs' is missing
Try: pcpsim compare --help)");
        CHECK(complaint(compare, {"a", "--jobs=1", "--jobs=2"}) == R"(--jobs may be given once
Try: pcpsim compare --help)");
        CHECK(complaint(compare, {"a", "--quiet=1"}) ==
              R"(option '--quiet' does not take any arguments
Try: pcpsim compare --help)");
    }
    TEST_CASE("a command has as many words as its table says") {
        CHECK(complaint(compare, {}) == R"(expected SCENARIO, got nothing
Try: pcpsim compare --help)");
        CHECK(complaint(compare, {"a", "b"}) == R"(expected no word behind compare SCENARIO, got "b"
Try: pcpsim compare --help)");
        CHECK(complaint(validate, {}) == R"(expected FILE..., got nothing
Try: pcpsim validate --help)");
        CHECK(complaint(validate, {"a", "b"}) == "none");
        CHECK(complaint(list, {"a"}) == R"(expected no word behind list, got "a"
Try: pcpsim list --help)");
    }
    TEST_CASE("help comes from the table") {
        CHECK(help(compare) == R"(Compares.

Usage: pcpsim compare SCENARIO [OPTION]...

  --jobs N              threads (default: all)
  --set /POINTER=VALUE  changes the scenario; may be repeated
  --quiet               no progress

Examples:
  # on two threads
  pcpsim compare a.json --jobs 2
)");
        CHECK(
            help({compare, validate, list}) ==
            R"(pcpsim predicts what ways of draining per-cpu page lists cost on multi-socket machines.

Usage: pcpsim COMMAND [OPTION]...

  compare SCENARIO  Compares.
  validate FILE...  Validates.
  list              Lists.

pcpsim COMMAND --help explains a command; pcpsim --version says which pcpsim this is.

Exit status: 0 ok, 1 a prediction failed or something got worse, 2 wrong usage or input,
3 a bug of pcpsim, 4 the simulated kernel stalled, 130 interrupted.
)");
    }
}
