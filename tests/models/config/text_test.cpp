// Goal: nothing that a user wrote can break the terminal or the line. Method: hostile bytes.
#include "models/config/text.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("models/config/text") {
    TEST_CASE("an echo is printable: control characters and broken UTF-8 are escaped") {
        CHECK(echo("plain \"text\"") == "plain \"text\"");
        CHECK(echo("a\x1b[31mb\x7f\tc") == "a\\x1B[31mb\\x7F\\x09c");
        CHECK(echo("gr\xC3\xBC\xC3\x9F") == "gr\xC3\xBC\xC3\x9F");
        CHECK(echo("\xC2\x9B\xFF\xE2\x82") == "\\xC2\\x9B\\xFF\\xE2\\x82");
    }
    TEST_CASE("an echo is one line: a line break and its indentation become one blank") {
        CHECK(echo("{\r\n    \"a\": 1\n}") == "{ \"a\": 1 }");
    }
    TEST_CASE("an echo has at most 80 bytes and never half a character") {
        CHECK(echo(std::string(80, 'x')) == std::string(80, 'x'));
        CHECK(echo(std::string(81, 'x')) == std::string(77, 'x') + "...");
        CHECK(echo("abcdef\xC3\xBCghi", 10) == "abcdef...");
        CHECK(echo("abcde\xC3\xBCghij", 10) == "abcde\xC3\xBC...");
    }
    TEST_CASE("a misspelt name gets a suggestion, a foreign one gets none") {
        const std::vector<std::string> names{"batch", "high", "page_cost"};
        CHECK(suggestion("bacth", names) == " (did you mean \"batch\"?)");
        CHECK(suggestion("page-cost", names) == " (did you mean \"page_cost\"?)");
        CHECK(suggestion("hig", names) == " (did you mean \"high\"?)");
        CHECK(suggestion("BATCH", names) == " (did you mean \"batch\"?)");
        CHECK(suggestion("pa", names) == " (did you mean \"page_cost\"?)");
        CHECK(suggestion("topology", names).empty());
        CHECK(suggestion("", names).empty());
        CHECK(suggestion(std::string(10'000, 'b'), names).empty());
    }
    TEST_CASE("quoting makes a JSON string") { CHECK(quote("a\"b\\c\n") == R"("a\"b\\c\u000a")"); }
}
