// Goal: a file that builds on another has all of it, changed where it says so. Method: small files.
#include "models/config/overlay.hpp"

#include <doctest/doctest.h>

#include "models/config/json.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {
Node parsed(std::string text, std::string name) {
    Errors errors;
    Node node = parse_json(Source{std::move(name), std::move(text)}, errors);
    errors.throw_if_any();
    return node;
}

std::string resolved(const std::string& path) {
    try {
        Errors errors;
        const Node node = resolve_base(read_json(path, errors), errors);
        errors.throw_if_any();
        return node.canonical();
    } catch (const ScenarioError& error) {
        return error.what();
    }
}
}  // namespace

TEST_SUITE("models/config/overlay") {
    TEST_CASE("merging goes key by key, replaces everything else, and keeps places") {
        const Node base = parsed(R"({"a": {"x": 1, "y": [1, 2]}, "b": 3})", "base.json");
        const Node over = parsed(R"({"a": {"y": [9], "z": 4}, "b": {"c": 5}})", "over.json");
        const Node merged = merge(base, over);
        CHECK(merged.canonical() == R"({"a":{"x":1,"y":[9],"z":4},"b":{"c":5}})");
        CHECK(merged.find("a")->find("x")->place.text() == "base.json:1:13: /a/x");
        CHECK(merged.find("a")->find("z")->place.text() == "over.json:1:23: /a/z");
    }
    TEST_CASE("a file builds on its base, and that on another") {
        const TemporaryFolder folder;
        const std::string low = folder.write("low.json", R"({"a": {"x": 1, "y": 2}})");
        folder.write("middle.json", R"({"base": "low.json", "overrides": {"a": {"y": 3}}})");
        const std::string top =
            folder.write("top.json", R"({"base": "middle.json", "overrides": {"b": 4}})");
        CHECK(resolved(low) == R"({"a":{"x":1,"y":2}})");
        CHECK(resolved(top) == R"({"a":{"x":1,"y":3},"b":4})");
    }
    TEST_CASE("a base that is missing, misspelt or its own is an error") {
        const TemporaryFolder folder;
        const std::string none = folder.write("none.json", R"({"base": "nothing.json"})");
        CHECK(resolved(none) ==
              none +
                  ":1:10: /base: expected a readable file, got \"nothing.json\" (No such file "
                  "or directory)");
        const std::string key = folder.write("key.json", R"({"base": 3, "override": {}})");
        CHECK(resolved(key) ==
              key + ":1:10: /base: expected the name of a file, got 3\n" + key +
                  ":1:13: /override: expected one of base, overrides, got \"override\" (did you "
                  "mean \"overrides\"?)");
        folder.write("0.json", "{}");
        for (int i = 1; i <= 5; ++i)
            folder.write(std::to_string(i) + ".json",
                         "{\"base\": \"" + std::to_string(i - 1) + ".json\"}");
        const std::string five = folder.write("5.json", R"({"base": "4.json"})");
        CHECK(resolved(five).ends_with(
            "1.json:1:10: /base: expected at most 4 files that build on each other, got "
            "\"0.json\""));
        const std::string self = folder.write("self.json", R"({"base": "self.json"})");
        CHECK(
            resolved(self) ==
            self +
                ":1:10: /base: expected a file that does not build on this one, got \"self.json\"");
    }
}
