// Goal: a scenario becomes the runs it stands for, and a run is a function of scenario and key.
// Method: short scenarios on the shipped machine, run under several numbers of jobs.
#include "analysis/simulation.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "analysis/results_json.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

const std::string two_clients = R"({"model": "pft", "params": {"clients": [1, 2], "scale": 256}})";
const std::string one_drain = R"({"model": "forced-drain", "params": {"fill": "high"}})";

/// Two strategies, two seeds from 7.
Experiment experiment(const std::string& workload, const std::string& more = "") {
    const TemporaryFolder folder;
    return experiment_of(read_scenario(
        folder.write("scenario.json",
                     R"({"question": "Why?", "machine": ")" PCPSIM_SOURCE_DIR
                     R"(/scenarios/machines/epyc-7742-2s.json",)"
                     R"( "overrides": {"topology": {"memory_per_node": "1GiB"}}, "workload": [)" +
                         workload +
                         R"(], "strategies": [{"model": "workqueue", "label": "vanilla"},)"
                         R"( {"model": "rcu-swap"}], "seed": 7, "replications": 2)" +
                         more + "}")));
}

ResultSet results_of(const Experiment& experiment, unsigned jobs = 1) {
    return conduct(experiment, {.jobs = jobs}).results;
}

std::vector<std::string> names(const ResultSet& results) {
    std::vector<std::string> all;
    for (const Series& series : results.series) all.push_back(series.metric.name);
    return all;
}

}  // namespace

TEST_SUITE("analysis/simulation") {
    TEST_CASE("strategies, points and seeds are the scenario's") {
        const Experiment made = experiment(two_clients);
        CHECK(made.subject.question == "Why?");
        CHECK(made.subject.machine_id == "epyc-7742-2s");
        CHECK(made.manifest.seeds == std::vector<std::uint64_t>{7, 8});
        CHECK(made.points == 2);
        REQUIRE(made.strategies.size() == 2);
        CHECK(made.strategies[0].label == "vanilla");
        CHECK(made.strategies[0].model == "workqueue");
        CHECK(made.strategies[1].label == "rcu-swap");
    }
    TEST_CASE("entries of the workload run together, in every combination of their points") {
        CHECK(experiment(two_clients + "," + one_drain).points == 2);
        const std::string two_more = R"({"label": "more", )" + two_clients.substr(1);
        CHECK(experiment(two_clients + "," + two_more).points == 4);
        const ResultSet results = results_of(experiment(
            R"({"model": "pft", "params": {"clients": [1], "scale": 256}},)" + one_drain));
        CHECK(names(results)[0] == "pft/system-1");
        CHECK(names(results)[2] == "forced-drain/latency-mean");
    }
    TEST_CASE("metrics are named by the labels of their workloads") {
        const std::string second = R"({"label": "second", )" + one_drain.substr(1);
        const auto all = names(results_of(experiment(one_drain + "," + second)));
        CHECK(std::count(all.begin(), all.end(), "forced-drain/requested") == 1);
        CHECK(std::count(all.begin(), all.end(), "second/requested") == 1);
    }
    TEST_CASE("a workload begins and stops when its entry says") {
        const auto drains = [](const std::string& when) {
            const ResultSet results = results_of(
                experiment(R"({"model": "forced-drain", )" + when +
                           R"("params": {"drains": 100, "period": "10ms", "loop": "open"}})"));
            for (const Series& series : results.series)
                if (series.metric.name == "forced-drain/requested") return series.samples[0][0];
            return -1.0;
        };
        CHECK(drains("") == 100.0);
        CHECK(drains(R"("stop": "95ms", )") == 9.0);
        CHECK(drains(R"("start": "50ms", "stop": "95ms", )") == 4.0);
    }
    TEST_CASE("a workload without an end runs as long as the others, or until its stop") {
        const std::string loop = R"({"model": "isolated-loop", "cpus": "4")";
        const auto rounds = [](const std::string& workload) {
            const ResultSet results = results_of(experiment(workload));
            for (const Series& series : results.series)
                if (series.metric.name == "isolated-loop/rounds") return series.samples[0][0];
            return -1.0;
        };
        CHECK(rounds(loop + R"(, "stop": "10500us"})") == 10.0);
        CHECK(rounds(loop + R"(}, {"model": "forced-drain", "params": {"drains": 2}})") >= 20.0);
        CHECK_THROWS_WITH_AS(rounds(loop + "}"),
                             "workload: expected one that ends or has a \"stop\", got none",
                             ScenarioError);
    }
    TEST_CASE("the same scenario gives the same bytes, whatever the number of jobs") {
        const std::string once = results_json(results_of(experiment(two_clients), 1));
        CHECK(results_json(results_of(experiment(two_clients), 1)) == once);
        CHECK(results_json(results_of(experiment(two_clients), 3)) == once);
    }
    TEST_CASE("a run does not depend on those before it") {
        const Experiment made = experiment(two_clients);
        const std::uint64_t alone = made.run({.strategy = 1, .point = 1, .seed = 1}).fingerprint;
        made.run({.strategy = 0, .point = 0, .seed = 0});
        CHECK(made.run({.strategy = 1, .point = 1, .seed = 1}).fingerprint == alone);
        CHECK(made.run({.strategy = 1, .point = 1, .seed = 0}).fingerprint != alone);
    }
    TEST_CASE("a scaled mapping is noted") {
        CHECK(results_of(experiment(two_clients)).subject.notes ==
              std::vector<std::string>{"pft: mapping cut to 1/256, times multiplied back by 256"});
        CHECK(results_of(experiment(one_drain)).subject.notes.empty());
    }
    TEST_CASE("a run ends where the scenario stops it") {
        const auto events = [](const std::string& stop) {
            return experiment(two_clients, ", \"stop_after\": " + stop).run({}).events;
        };
        CHECK(events("\"100us\"") < events("\"1ms\""));
        CHECK(events("\"100s\"") == events("null"));
    }
}
