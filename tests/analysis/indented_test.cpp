// Goal: people can read it, and it says the same. Method: text that fits, and text that does not.
#include "analysis/indented.hpp"

#include <doctest/doctest.h>

#include "models/config/json.hpp"

using namespace pcpsim;

namespace {
Node parsed(const std::string& text) {
    Errors errors;
    Node node = parse_json(Source{"a.json", text}, errors);
    errors.throw_if_any();
    return node;
}
}  // namespace

TEST_SUITE("analysis/indented") {
    TEST_CASE("what fits stands on one line") {
        CHECK(indented(parsed(R"({"a":[1,2],"b":{},"c":"x"})")) ==
              "{ \"a\": [1, 2], \"b\": {}, \"c\": \"x\" }\n");
    }
    TEST_CASE("what is longer than a line is broken, two blanks a level, and says the same") {
        const std::string word(60, 'x');
        const std::string text = "{\"a\":[\"" + word + "\",\"" + word + "\"],\"b\":{\"c\":1}}";
        const std::string lines = "{\n  \"a\": [\n    \"" + word + "\",\n    \"" + word +
                                  "\"\n  ],\n  \"b\": { \"c\": 1 }\n}\n";
        CHECK(indented(parsed(text)) == lines);
        CHECK(parsed(lines).canonical() == text);
    }
    TEST_CASE("no line but one that cannot be broken is longer than 100 characters") {
        CHECK(indented(parsed("{\"a\": [" + std::string(89, '1') + "]}")).find('\n') == 100);
        CHECK(indented(parsed("{\"a\": [" + std::string(90, '1') + "]}")).starts_with("{\n"));
    }
}
