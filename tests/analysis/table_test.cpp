// Goal: the compare table is the one that kernel developers know, byte for byte.
// Method: regenerate every published row with both columns from the reference values.
#include "analysis/table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace pcpsim;

namespace {

std::string read(const std::string& path) {
    std::ifstream file{PCPSIM_SOURCE_DIR "/" + path};
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The published rows of one machine, whose gains were taken before the means were rounded.
CompareTable published(std::size_t machine_index) {
    const auto file = nlohmann::ordered_json::parse(read("scenarios/reference/pft-2022-rcu.json"));
    const auto& machine = file.at("machines").at(machine_index);
    const auto& vanilla = machine.at("results").at("vanilla");
    const auto& rcu = machine.at("results").at("rcu");
    const auto& stars = machine.at("significant").at("rcu");
    CompareTable table{.labels = {"vanilla", "rcu"}};
    for (const char* metric : {"system", "elapsed"})
        for (const auto& [clients, value] : vanilla.at(metric).items()) {
            const std::string operation = metric + ("-" + clients);
            const bool star = std::find(stars.begin(), stars.end(), operation) != stars.end();
            const Cell cell{.value = rcu.at(metric).at(clients),
                            .gain = machine.at("gain_percent").at("rcu").at(operation),
                            .mark = star ? Cell::Mark::star : Cell::Mark::none};
            table.rows.push_back({"Amean", operation, {Cell{.value = value}, cell}});
        }
    return table;
}

/// The published text under the heading of one machine.
std::string golden(const std::string& heading) {
    const std::string file = read("tests/golden/pft-2022-rcu.txt");
    const auto title = file.find("# " + heading);
    REQUIRE(title != std::string::npos);
    const auto begin = file.find('\n', title) + 1;
    const auto end = file.find("\n\n", begin);
    return file.substr(begin, end == std::string::npos ? end : end + 1 - begin);
}

std::string without_header(const std::string& text) { return text.substr(text.find('\n') + 1); }

}  // namespace

TEST_SUITE("analysis/table") {
    TEST_CASE("the published table of the EPYC 7742 comes out byte for byte, header included") {
        CHECK(to_text(published(0)) == golden("EPYC 7742"));
    }
    TEST_CASE("the published rows of the other machines come out byte for byte") {
        // Their headers were aligned with tabs, by hand.
        CHECK(without_header(to_text(published(4))) == without_header(golden("Dell R430")));
        CHECK(without_header(to_text(published(6))) == without_header(golden("Raspberry Pi 4")));
        CHECK(published(0).rows.size() + published(4).rows.size() + published(6).rows.size() == 44);
    }
    TEST_CASE("rates are wider and have four decimals") {
        const CompareTable table{.rates = true,
                                 .labels = {"a", "b"},
                                 .rows = {{"Hmean", "faults/sec-1", {{1.5}, {3, 100}}}}};
        CHECK(to_text(table) ==
              "                                              a                        b\n"
              "Hmean     faults/sec-1        1.5000 (   0.00%)        3.0000 ( 100.00%)\n");
    }
    TEST_CASE("notes stand right of every column but the baseline, and no line ends in a blank") {
        using Mark = Cell::Mark;
        const CompareTable table{
            .labels = {"workqueue", "rcu-swap", "remote"},
            .notes = {"+-95%", "verdict"},
            .rows = {{"Amean",
                      "system-1",
                      {{58.52},
                       {58.92, -0.68, Mark::none, {"0.12", "no effect"}},
                       {58.52, 0, Mark::identical, {}}}},
                     {"Amean",
                      "elapsed-4",
                      {{15.94}, {16.05, -0.69, Mark::none, {"exact", "worse"}}, {0.5, 96.86}}}}};
        CHECK(to_text(table) ==
              "                                 workqueue               rcu-swap +-95% verdict  "
              "                 remote +-95% verdict\n"
              "Amean     system-1        58.52 (   0.00%)       58.92 (  -0.68%)  0.12 no effect"
              "       58.52  identical\n"
              "Amean     elapsed-4       15.94 (   0.00%)       16.05 (  -0.69%) exact worse    "
              "        0.50 (  96.86%)\n");
    }
    TEST_CASE("plain columns are as wide as their widest entry") {
        CHECK(to_text(
                  std::vector<std::vector<std::string>>{{"", "elapsed"}, {"error", "1%"}, {"x"}}) ==
              "       elapsed\n"
              "error       1%\n"
              "x\n");
    }
    TEST_CASE("a Markdown table is one of pipes that reads as plain text, with stars and no loss") {
        CompareTable table{.labels = {"old", "a|b"}, .notes = {"+-95%", "verdict"}};
        table.rows = {{"Amean", "latency", {{5}, {3, 40, Cell::Mark::star, {"9.68", "better"}}}},
                      {"Amean", "pages", {{64}, {64, 0, Cell::Mark::identical}}}};
        CHECK(to_markdown(table) == R"(| Amean   |   old |  a\|b |     gain | +-95% | verdict   |
|:--------|------:|------:|---------:|------:|:----------|
| latency |  5.00 |  3.00 | *40.00%* |  9.68 | better    |
| pages   | 64.00 | 64.00 |          |       | identical |
)");
    }
}
