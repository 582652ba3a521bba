#include "analysis/replay/counterfactual_report.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace pcpsim;

namespace {

CounterfactualReport report() {
    CounterfactualReport report;
    report.replay.recording = "a.trace";
    report.replay.release = "6.1.0";
    report.replay.era = "6.1";
    report.era = "6.12";
    report.strategy = "ipi-mask";
    report.settings = {"/pcp/batch=31"};
    report.recorded.refills = 10;
    report.recorded.refilled = 630_pages;
    report.counts.refills = 3;
    report.counts.refilled = 700_pages;
    report.counts.visited = 2;
    report.allocations = 600;
    report.frees = 500;
    return report;
}

}  // namespace

TEST_SUITE("analysis/replay/counterfactual_report") {
    TEST_CASE("the text has what was recorded and what was counted side by side, and no times") {
        CHECK(to_text(report()) ==
              "a.trace: the requests of kernel 6.1.0, 600 allocations and 500 frees, answered "
              "otherwise\n"
              "\n"
              "                         recorded  6.12, ipi-mask, /pcp/batch=31\n"
              "refills                        10                              3\n"
              "pages refilled                630                            700\n"
              "CPUs visited                    0                              2\n"
              "zone->lock acquisitions        10                              3\n"
              "\n"
              "Counted from where a list is known. Times are left out: how long the threads would "
              "have computed\n"
              "between their requests is not recorded, nor what they would have asked for had they "
              "waited less.\n");
    }
    TEST_CASE("a recording that is not understood is no success") {
        CHECK(report().holds());
        CounterfactualReport wrong = report();
        wrong.replay.result.checks.mismatched({});
        CHECK(!wrong.holds());
        CHECK(to_text(wrong).find("The recording is not understood: 1 of 1 predictions") !=
              std::string::npos);
    }
    TEST_CASE("the JSON has every count twice") {
        const auto json = nlohmann::json::parse(to_json(report()));
        CHECK(json["otherwise"]["era"] == "6.12");
        CHECK(json["otherwise"]["set"][0] == "/pcp/batch=31");
        CHECK(json["requests"]["allocations"] == 600);
        CHECK(json["counts"]["refills"]["recorded"] == 10);
        CHECK(json["counts"]["refills"]["otherwise"] == 3);
        CHECK(json["counts"]["cpus_visited"]["otherwise"] == 2);
        CHECK(json["counts"]["zone_lock_acquisitions"]["recorded"] == 10);
        CHECK(json["mismatched"] == 0);
    }
}
