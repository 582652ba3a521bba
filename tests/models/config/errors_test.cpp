// Goal: the user sees every mistake once, where it is. Method: complaints in a scrambled order.
#include "models/config/errors.hpp"

#include <doctest/doctest.h>

#include "models/config/json.hpp"

using namespace pcpsim;

namespace {
std::string lines_of(const Errors& errors) {
    try {
        errors.throw_if_any();
        return {};
    } catch (const ScenarioError& error) {
        return error.what();
    }
}
}  // namespace

TEST_SUITE("models/config/errors") {
    TEST_CASE("no complaint, no error") { CHECK(lines_of(Errors{}).empty()); }
    TEST_CASE("a file's complaints follow its text, files follow each other as they failed") {
        Errors errors;
        const Node first = parse_json(Source{"first.json", "{\"a\": 1,\n \"b\": 2}"}, errors);
        const Node second = parse_json(Source{"second.json", "[3]"}, errors);
        errors.add(*first.find("b"), "a string");
        errors.add(second.elements[0], "a string", " (a note)");
        errors.add_missing(first, "c", "the third");
        errors.add(first.find("a")->place, "nothing", "something");
        Errors all;
        all.add(errors);
        CHECK(lines_of(all) == lines_of(errors));
        CHECK(lines_of(errors) ==
              "first.json:1:1: /: expected key \"c\" (the third), got none\n"
              "first.json:1:7: /a: expected nothing, got something\n"
              "first.json:2:7: /b: expected a string, got 2\n"
              "second.json:1:2: /0: expected a string, got 3 (a note)");
    }
    TEST_CASE("fifty lines are enough, and the rest is counted") {
        std::string zeros = "[0";
        for (int i = 1; i < 60; ++i) zeros += ",0";
        Errors errors;
        const Node list = parse_json(Source{"a.json", zeros + "]"}, errors);
        for (std::size_t i = list.elements.size(); i-- > 0;) errors.add(list.elements[i], "one");
        const std::string lines = lines_of(errors);
        CHECK(lines.starts_with("a.json:1:2: /0: expected one, got 0\n"));
        CHECK(lines.ends_with("\na.json:1:100: /49: expected one, got 0\nand 10 more"));
    }
    TEST_CASE("many complaints are forgotten but for those that are shown, and all are counted") {
        std::string zeros = "[0";
        for (int i = 1; i < 10'000; ++i) zeros += ",0";
        Errors errors, all;
        const Node list = parse_json(Source{"a.json", zeros + "]"}, errors);
        for (std::size_t i = list.elements.size(); i-- > 0;) errors.add(list.elements[i], "one");
        errors.add_unshown();
        all.add(errors);
        const std::string lines = lines_of(all);
        CHECK(lines.starts_with("a.json:1:2: /0: expected one, got 0\n"));
        CHECK(lines.ends_with("\na.json:1:100: /49: expected one, got 0\nand 9951 more"));
    }
}
