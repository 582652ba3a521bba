#include "analysis/replay/report.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace pcpsim;

namespace {

ReplayReport report() {
    ReplayReport report;
    report.recording = "a.trace";
    report.release = "6.1.0";
    report.era = "6.1";
    report.result.list_names = {"order 0 Movable"};
    report.result.refills = {{{2, 126_pages}, {2, 126_pages}}};
    report.lines.lines = 9;
    report.lines.events = 8;
    report.result.checks.matched(Check::page_identity);
    report.result.checks.unchecked(Check::page_identity, Unchecked::before_first_emptied);
    return report;
}

ReplayReport wrong_report() {
    ReplayReport wrong = report();
    wrong.result.checks.mismatched({Check::spill_size, 7, Time{1_s}, "cpu0 node0/\"DMA32\"",
                                    "count 3", "63 pages", "no spill"});
    return wrong;
}

}  // namespace

TEST_SUITE("analysis/replay/report") {
    TEST_CASE("a replay holds if something was checked and nothing is wrong") {
        CHECK(report().holds());
        CHECK(!wrong_report().holds());
        CHECK(!ReplayReport{}.holds());
    }
    TEST_CASE("the text has a row per check, and says the verdict") {
        CHECK(to_text(report()) ==
              "a.trace: kernel 6.1.0, rules of 6.1\n"
              "9 lines, 8 events\n"
              "\n"
              "                  checked  matched  explained  mismatched  unchecked\n"
              "page identity           1        1          0           0  1, before the list was "
              "first emptied\n"
              "refill size             0        0          0           0  -\n"
              "spill size              0        0          0           0  -\n"
              "bulk order              0        0          0           0  -\n"
              "pcp count               0        0          0           0  -\n"
              "drain calls             0        0          0           0  -\n"
              "drain visits            0        0          0           0  -\n"
              "drain work items        0        0          0           0  -\n"
              "drain slices            0        0          0           0  -\n"
              "\n"
              "                          recorded  predicted  pages recorded  pages predicted\n"
              "refills, order 0 Movable         2          2             126              126\n"
              "spills                           0          0               0                0\n"
              "\n"
              "Every prediction is right.\n");
    }
    TEST_CASE("a difference is shown in context") {
        const std::string text = to_text(wrong_report());
        CHECK(text.find("1 of 2 predictions are wrong; the first:\n"
                        "\n"
                        "line 7 (1.000000 s), cpu0 node0/\"DMA32\": spill size\n"
                        "  before    count 3\n"
                        "  expected  63 pages\n"
                        "  recorded  no spill\n") != std::string::npos);
    }
    TEST_CASE("what was left out of the recording is said") {
        ReplayReport damaged = report();
        damaged.lines.broken = 2;
        damaged.lines.first_broken = 5;
        damaged.lines.loss_markers = 1;
        damaged.lines.lost_events = 123;
        damaged.lines.damage = "unexpected end of file";
        const std::string text = to_text(damaged);
        CHECK(text.find("2 broken lines left out (the first is line 5)") != std::string::npos);
        CHECK(text.find("1 markers of lost events (123 lost)") != std::string::npos);
        CHECK(text.find("reading stopped early: unexpected end of file") != std::string::npos);
    }
    TEST_CASE("nothing checked is no success") {
        CHECK(to_text(ReplayReport{}).find("Nothing could be checked") != std::string::npos);
    }
    TEST_CASE("the JSON has every check with its four counts, and why things were not checked") {
        const auto json = nlohmann::json::parse(to_json(wrong_report()));
        CHECK(json["checks"].size() == all_checks.size());
        const nlohmann::json identity{
            {"matched", 1}, {"explained", 0}, {"mismatched", 0}, {"checked", 1}};
        CHECK(json["checks"]["page_identity"] == identity);
        CHECK(json["checks"]["spill_size"]["mismatched"] == 1);
        CHECK(json["unchecked"]["page_identity"]["before_first_emptied"] == 1);
        CHECK(json["unchecked"]["bulk_order"].empty());
        CHECK(json["differences"][0]["line"] == 7);
        CHECK(json["differences"][0]["where"] == "cpu0 node0/\"DMA32\"");
        CHECK(json["lines"]["read"] == 9);
        CHECK(nlohmann::json::parse(to_json(ReplayReport{}))["differences"].empty());
    }
}
