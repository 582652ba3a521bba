// Goal: one declaration gives reader, checks, defaults and listing. Method: a struct with a field
// of every sort, and the exact text of every complaint.
#include "models/config/field.hpp"

#include <doctest/doctest.h>

#include <array>

#include "models/config/json.hpp"

using namespace pcpsim;

namespace {
enum class Grace { normal, expedited };
constexpr auto enum_names(Grace) { return std::array{"normal", "expedited"}; }

struct Ladder {
    std::vector<std::int64_t> clients = {1, 4};
    bool shuffled = false;
    static constexpr auto fields() {
        return std::tuple{
            field("clients", &Ladder::clients, "how many processes fault").within(1, 512),
            field("shuffled", &Ladder::shuffled, "in any order"),
        };
    }
};

struct Params {
    Pages batch = 63_pages;
    Duration page_cost = 14_ns;
    std::optional<Bytes> mapping;
    Grace grace = Grace::normal;
    std::string zone;
    Ladder ladder;
    static constexpr auto fields() {
        return std::tuple{
            field("batch", &Params::batch, "pages returned per hold of zone->lock")
                .within(1_pages, 4096_pages)
                .source("zone_batchsize(), 5.17"),
            field("page_cost", &Params::page_cost, "CPU time to return one page")
                .within(1_ps, 1_ms),
            field("mapping", &Params::mapping, "bytes touched; a fifth of memory if null"),
            field("grace", &Params::grace, "kind of grace period"),
            field("zone", &Params::zone, "zone to drain").required(),
            field("ladder", &Params::ladder, "client counts"),
        };
    }
};

struct Impossible {
    Pages batch;
    static constexpr auto fields() {
        return std::tuple{field("batch", &Impossible::batch, "none").within(1_pages, 2_pages)};
    }
};

struct NoParams {
    static constexpr auto fields() { return std::tuple{}; }
};

template <class Struct>
Struct parsed(std::string text) {
    Errors errors;
    const Node node = parse_json(Source{"a.json", std::move(text)}, errors);
    Struct value;
    read_fields(node, value, errors);
    errors.throw_if_any();
    return value;
}

template <class Struct = Params>
std::string complaint(std::string text) {
    try {
        parsed<Struct>(std::move(text));
        return {};
    } catch (const ScenarioError& error) {
        return error.what();
    }
}
}  // namespace

