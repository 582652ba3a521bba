// Goal: the reader guesses nothing and says where it stopped. Method: exact texts of complaints.
#include "models/config/json.hpp"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {
/// What is wrong with a text, or "" if nothing is.
std::string complaint(std::string text) {
    try {
        Errors errors;
        parse_json(Source{"a.json", std::move(text)}, errors);
        errors.throw_if_any();
        return {};
    } catch (const ScenarioError& error) {
        return error.what();
    }
}
}  // namespace

TEST_SUITE("models/config/json") {
    TEST_CASE("a syntax error says what the grammar wants and what stands there instead") {
        CHECK(complaint("") == "a.json:1:1: expected a JSON value, got end of file");
        CHECK(complaint("[1,") == "a.json:1:4: expected a JSON value, got end of file");
        CHECK(complaint("[1, 2") == "a.json:1:6: expected ',' or ']', got end of file");
        CHECK(complaint("{\"a\": 1\n \"b\": 2}") == "a.json:2:2: expected ',' or '}', got \"b\"");
        CHECK(complaint("{\"a\": 1,}") == "a.json:1:9: expected a key in double quotes, got }");
        CHECK(complaint("{a: 1}") == "a.json:1:2: expected a key in double quotes, got a");
        CHECK(complaint("{\"a\" 1}") == "a.json:1:6: expected ':', got 1");
        CHECK(complaint("{\"a\":,}") == "a.json:1:6: expected a JSON value, got ,");
        CHECK(complaint("[1,,2]") == "a.json:1:4: expected a JSON value, got ,");
        CHECK(complaint("[,1]") == "a.json:1:2: expected a JSON value, got ,");
        CHECK(complaint("[1:2]") == "a.json:1:3: expected ',' or ']', got :");
        CHECK(complaint("[tru]") == "a.json:1:2: expected a JSON value, got tru");
        CHECK(complaint("{'a': 1}") == "a.json:1:2: expected a key in double quotes, got 'a'");
        CHECK(complaint("[1] // note") == "a.json:1:5: expected end of file, got //");
        CHECK(complaint("[1.]") ==
              "a.json:1:2: expected a valid number (expected digit after '.'), got 1.");
        CHECK(complaint("[\"abc\n\"]") ==
              "a.json:1:2: expected a valid string (control character U+000A (LF) must be escaped "
              "to \\u000A or \\n), got \"abc");
        CHECK(complaint("[\"abc") ==
              "a.json:1:2: expected a valid string (missing closing quote), got \"abc");
        CHECK(complaint("[\"\xFF\"]") ==
              "a.json:1:2: expected a valid string (ill-formed UTF-8 byte), got \"\\xFF\"");
    }
    TEST_CASE("a mark before and a NUL behind the text are refused") {
        CHECK(complaint("\xEF\xBB\xBF{}") ==
              "a.json:1:1: expected JSON text, got a byte-order mark");
        CHECK(complaint(std::string{"{}\n\0", 4}) ==
              "a.json:2:1: expected text without NULs, got \\x00");
    }
    TEST_CASE("nesting ends at 64 levels") {
        CHECK(complaint(std::string(64, '[') + std::string(64, ']')).empty());
        CHECK(complaint(std::string(65, '[') + std::string(65, ']')) ==
              "a.json:1:65: expected at most 64 levels of nesting, got one more");
        CHECK(complaint(std::string(1'000'000, '[')) ==
              "a.json:1:65: expected at most 64 levels of nesting, got one more");
    }
    TEST_CASE("numbers keep their digits; only what no number can hold is refused") {
        Errors errors;
        const Node node = parse_json(Source{"a", "[18446744073709551617, -0.10, 1E2]"}, errors);
        CHECK(node.canonical() == "[18446744073709551617,-0.10,1E2]");
        CHECK(complaint("[1, 1e400]") == "a.json:1:5: expected a number below 1e308, got 1e400");
    }
    TEST_CASE("every repeated key is reported and the first value counts") {
        Errors errors;
        const Node node = parse_json(
            Source{"a.json", "{\"a\": 1, \"b\": {\"c\": 2,\n\"c\": 3}, \"a\": 4}"}, errors);
        CHECK(node.canonical() == R"({"a":1,"b":{"c":2}})");
        CHECK_THROWS_WITH_AS(errors.throw_if_any(),
                             "a.json:2:1: /b/c: expected each key once, got \"c\"\n"
                             "a.json:2:10: /a: expected each key once, got \"a\"",
                             ScenarioError);
    }
    TEST_CASE("a file that cannot be read is the user's error") {
        Errors errors;
        CHECK_THROWS_WITH_AS(
            read_json("no/such.json", errors),
            "no/such.json: expected a readable file, got No such file or directory", ScenarioError);
        CHECK_THROWS_WITH_AS(read_json("/", errors), "/: expected a readable file, got a directory",
                             ScenarioError);
        const TemporaryFolder folder;
        const std::string large =
            folder.write("large.json", std::string((std::size_t{16} << 20) + 1, ' '));
        CHECK_THROWS_WITH_AS(read_json(large, errors),
                             (large + ": expected a readable file, got more than 16MiB").c_str(),
                             ScenarioError);
    }
    TEST_CASE("a file may name its schema to an editor, and says nothing by that") {
        const TemporaryFolder folder;
        Errors errors;
        const auto content = [&](const char* text) {
            return read_json(folder.write("a.json", text), errors).canonical();
        };
        CHECK(content(R"({"$schema": "s.json", "a": {"$schema": 1}})") == R"({"a":{"$schema":1}})");
        CHECK(errors.empty());
        CHECK(content(R"({"$schema": 1})") == "{}");
        CHECK_FALSE(errors.empty());
    }
    TEST_CASE("a reference is relative to the file it stands in, and fails at its own place") {
        const TemporaryFolder folder;
        folder.write("target.json", "[7]");
        const std::string scenario = folder.write(
            "scenario.json", R"({"a": "target.json", "b": "none.json", "c": 3, "d": "target"})");
        Errors errors;
        const Node node = read_json(scenario, errors);
        CHECK(read_json(*node.find("a"), errors)->canonical() == "[7]");
        CHECK_FALSE(read_json(*node.find("b"), errors).has_value());
        CHECK_FALSE(read_json(*node.find("c"), errors).has_value());
        CHECK_FALSE(read_json(*node.find("d"), errors).has_value());
        CHECK_THROWS_WITH_AS(
            errors.throw_if_any(),
            (scenario +
             ":1:27: /b: expected a readable file, got \"none.json\" "
             "(No such file or directory)\n" +
             scenario + ":1:45: /c: expected the name of a file, got 3\n" + scenario +
             ":1:53: /d: expected a readable file, got \"target\" "
             "(did you mean \"target.json\"?)")
                .c_str(),
            ScenarioError);
    }
}
