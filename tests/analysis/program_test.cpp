// Goal: every end of the program has its exit status and text. Method: commands that end in each
// way.
#include "analysis/program.hpp"

#include <doctest/doctest.h>

#include <new>

#include "analysis/output.hpp"
#include "models/config/errors.hpp"
#include "sim/check.hpp"

using namespace pcpsim;

namespace {

template <class Error>
Answer fail(const Arguments&) {
    throw Error{"text"};
}
Answer exhaust(const Arguments&) { throw std::bad_alloc{}; }
Answer succeed(const Arguments& arguments) { return {0, arguments.positional().at(0)}; }

Answer ended(Answer (*run)(const Arguments&)) {
    return answer({{"end", "WORD", "Ends.", {}, {}, run}}, {"end", "well"});
}

}  // namespace

TEST_SUITE("analysis/program") {
    TEST_CASE("a command's answer is the program's") {
        CHECK(ended(succeed).status == 0);
        CHECK(ended(succeed).out == "well");
    }
    TEST_CASE("the user's mistakes are 2, ours 3, the simulated kernel's 4") {
        CHECK(ended(fail<UsageError>).status == 2);
        CHECK(ended(fail<UsageError>).err == "pcpsim: text\n");
        CHECK(ended(fail<ScenarioError>).status == 2);
        CHECK(ended(fail<ScenarioError>).err == "text\n");
        CHECK(ended(fail<OutputError>).status == 2);
        CHECK(ended(exhaust).status == 2);
        CHECK(ended(fail<BrokenLaw>).status == 3);
        CHECK(ended(fail<BrokenLaw>).err ==
              "text\nThis is a bug in pcpsim, not in the scenario.\n");
        CHECK(ended(fail<std::runtime_error>).status == 3);
        CHECK(ended(fail<Stall>).status == 4);
        CHECK(ended(fail<Stall>).err == "text\n");
    }
    TEST_CASE("help and version need no command, and help needs no words") {
        const std::vector<Command> commands{{"end", "WORD", "Ends.", {}, {}, succeed}};
        CHECK(answer(commands, {"--help"}).out == help(commands));
        CHECK(answer(commands, {"end", "--help"}).out == help(commands[0]));
        CHECK(answer(commands, {"--version"}).out.substr(0, 7) == "pcpsim ");
        CHECK(answer(commands, {}).status == 2);
        CHECK(answer(commands, {}).err == help(commands));
    }
    TEST_CASE("a wrong command line is 2") {
        CHECK(answer({}, {"end"}).status == 2);
        CHECK(answer({{"end", "WORD", "Ends.", {}, {}, succeed}}, {"end"}).status == 2);
    }
}