TEST_SUITE("models/config/field") {
    TEST_CASE("absent keys keep their initialiser") {
        CHECK(to_json(parsed<Params>(R"({"zone": "Normal"})")) ==
              R"({"batch":63,"page_cost":"14ns","mapping":null,"grace":"normal","zone":"Normal",)"
              R"("ladder":{"clients":[1,4],"shuffled":false}})");
    }
    TEST_CASE("what to_json writes reads back as the same") {
        const std::string json =
            R"({"batch":1,"page_cost":"2.5us","mapping":"64GiB","grace":"expedited",)"
            R"("zone":"a \"b\"","ladder":{"clients":[],"shuffled":true}})";
        CHECK(to_json(parsed<Params>(json)) == json);
        CHECK(parsed<Params>(json).batch == 1_pages);
    }
    TEST_CASE("a missing unit, a wrong type, a range: each complaint has its exact text") {
        CHECK(complaint(R"({"zone": "x", "page_cost": 14})") ==
              "a.json:1:28: /page_cost: expected a duration in 1ps..1ms with a unit, such as "
              "\"14ns\", got 14");
        CHECK(complaint(R"({"zone": "x", "mapping": 64})") ==
              "a.json:1:26: /mapping: expected a size with a unit, such as \"64GiB\", got 64");
        CHECK(complaint(R"({"zone": "x", "page_cost": "2ms"})") ==
              "a.json:1:28: /page_cost: expected a duration in 1ps..1ms, got \"2ms\"");
        CHECK(complaint(R"({"zone": "x", "batch": -5})") ==
              "a.json:1:24: /batch: expected pages in 1..4096, got -5");
        CHECK(complaint(R"({"zone": "x", "batch": 18446744073709551617})") ==
              "a.json:1:24: /batch: expected pages in 1..4096, got 18446744073709551617");
        CHECK(complaint(R"({"zone": "x", "batch": "63"})") ==
              "a.json:1:24: /batch: expected pages in 1..4096, got \"63\"");
        CHECK(complaint(R"({"zone": 7})") == "a.json:1:10: /zone: expected a string, got 7");
        CHECK(complaint(R"({"zone": "x", "ladder": {"shuffled": 1}})") ==
              "a.json:1:38: /ladder/shuffled: expected true or false, got 1");
        CHECK(complaint(R"({"zone": "x", "ladder": [1]})") ==
              "a.json:1:25: /ladder: expected an object, got [1]");
        CHECK(complaint(R"({"zone": "x", "ladder": {"clients": 1}})") ==
              "a.json:1:37: /ladder/clients: expected an array, got 1");
        CHECK(complaint("[]") == "a.json:1:1: /: expected an object, got []");
    }
    TEST_CASE("the range of a list holds for each element") {
        CHECK(complaint(R"({"zone": "x", "ladder": {"clients": [1, 0, 513, 2.0]}})") ==
              "a.json:1:41: /ladder/clients/1: expected a whole number in 1..512, got 0\n"
              "a.json:1:44: /ladder/clients/2: expected a whole number in 1..512, got 513\n"
              "a.json:1:49: /ladder/clients/3: expected a whole number in 1..512, got 2.0");
    }
    TEST_CASE("missing and unknown keys name what may stand there") {
        CHECK(complaint(R"({"bacth": 1, "zone": "x"})") ==
              "a.json:1:2: /bacth: expected one of batch, page_cost, mapping, grace, zone, ladder, "
              "got \"bacth\" (did you mean \"batch\"?)");
        CHECK(complaint("{}") == "a.json:1:1: /: expected key \"zone\" (zone to drain), got none");
        CHECK(complaint(R"({"zone": "x", "grace": "expidited"})") ==
              "a.json:1:24: /grace: expected one of normal, expedited, got \"expidited\" (did you "
              "mean \"expedited\"?)");
        CHECK(complaint<NoParams>(R"({"a": 1})") == "a.json:1:2: /a: expected no key, got \"a\"");
    }
    TEST_CASE("all mistakes come at once, in file order") {
        CHECK(complaint("{\"ladder\": {\"shuffled\": 0},\n \"batch\": 0}") ==
              "a.json:1:1: /: expected key \"zone\" (zone to drain), got none\n"
              "a.json:1:25: /ladder/shuffled: expected true or false, got 0\n"
              "a.json:2:11: /batch: expected pages in 1..4096, got 0");
    }
    TEST_CASE("the listing shows type, default, range, sentence and source") {
        const std::vector<FieldInfo> infos = describe_fields<Params>();
        REQUIRE(infos.size() == 8);
        CHECK(infos[0].name == "batch");
        CHECK(infos[0].type == "pages");
        CHECK(infos[0].default_value == "63");
        CHECK(infos[0].range == "1..4096");
        CHECK(infos[0].help == "pages returned per hold of zone->lock");
        CHECK(infos[0].source == "zone_batchsize(), 5.17");
        CHECK(infos[1].range == "1ps..1ms");
        CHECK(infos[2].type == "size or null");
        CHECK(infos[2].default_value == "null");
        CHECK(infos[3].type == "one of normal, expedited");
        CHECK(infos[4].default_value.empty());
        CHECK(infos[5].type == "object");
        CHECK(infos[6].name == "ladder/clients");
        CHECK(infos[6].type == "list of whole number");
        CHECK(infos[6].range == "1..512");
    }
    TEST_CASE("a default outside of its own range is our own mistake") {
        CHECK_THROWS_AS(describe_fields<Impossible>(), BrokenLaw);
    }
}
