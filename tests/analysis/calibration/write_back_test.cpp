// Goal: a machine file gets its fitted costs and keeps everything else, byte for byte.
// Method: small files, and the shipped ones read back.
#include "analysis/calibration/write_back.hpp"

#include <doctest/doctest.h>

#include "models/machine/machine_file.hpp"
#include "tests/support/reading.hpp"

using namespace pcpsim;

namespace {

std::string after(const std::string& text, const std::vector<WrittenCost>& costs) {
    Errors errors;
    const Node file = parse_json(Source{"t.json", text}, errors);
    std::string result = with_costs(file, costs, errors);
    errors.throw_if_any();
    return result;
}

}  // namespace

TEST_SUITE("analysis/calibration/write_back") {
    TEST_CASE("a value is replaced with its provenance, and nothing else moves") {
        const std::string before = R"({
  "name" : "odd  spacing stays",
  "costs": {
    "page_fault": { "value": "1us", "kind": "assumed", "source": "a guess" },
    "page_zero": "110ns"
  } }
)";
        CHECK(after(before, {{"page_zero", 94'830, "by \"hand\""}, {"page_fault", 800'000, "x"}}) ==
              R"({
  "name" : "odd  spacing stays",
  "costs": {
    "page_fault": {
      "value": "800ns",
      "kind": "fitted",
      "source": "x"
    },
    "page_zero": {
      "value": "94.83ns",
      "kind": "fitted",
      "source": "by \"hand\""
    }
  } }
)");
    }
    TEST_CASE("writing what was written changes nothing") {
        const std::vector<WrittenCost> costs{{"page_fault", 800'000, "x"},
                                             {"fault_shared_lines_permille", 464, "y"}};
        Errors errors;
        const std::string path = PCPSIM_SOURCE_DIR "/scenarios/machines/epyc-7742-2s.json";
        const Node file = read_json(path, errors);
        const std::string once = with_costs(file, costs, errors);
        CHECK(after(once, costs) == once);
        const Machine machine = read_machine(
            parse_json(Source{path, once, PCPSIM_SOURCE_DIR "/scenarios/machines"}, errors),
            errors);
        errors.throw_if_any();
        CHECK(machine.costs.page_fault == 800_ns);
        CHECK(machine.costs.fault_shared_lines_permille == 464);
        CHECK(machine.provenance.at("/costs/page_fault").kind == Evidence::fitted);
        CHECK(machine.provenance.at("/costs/page_fault").source == "x");
    }
    TEST_CASE("a file that builds on another gets what it overrides itself, and nothing else") {
        const std::string text =
            R"({"base": "b.json", "overrides": {"costs": {"page_zero": "1ns"}}})";
        CHECK(after(text, {{"page_zero", 2'000, "x"}}).find(R"("value": "2ns")") !=
              std::string::npos);
        CHECK_THROWS_AS(after(text, {{"page_fault", 2'000, "x"}}), ScenarioError);
        CHECK_THROWS_AS(after(R"({"base": "b.json"})", {{"page_zero", 2'000, "x"}}), ScenarioError);
    }
}
