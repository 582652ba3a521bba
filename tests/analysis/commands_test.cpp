// Goal: the program's table of commands is complete and its examples are valid.
// Method: what the table says is parsed by the table.
#include "analysis/commands.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "analysis/program.hpp"

using namespace pcpsim;

namespace {

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream{text};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

}  // namespace

TEST_SUITE("analysis/commands") {
    TEST_CASE("every command has a sentence, an example that it can parse, and something to do") {
        for (const Command& command : commands()) {
            CAPTURE(command.name);
            CHECK(command.sentence.back() == '.');
            const bool does_something = command.run != nullptr;
            CHECK(does_something);
            CHECK(!command.examples.empty());
            for (const Example& example : command.examples)
                CHECK_NOTHROW(parse(command, words(example.arguments)));
        }
    }
    TEST_CASE("list and describe answer from the catalog") {
        CHECK(answer(commands(), {"list"}).out.find("epyc-7742-2s") != std::string::npos);
        CHECK(answer(commands(), {"describe", "epyc-7742-2s"}).out.find("page_zero = ") !=
              std::string::npos);
        CHECK(answer(commands(), {"describe", "epic"}).status == 2);
    }
}
