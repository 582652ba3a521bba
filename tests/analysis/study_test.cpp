// Goal: what compare and run print for an experiment, and where. Method: a small experiment that
// simulates nothing.
#include "analysis/study.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/config/errors.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

const Command command{"compare", "SCENARIO", "Compares.", comparison_options(), {}, nullptr};

Arguments options(std::vector<std::string> words) {
    words.push_back("scenario");
    return parse(command, words);
}

/// The new strategy takes 3 ms of the old one's 4, 5, 6 ms.
Experiment experiment() {
    Experiment experiment;
    experiment.manifest = {"1.2.3", "{}", "{}", {1, 2, 3}, ""};
    experiment.subject = {"Does it help?", "tiny", "two CPUs", {}};
    experiment.strategies = {{"old", "workqueue"}, {"new", "rcu-swap"}};
    experiment.run = [](RunKey key) {
        const auto milliseconds =
            key.strategy == 1 ? std::int64_t{3} : 4 + static_cast<std::int64_t>(key.seed);
        return RunOutput{{{"drain/latency", "ms", Direction::lower, "how long the caller waits",
                           milliseconds * 1'000'000'000}},
                         {"drain: a note"},
                         7,
                         1};
    };
    return experiment;
}

}  // namespace

TEST_SUITE("analysis/study") {
    TEST_CASE("a comparison is a table under a heading") {
        CHECK(compare(experiment(), options({"--jobs", "1"})).out == R"(Does it help?
On two CPUs, simulated

drain [ms], lower is better:
                                     old                    new +-95% verdict
Amean     latency        5.00 (   0.00%)        3.00 (  40.00%) 49.68 undecided

Simulated by pcpsim 1.2.3: scenario sha256 44136fa355b3, seeds 1-3, fingerprint cae108223db76cee
drain: a note
+-95%: paired t interval over seeds, alpha 0.05, n = 3; verdict at a margin of 2%
*...*: significant by paired-t: the 95 % interval excludes 0
)");
    }
    TEST_CASE("a run is the first strategy under the first seed") {
        CHECK(run_once(experiment(), options({})).out == R"(Does it help?
On two CPUs, simulated

drain/latency  4.00  ms  how long the caller waits

Simulated by pcpsim 1.2.3: scenario sha256 44136fa355b3, seed 1, fingerprint 7de0696ddbdd79ad
drain: a note
)");
    }
    TEST_CASE("the margin decides the verdict and the number of jobs nothing") {
        const std::string usual = compare(experiment(), options({})).out;
        CHECK(compare(experiment(), options({"--jobs", "3"})).out == usual);
        CHECK(usual.find("undecided") != std::string::npos);
        CHECK(compare(experiment(), options({"--margin", "100"})).out.find("no effect") !=
              std::string::npos);
    }
    TEST_CASE("JSON is schema 1") {
        CHECK(compare(experiment(), options({"--format=json"})).out.substr(0, 17) ==
              "{\n  \"schema\": 1,\n");
    }
    TEST_CASE("output goes to a file instead of standard output") {
        const TemporaryFolder folder;
        const std::string path = folder.write("result", "");
        CHECK(compare(experiment(), options({"--output", path})).out == "");
        std::ostringstream written;
        written << std::ifstream{path}.rdbuf();
        CHECK(written.str() == compare(experiment(), options({})).out);
    }
    TEST_CASE("an interrupt keeps the complete seeds and says so") {
        Experiment interrupted = experiment();
        const auto run = interrupted.run;
        interrupted.run = [&](RunKey key) {
            if (key.seed == 1) std::raise(SIGINT);
            return run(key);
        };
        const Answer answer = compare(interrupted, options({"--jobs=1"}));
        CHECK(answer.status == 130);
        CHECK(answer.err == "pcpsim: interrupted after 3 of 6 runs; what is complete is kept\n");
        CHECK(answer.out.find("seed 1,") != std::string::npos);
    }
    TEST_CASE("an interrupt before the first seed is complete leaves nothing to print") {
        Experiment interrupted = experiment();
        interrupted.run = [](RunKey) {
            std::raise(SIGINT);
            return RunOutput{};
        };
        const Answer answer = compare(interrupted, options({"--jobs=1"}));
        CHECK(answer.status == 130);
        CHECK(answer.out == "");
    }
    TEST_CASE("wrong values are refused before the first run") {
        Experiment never = experiment();
        never.run = [](RunKey) -> RunOutput { throw std::logic_error{"it ran"}; };
        const auto refused = [&](std::vector<std::string> words) {
            std::string complaint;
            try {
                compare(never, options(std::move(words)));
            } catch (const ScenarioError& error) {
                complaint = error.what();
            }
            return complaint;
        };
        CHECK(refused({"--jobs", "0"}) ==
              R"(--jobs: expected a whole number in 1..65535, got "0")");
        CHECK(refused({"--jobs", "two"}) ==
              R"(--jobs: expected a whole number in 0..65535, got "two")");
        CHECK(refused({"--margin", "2%"}) == R"(--margin: expected percent in 0..100, got "2%")");
        CHECK(refused({"--margin", "nan"}) == R"(--margin: expected percent in 0..100, got "nan")");
        CHECK(refused({"--format", "xml"}) ==
              R"(--format: expected one of text, json, md, csv, got "xml")");
        CHECK(refused({"--reference", "/nonexistent"}) ==
              R"(/nonexistent: expected a readable file, got No such file or directory)");
    }
    TEST_CASE("a baseline that was just written passes, and a planted regression fails") {
        const TemporaryFolder folder;
        const std::string path = folder.write("gone", "");
        std::filesystem::remove(path);
        const Command gate{"check", "SCENARIO", "Checks.", check_options(), {}, nullptr};
        const auto checked = [&](const Experiment& study, std::vector<std::string> words) {
            words.insert(words.end(), {"scenario", "--baseline", path});
            return check(study, parse(gate, words));
        };
        CHECK_THROWS_WITH_AS(
            checked(experiment(), {}),
            (path + ": expected a baseline, got no such file; --update writes one").c_str(),
            ScenarioError);
        CHECK(checked(experiment(), {"--update"}).status == 0);
        const Answer same = checked(experiment(), {});
        CHECK(same.status == 0);
        CHECK(same.out ==
              "Nothing is worse against " + path + ": 0 worse, 0 missing, 0 better, 2 as before\n");
        Experiment slower = experiment();
        slower.run = [run = slower.run](RunKey key) {
            RunOutput output = run(key);
            output.measurements[0].value += key.strategy == 1 ? 1 : 0;
            return output;
        };
        const Answer worse = checked(slower, {});
        CHECK(worse.status == 1);
        CHECK(worse.out.find("drain/latency [ms]  new") != std::string::npos);
        const Answer machine_readable = checked(slower, {"--format", "json"});
        CHECK(machine_readable.status == 1);
        CHECK(machine_readable.out.find("\"change\": \"worse\"") != std::string::npos);
        CHECK(checked(slower, {"--update"}).status == 0);
        CHECK(checked(slower, {}).status == 0);
        CHECK(checked(experiment(), {}).status == 0);  // Better, and told.
        CHECK(checked(experiment(), {}).out.find("better  drain/latency") != std::string::npos);
    }
    TEST_CASE("an option that would have no effect is refused") {
        const Command gate{"check", "SCENARIO", "Checks.", check_options(), {}, nullptr};
        const Command run{"run", "SCENARIO", "Runs.", run_options(), {}, nullptr};
        const auto update = parse(gate, {"x", "--baseline=b", "--update", "--format=json"});
        CHECK_THROWS_WITH_AS(check(experiment(), update), "--format has no effect with --update",
                             UsageError);
        for (const char* const option : {"format", "output"}) {
            const auto verify = parse(run, {"x", "--verify=r", "--" + std::string{option} + "=y"});
            CHECK_THROWS_WITH_AS(run_once(experiment(), verify),
                                 doctest::Contains("has no effect with --verify"), UsageError);
        }
    }
    TEST_CASE("a check needs a baseline") {
        const Command gate{"check", "SCENARIO", "Checks.", check_options(), {}, nullptr};
        CHECK_THROWS_AS(check(experiment(), parse(gate, {"scenario"})), UsageError);
    }
}
