// Goal: a value is found again where it was written. Method: small documents with known positions.
#include "models/config/node.hpp"

#include <doctest/doctest.h>

#include "models/config/json.hpp"

using namespace pcpsim;

namespace {
Node parsed(std::string text) {
    Errors errors;
    Node node = parse_json(Source{"a.json", std::move(text)}, errors);
    errors.throw_if_any();
    return node;
}
}  // namespace

TEST_SUITE("models/config/node") {
    TEST_CASE("a place counts lines and characters from one and names the pointer") {
        const Node node = parsed("{\n  \"\xC3\xBC\": [1, {\"a/b\": \"x\"}]\n}");
        const Node& list = *node.find("\xC3\xBC");
        CHECK(node.place.text() == "a.json:1:1: /");
        CHECK(list.place.text() == "a.json:2:8: /\xC3\xBC");
        CHECK(list.elements[0].place.text() == "a.json:2:9: /\xC3\xBC/0");
        CHECK(list.elements[1].find("a/b")->place.text() == "a.json:2:20: /\xC3\xBC/1/a~1b");
        CHECK(list.elements[1].members[0].key.place.text() == "a.json:2:13: /\xC3\xBC/1/a~1b");
    }
    TEST_CASE("a value shows as it was written") {
        const Node node =
            parsed("{\"a\": 1.50, \"b\": {\n  \"c\": [true ,null]}, \"d\": \"\\u0041\"}");
        CHECK(node.find("a")->as_written() == "1.50");
        CHECK(node.find("b")->as_written() == "{ \"c\": [true ,null]}");
        CHECK(node.find("d")->as_written() == "\"\\u0041\"");
        CHECK(node.find("d")->text == "A");
    }
    TEST_CASE("canonical JSON is compact, keeps the order, and numbers as written") {
        CHECK(parsed("{ \"b\": [1.50, -0],\n \"a\": \"\\u0041\\n\", \"c\": {} }").canonical() ==
              R"({"b":[1.50,-0],"a":"A\u000a","c":{}})");
    }
}
