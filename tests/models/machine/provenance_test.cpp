// Goal: provenance is taken out of a file without disturbing its values.
#include "models/machine/provenance.hpp"

#include <doctest/doctest.h>

#include "tests/support/reading.hpp"

using namespace pcpsim;

namespace {

struct Taken {
    std::string bare;
    std::string found;
    std::string complaint;
};

Taken take(const std::string& text) {
    Taken taken;
    taken.complaint = complaints(text, [&](Node node, Errors& errors) {
        for (const auto& [pointer, provenance] : take_provenance(node, errors))
            taken.found += pointer + " " + to_json(provenance) + "\n";
        taken.bare = node.canonical();
    });
    return taken;
}

}  // namespace

TEST_SUITE("models/machine/provenance") {
    TEST_CASE("a value with provenance becomes the bare value") {
        const Taken taken =
            take(R"({"a": {"value": "7ns", "kind": "measured", "source": "m"}, "b": [1]})");
        CHECK(taken.bare == R"({"a":"7ns","b":[1]})");
        CHECK(taken.found == "/a {\"kind\":\"measured\",\"source\":\"m\"}\n");
    }
    TEST_CASE("an object's provenance holds for what states none of its own") {
        const Taken taken = take(R"({"a": {"kind": "specified", "source": "s", "x": 1, "y": [2],
            "z": {"value": 3, "kind": "assumed", "source": "z"}}, "b": 4})");
        CHECK(taken.bare == R"({"a":{"x":1,"y":[2],"z":3},"b":4})");
        CHECK(taken.found ==
              "/a/x {\"kind\":\"specified\",\"source\":\"s\"}\n"
              "/a/y {\"kind\":\"specified\",\"source\":\"s\"}\n"
              "/a/z {\"kind\":\"assumed\",\"source\":\"z\"}\n");
    }
    TEST_CASE("half a provenance, another kind or a further key is an error") {
        CHECK(take(R"({"a": {"value": 1, "kind": "fitted"}})").complaint ==
              "t.json:1:7: /a: expected key \"source\" (where the value comes from), got none");
        CHECK(take(R"({"a": {"value": 1, "kind": "guessed", "source": "s"}})").complaint ==
              "t.json:1:28: /a/kind: expected one of measured, specified, fitted, assumed, got "
              "\"guessed\"");
        CHECK(take(R"({"a": {"value": 1, "unit": "ns"}})").complaint ==
              "t.json:1:20: /a/unit: expected one of value, kind, source, got \"unit\"");
    }
}
