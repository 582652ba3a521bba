// Goal: a schema says what the reader takes, as far as a schema can. Method: exact texts for a
// struct with a member of each sort. An independent validator holds the real ones against the
// reader.
#include "models/config/schema.hpp"

#include <doctest/doctest.h>

#include <array>

#include "models/config/json.hpp"
#include "models/config/registry.hpp"

using namespace pcpsim;

namespace {
enum class Grace { normal, expedited };
constexpr auto enum_names(Grace) { return std::array{"normal", "expedited"}; }

struct Inner {
    bool shuffled = false;
    static constexpr auto fields() {
        return std::tuple{field("shuffled", &Inner::shuffled, "in any order")};
    }
};
struct Outer {
    Pages batch = 63_pages;
    Duration period;
    Grace grace = Grace::normal;
    std::vector<std::uint32_t> clients;
    std::optional<Ratio> share;
    Inner inner;
    Node any;
    static constexpr auto fields() {
        return std::tuple{
            field("batch", &Outer::batch, "pages per hold").within(1_pages, 9_pages).source("5.17"),
            field("period", &Outer::period, "between two").within(1_ns, 1_s).required(),
            field("grace", &Outer::grace, "sort of period"),
            field("clients", &Outer::clients, "one run each").within(1, 512),
            field("share", &Outer::share, "of all"),
            field("inner", &Outer::inner, "more"),
            field("any", &Outer::any, "read elsewhere"),
        };
    }
};

Node schema(const std::string& text) {
    Errors errors;
    Node node = parse_json(Source{"schema", text}, errors);
    errors.throw_if_any();
    return node;
}
std::string property(const Node& node, const std::string& name) {
    return node.find("properties")->find(name)->canonical();
}

const std::string word = R"("kind":{"$ref":"#/$defs/kind"},"source":{"$ref":"#/$defs/source"})";
}  // namespace

TEST_SUITE("models/config/schema") {
    TEST_CASE("a member has its type, sentence, range, source and default") {
        const Node node = schema(schema_of<Outer>());
        CHECK(property(node, "batch") ==
              R"({"description":"pages per hold; in 1..9; source: 5.17","default":63,)"
              R"("type":"integer","minimum":1,"maximum":9})");
        CHECK(property(node, "period") ==
              R"({"description":"between two; in 1ns..1s","type":"string",)"
              R"("pattern":"^[0-9]+(\\.[0-9]+)?(ps|ns|us|ms|s)$"})");
        CHECK(property(node, "grace") == R"({"description":"sort of period","default":"normal",)"
                                         R"("enum":["normal","expedited"]})");
        CHECK(property(node, "clients") ==
              R"({"description":"one run each; in 1..512","default":[],"type":"array",)"
              R"("items":{"type":"integer","minimum":1,"maximum":512},"maxItems":10000})");
        CHECK(property(node, "share") ==
              R"({"description":"of all","default":null,"anyOf":[{"type":"string",)"
              R"("pattern":"^0*[1-9][0-9]*/0*[1-9][0-9]*$"},{"type":"null"}]})");
        CHECK(property(node, "inner") ==
              R"({"description":"more","type":"object","properties":{"shuffled":)"
              R"({"description":"in any order","default":false,"type":"boolean"}},)"
              R"("additionalProperties":false})");
        CHECK(property(node, "any") == R"({"description":"read elsewhere"})");
        CHECK(node.find("required")->canonical() == R"(["period"])");
        CHECK(node.find("additionalProperties")->canonical() == "false");
    }
    TEST_CASE("what is laid over something else needs no key") {
        CHECK(schema(schema_of<Outer>({}, {.is_partial = true})).find("required") == nullptr);
    }
    TEST_CASE("a value may stand in an object with its source, and objects may have one, too") {
        const Node node = schema(schema_of<Outer>({}, {.is_sourced = true}));
        CHECK(property(*node.find("properties")->find("inner"), "shuffled") ==
              R"({"description":"in any order","default":false,"anyOf":[{"type":"boolean"},)"
              R"({"$ref":"#/$defs/sourced","properties":{"value":{"type":"boolean"}}}]})");
        CHECK(node.find("properties")->canonical().ends_with("," + word + "}"));
        CHECK(node.find("dependentRequired")->canonical() ==
              R"({"kind":["source"],"source":["kind"]})");
    }
    TEST_CASE("an entry knows its models, and each model its parameters") {
        const Node node = schema(entry_schema(
            {{"drum", "one beat", {}}, {"bells", "many", {{"tone", R"({"type":"string"})", true}}}},
            {{"cpus", "{}"}}));
        CHECK(property(node, "model") == R"({"oneOf":[{"const":"drum","description":"one beat"},)"
                                         R"({"const":"bells","description":"many"}]})");
        CHECK(property(node, "cpus") == "{}");
        CHECK(node.find("required")->canonical() == R"(["model"])");
        const Node& rules = *node.find("allOf");
        REQUIRE(rules.elements.size() == 2);
        CHECK(rules.elements[0].canonical() ==
              R"({"if":{"properties":{"model":{"const":"drum"}}},"then":{"properties":{"params":)"
              R"({"type":"object","properties":{},"additionalProperties":false}}}})");
        CHECK(rules.elements[1].find("then")->canonical() ==
              R"({"properties":{"params":{"type":"object","properties":{"tone":{"type":"string"}},)"
              R"("required":["tone"],"additionalProperties":false}},"required":["params"]})");
    }
    TEST_CASE("a schema of its own names its dialect and what its references lead to") {
        const Node node = schema(file_schema("toys", object_schema({schema_key()})));
        CHECK(node.find("$schema")->text == "https://json-schema.org/draft/2020-12/schema");
        CHECK(node.find("title")->text == "toys");
        for (const char* name : {"kind", "source", "sourced", "partly_sourced"})
            CHECK(node.find("$defs")->find(name) != nullptr);
    }
}
