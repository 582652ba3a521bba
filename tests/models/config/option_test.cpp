// Goal: an option changes what it names, and is named where it is wrong. Method: the document that
// results, and exact texts.
#include "models/config/option.hpp"

#include <doctest/doctest.h>

#include <cstdint>

#include "models/config/field.hpp"
#include "models/config/json.hpp"

using namespace pcpsim;

namespace {
constexpr const char* document = R"({"seed": 1, "list": [{"x": 2}, {}], "none": null})";

/// The document after some --set options, or what is wrong with them.
std::string after(const std::vector<std::string>& assignments) {
    try {
        Errors errors;
        Node root = parse_json(Source{"a.json", document}, errors);
        for (const std::string& assignment : assignments) apply_set(root, assignment, errors);
        errors.throw_if_any();
        return root.canonical();
    } catch (const ScenarioError& error) {
        return error.what();
    }
}

struct Outer {
    struct Inner {
        Duration cost = 1_ns;
        std::string name;
        static constexpr auto fields() {
            return std::tuple{field("cost", &Inner::cost, "a cost"),
                              field("name", &Inner::name, "a name")};
        }
    };
    Inner inner;
    static constexpr auto fields() { return std::tuple{field("inner", &Outer::inner, "within")}; }
};

std::string outer_after(const std::string& assignment) {
    try {
        Errors errors;
        Node root = parse_json(Source{"a.json", "{}"}, errors);
        apply_set(root, assignment, errors);
        Outer outer;
        read_fields(root, outer, errors);
        errors.throw_if_any();
        return to_json(outer);
    } catch (const ScenarioError& error) {
        return error.what();
    }
}
}  // namespace

TEST_SUITE("models/config/option") {
    TEST_CASE("a command-line option uses the same parsers") {
        CHECK(parse_option<std::uint64_t>("--seed", "42") == 42);
        CHECK_THROWS_WITH_AS(
            parse_option<std::uint64_t>("--seed", "-1"),
            "--seed: expected a whole number in 0..18446744073709551615, got \"-1\"",
            ScenarioError);
        CHECK_THROWS_WITH_AS(parse_option<Duration>("--stop-after", "14"),
                             "--stop-after: expected a duration with a unit, such as \"14ns\", "
                             "got \"14\"",
                             ScenarioError);
    }
    TEST_CASE("--set replaces a value, which is JSON or else a string") {
        CHECK(after({"/seed=7"}) == R"({"seed":7,"list":[{"x":2},{}],"none":null})");
        CHECK(after({"/seed=14ns"}) == R"({"seed":"14ns","list":[{"x":2},{}],"none":null})");
        CHECK(after({"/seed=\"7\""}) == R"({"seed":"7","list":[{"x":2},{}],"none":null})");
        CHECK(after({"/seed=a=\"b\""}) == R"({"seed":"a=\"b\"","list":[{"x":2},{}],"none":null})");
        CHECK(after({"/list=[1"}) == R"({"seed":1,"list":"[1","none":null})");
    }
    TEST_CASE("--set creates what is absent on the way; a later option wins") {
        CHECK(after({"/list/1/y/z=3", "/none/a~1b~01=4", "/seed=2", "/seed=3"}) ==
              R"({"seed":3,"list":[{"x":2},{"y":{"z":3}}],"none":{"a/b~1":4}})");
    }
    TEST_CASE("--set refuses what is no assignment and what leads nowhere") {
        CHECK(after({"seed=3"}) == "--set: expected /pointer=value, got \"seed=3\"");
        CHECK(after({"/seed"}) == "--set: expected /pointer=value, got \"/seed\"");
        CHECK(after({"/list/2/x=3"}) == "--set /list/2: expected an index below 2, got \"2\"");
        CHECK(after({"/list/-1=3"}) == "--set /list/-1: expected an index below 2, got \"-1\"");
        CHECK(after({"/seed/x=3"}) ==
              "--set /seed/x: expected an object or an array around it, got 1");
        CHECK(after({"/list={\"x\": {\"y\": 1, \"y\": 2}}"}) ==
              "--set /list/x/y: expected each key once, got \"y\"");
        std::string deep;
        for (int i = 0; i < 100'000; ++i) deep += "/a";
        CHECK(after({deep + "=1"}).ends_with("expected at most 64 levels of nesting, got 100000"));
        CHECK(after({"/seed=\xFF"}) ==
              "--set: expected a valid string (ill-formed UTF-8 byte), got \"\\xFF\"");
    }
    TEST_CASE("a string needs no quotes; what is wrong is located at its option") {
        CHECK(outer_after("/inner/cost=14ns") == R"({"inner":{"cost":"14ns","name":""}})");
        CHECK(outer_after("/inner/cost=14") ==
              "--set /inner/cost: expected a duration with a unit, such as \"14ns\", got 14");
        CHECK(outer_after("/inner/name=14") == R"({"inner":{"cost":"1ns","name":"14"}})");
        CHECK(outer_after("/inner/name=[14]") == "--set /inner/name: expected a string, got [14]");
        CHECK(
            outer_after("/inner/cots=14ns") ==
            "--set /inner/cots: expected one of cost, name, got \"cots\" (did you mean \"cost\"?)");
        CHECK(outer_after("/iner/cost=14ns") ==
              "--set /iner: expected one of inner, got \"iner\" (did you mean \"inner\"?)");
        CHECK(outer_after("/inner/cost/x=1") ==
              "--set /inner/cost: expected a duration with a unit, such as \"14ns\", got "
              "{\"x\":1}");
        CHECK(outer_after("/inner={\"cost\": 14}") ==
              "--set /inner/cost: expected a duration with a unit, such as \"14ns\", got 14");
    }
}
