// Goal: the text that is pasted into a patch. Method: a small result set, the whole text pinned.
#include "analysis/report.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

using namespace pcpsim;

namespace {

ResultSet three_strategies() {
    ResultSet results;
    results.manifest = {"1.2.3", "{}", "{}", {1, 2}, "0123456789abcdef"};
    results.strategies = {{"workqueue", "workqueue"}, {"rcu-swap", "rcu-swap"}, {"same", "x"}};
    results.series = {
        {{"pft/system-1", "s"}, {{58, 60}, {59, 61}, {58, 60}}},
        {{"pft/elapsed-48", "s"}, {{5, 5.1}, {5.01, 5.13}, {5, 5.1}}},
        {{"pft/faults/sec-48", "1/s", Direction::higher}, {{10, 10}, {20, 20}, {10, 10}}},
        {{"drain/latency", "us"}, {{400, 410}, {40, 300}, {400, 410}}},
    };
    return results;
}

}  // namespace

TEST_SUITE("analysis/report") {
    TEST_CASE("a comparison has a table per benchmark and unit, and a legend") {
        CHECK(compare_report(three_strategies(), {}) == R"(pft [s], lower is better:
                                  workqueue               rcu-swap +-95% verdict                     same +-95% verdict
Amean     system-1         59.00 (   0.00%)       60.00 (  -1.69%) exact no effect       59.00  identical
Amean     elapsed-48        5.05 (   0.00%)        5.07 (  -0.40%)  2.52 undecided        5.05  identical

pft [1/s], higher is better:
                                       workqueue                 rcu-swap +-95% verdict                     same +-95% verdict
Hmean     faults/sec-48       10.0000 (   0.00%)       20.0000 ( 100.00%) exact better        10.0000  identical

drain [us], lower is better:
                               workqueue               rcu-swap  +-95% verdict                     same  +-95% verdict
Amean     latency      405.00 (   0.00%)      170.00 (  58.02%) 392.17 undecided      405.00  identical

Simulated by pcpsim 1.2.3: scenario sha256 44136fa355b3, seeds 1-2, fingerprint 0123456789abcdef
+-95%: paired t interval over seeds, alpha 0.05, n = 2; verdict at a margin of 2%
*...*: significant by paired-t: the 95 % interval excludes 0
)");
    }
    TEST_CASE("two strategies fit into 100 columns") {
        ResultSet results = three_strategies();
        results.strategies.pop_back();
        for (Series& series : results.series) series.samples.pop_back();
        std::istringstream text{compare_report(results, {})};
        for (std::string line; std::getline(text, line);) {
            CHECK(line.size() <= 100);
            CHECK((line.empty() || line.back() != ' '));
        }
    }
    TEST_CASE("one seed decides nothing and the legend says so") {
        ResultSet results = three_strategies();
        results.manifest.seeds = {5};
        results.series = {{{"pft/system-1", "s"}, {{58}, {59}, {58}}}};
        CHECK(compare_report(results, {}) == R"(pft [s], lower is better:
                                workqueue               rcu-swap +-95% verdict                     same +-95% verdict
Amean     system-1       58.00 (   0.00%)       59.00 (  -1.72%)     - undecided       58.00  identical

Simulated by pcpsim 1.2.3: scenario sha256 44136fa355b3, seed 5, fingerprint 0123456789abcdef
n = 1: the variance over seeds is unknown, so nothing is decided but identity
)");
    }
    TEST_CASE("a run lists its metrics with unit and meaning") {
        ResultSet results = three_strategies();
        results.manifest.seeds = {3};
        results.strategies.resize(1);
        results.series = {
            {{"drain/latency", "us", Direction::lower, "how long the caller waits"}, {{412.5}}},
            {{"drain/pages", "pages", Direction::lower, "pages that went back"}, {{63}}}};
        CHECK(run_report(results) == R"(drain/latency  412.50  us     how long the caller waits
drain/pages     63.00  pages  pages that went back

Simulated by pcpsim 1.2.3: scenario sha256 44136fa355b3, seed 3, fingerprint 0123456789abcdef
)");
    }
    TEST_CASE("simulated numbers stand beside published ones") {
        ReferenceErrors errors;
        errors.source = "somebody, somewhere";
        errors.machine = "two-nodes";
        errors.columns = {{"old",
                           "vanilla",
                           true,
                           {{"elapsed-1", 10, 10, true}, {"elapsed-4", 3, 2.5, false}},
                           {{"elapsed", 1, 20, {}, {}, {}, {}}}},
                          {"new",
                           "rcu",
                           false,
                           {{"elapsed-1", 10.1, 10, true}, {"elapsed-4", 2.25, 2.5, false}},
                           {{"elapsed", 1, 10, 5.0, 10.0, 1.5, 0.5}}}};
        CHECK(reference_report(errors) == R"(
Against two-nodes, as published in:
somebody, somewhere

             old  vanilla  fit error    new    rcu     error
elapsed-1  10.00    10.00   (+0.00%)  10.10  10.00  (+1.00%)
elapsed-4   3.00     2.50   +20.00%    2.25   2.50  -10.00%

mean absolute error   rows     all   inner  interpolated   gain  no difference
old elapsed (fitted)     1  20.00%       -             -      -              -
new elapsed              1  10.00%  10.00%         5.00%  1.50%          0.50%
(...%) anchors the costs and is not counted; inner: without the last row, as is the log-log
interpolation of the neighbours; gain: in percentage points, beside "no difference"
)");
    }
    TEST_CASE("stars are those of the named rule, and the legend names it") {
        ResultSet results = three_strategies();
        // Two-sample t without deviation stars any difference; bands need one above 1.
        results.series = {{{"drain/latency", "us"}, {{4, 4}, {3.5, 3.5}, {4, 4}}}};
        const std::string t10 =
            compare_report(results, {.significance = Significance::mmtests_t10});
        CHECK(t10.find("*  12.50%*") != std::string::npos);
        CHECK(t10.find("significant by mmtests-t10: two-sample t, p < 0.10\n") !=
              std::string::npos);
        const std::string ci95 =
            compare_report(results, {.significance = Significance::mmtests_ci95});
        CHECK(ci95.find("(  12.50%)") != std::string::npos);
    }
    TEST_CASE("Markdown has a pipe table per benchmark and unit, after a blank line") {
        const std::string text = compare_report(three_strategies(), {}, Layout::markdown);
        CHECK(text.starts_with("pft [s], lower is better:\n\n| Amean "));
        CHECK(text.find("\n\npft [1/s], higher is better:\n\n| Hmean ") != std::string::npos);
        CHECK(run_report(three_strategies(), Layout::markdown).starts_with("| metric "));
    }
}
