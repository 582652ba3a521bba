// Goal: a scenario is read whole, and each mistake a user makes gets its exact line. Method: a
// scenario beside a real machine file, broken in one place at a time.
#include "models/config/scenario.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {
constexpr std::string_view good = R"({"machine": ")" PCPSIM_SOURCE_DIR
                                  R"(/scenarios/machines/epyc-7742-2s.json",
 "question": "why?",
 "workload": [{"model": "forced-drain", "cpus": "0-3", "params": {"period": "1us"}}],
 "strategies": [{"model": "workqueue"},
                {"model": "workqueue", "label": "all", "params": {"force_all_cpus": true}}],
 "overrides": {"kernel": {"hz": 1000}},
 "seed": 7})";

/// The good scenario with one piece of it replaced.
std::string with(std::string_view piece, std::string_view replacement) {
    std::string text{good};
    const std::size_t at = text.find(piece);
    REQUIRE(at != std::string::npos);
    return text.replace(at, piece.size(), replacement);
}

Scenario scenario(std::string_view text, const std::vector<std::string>& assignments = {}) {
    const TemporaryFolder folder;
    return read_scenario(folder.write("s.json", text), assignments);
}

/// What is wrong, with "s.json" for the scenario's path.
std::string complaint(std::string_view text, const std::vector<std::string>& assignments = {}) {
    const TemporaryFolder folder;
    const std::string path = folder.write("s.json", text);
    try {
        read_scenario(path, assignments);
        return {};
    } catch (const ScenarioError& error) {
        std::string lines = error.what();
        for (std::size_t at = 0; (at = lines.find(path)) != std::string::npos;)
            lines.replace(at, path.size(), "s.json");
        return lines;
    }
}
}  // namespace

TEST_SUITE("models/config/scenario") {
    TEST_CASE("a scenario holds what the file says, and defaults for the rest") {
        const Scenario read = scenario(good);
        CHECK(read.question == "why?");
        CHECK(read.machine.id == "epyc-7742-2s");
        CHECK(read.machine.kernel.hz == 1000);
        CHECK(read.kernel == find_kernel_rules("5.17"));
        CHECK_FALSE(read.pcp.batch.has_value());
        REQUIRE(read.workload.size() == 1);
        CHECK(read.workload[0].where.cpus == CpuSet::range(CpuId{0}, CpuId{3}));
        CHECK(read.workload[0].where.pinned);
        CHECK(read.workload[0].start == 0_ns);
        CHECK_FALSE(read.workload[0].stop.has_value());
        REQUIRE(read.strategies.size() == 2);
        CHECK(read.strategies[0].drain.label() == "workqueue");
        CHECK(read.strategies[0].drain.effective_params() == R"({"force_all_cpus":false})");
        CHECK(read.strategies[1].drain.label() == "all");
        CHECK(read.strategies[1].drain.effective_params() == R"({"force_all_cpus":true})");
        CHECK(read.seed == 7);
        CHECK(read.replications == 5);
        CHECK_FALSE(read.stop_after.has_value());
    }
    TEST_CASE("every scenario of the project reads") {
        int count = 0;
        for (const auto& entry :
             std::filesystem::directory_iterator{PCPSIM_SOURCE_DIR "/scenarios"}) {
            if (entry.path().extension() != ".json") continue;
            CAPTURE(entry.path().string());
            CHECK_NOTHROW(read_scenario(entry.path().string()));
            ++count;
        }
        CHECK(count > 0);
    }
    TEST_CASE("a machine file is found beside its scenario") {
        const TemporaryFolder folder;
        folder.write("m.json", R"({"base": ")" PCPSIM_SOURCE_DIR
                               R"(/scenarios/machines/epyc-7742-2s.json",
                                   "overrides": {"id": "mine"}})");
        const std::string path = folder.write(
            "s.json", with(PCPSIM_SOURCE_DIR "/scenarios/machines/epyc-7742-2s.json", "m.json"));
        CHECK(read_scenario(path).machine.id == "mine");
    }
    TEST_CASE("malformed JSON is reported alone, wherever it is") {
        CHECK(complaint(with("\"seed\": 7", "\"seed\" 7")) == "s.json:7:9: expected ':', got 7");
        const TemporaryFolder folder;
        const std::string machine = folder.write("m.json", "{\"id\": \"x\"");
        CHECK(complaint(with(PCPSIM_SOURCE_DIR "/scenarios/machines/epyc-7742-2s.json", machine)) ==
              machine + ":1:11: expected ',' or '}', got end of file");
    }
    TEST_CASE("wrong type, missing unit and out of range") {
        CHECK(complaint(with(": 7", ": \"seven\"")) ==
              "s.json:7:10: /seed: expected a whole number in 0..18446744073709551615, got "
              "\"seven\"");
        CHECK(complaint(with("\"1us\"", "1")) ==
              "s.json:3:77: /workload/0/params/period: expected a duration in 1ns..1000s with a "
              "unit, such as \"14ns\", got 1");
        CHECK(complaint(with("\"1us\"", "\"2000s\"")) ==
              "s.json:3:77: /workload/0/params/period: expected a duration in 1ns..1000s, got "
              "\"2000s\"");
        CHECK(complaint(with("1000", "0")) ==
              "s.json:6:33: /overrides/kernel/hz: expected a whole number in 100..1000, got 0");
        CHECK(
            complaint(with("[{\"model\": \"workqueue\"}", "{\"model\": \"workqueue\"}, \"x\": [0"))
                .starts_with("s.json:4:16: /strategies: expected an array, got "
                             "{\"model\": \"workqueue\"}\n"));
        CHECK(complaint(with("0-3", "250-256")) ==
              "s.json:3:49: /workload/0/cpus: expected CPUs among 0-255, got \"250-256\"");
        CHECK(complaint(with("{\"kernel\": {\"hz\": 1000}}", "[]")) ==
              "s.json:6:15: /overrides: expected an object, got []");
    }
    TEST_CASE("missing and unknown keys") {
        CHECK(complaint("{}") ==
              "s.json:1:1: /: expected key \"machine\" (the machine's file), got none\n"
              "s.json:1:1: /: expected key \"workload\" (what the CPUs do), got none\n"
              "s.json:1:1: /: expected key \"strategies\" (ways to drain; the first is the "
              "baseline), got none");
        CHECK(complaint(with("\"seed\"", "\"sede\"")) ==
              "s.json:7:2: /sede: expected one of question, machine, overrides, kernel, pcp, "
              "workload, strategies, depopulation, seed, replications, stop_after, got \"sede\" "
              "(did you mean "
              "\"seed\"?)");
        CHECK(complaint(with("\"cpus\"", "\"cpu\"")) ==
              "s.json:3:41: /workload/0/cpu: expected one of model, params, label, cpus, pinned, "
              "start, stop, got \"cpu\" (did you mean \"cpus\"?)");
        CHECK(complaint(with("\"label\"", "\"cpus\": \"0\", \"label\"")) ==
              "s.json:5:40: /strategies/1/cpus: expected one of model, params, label, "
              "depopulation, got "
              "\"cpus\"");
        CHECK(complaint(with("\"force_all_cpus\"", "\"force_all\"")) ==
              "s.json:5:67: /strategies/1/params/force_all: expected one of force_all_cpus, got "
              "\"force_all\" (did you mean \"force_all_cpus\"?)");
    }
    TEST_CASE("unknown models, kernels and files") {
        const std::string line =
            complaint(with("{\"model\": \"workqueue\"}", "{\"model\": \"workqeue\"}"));
        CHECK(line.starts_with("s.json:4:27: /strategies/0/model: expected one of "));
        CHECK(line.ends_with(", got \"workqeue\" (did you mean \"workqueue\"?)"));
        CHECK(complaint(with("\"seed\": 7", "\"kernel\": \"5.71\"")) ==
              "s.json:7:12: /kernel: expected one of 5.10, 5.17, 6.0, 6.1, 6.2, 6.12, got \"5.71\" "
              "(did you mean \"5.17\"?)");
        CHECK(complaint(with("/epyc-7742-2s.json", "/nothing.json"))
                  .ends_with("nothing.json\" (No such file or directory)"));
        CHECK(complaint(with("0-3", "999")).ends_with("expected CPUs among 0-255, got \"999\""));
    }
    TEST_CASE("labels differ and no list is empty") {
        CHECK(complaint(with("\"all\"", "\"workqueue\"")) ==
              "s.json:5:49: /strategies/1/label: expected a label that no other has, got "
              "\"workqueue\"");
        CHECK(complaint(with("\"label\": \"all\", ", "")) ==
              "s.json:5:27: /strategies/1/model: expected a label that no other has, got "
              "\"workqueue\"");
        CHECK(complaint(good, {"/workload=[]"}) ==
              "--set /workload: expected at least one entry, got []");
    }
    TEST_CASE("any number of workloads run side by side, each where and when it is told") {
        const Scenario read =
            scenario(with("[{\"model\": \"forced-drain\"",
                          "[{\"model\": \"pft\", \"start\": \"1ms\"},"
                          " {\"model\": \"pft\", \"label\": \"more\", \"cpus\": \"0-7\", "
                          "\"pinned\": false, \"stop\": \"2s\"}, {\"model\": \"forced-drain\""),
                     {"/overrides/kernel/isolated=8-15"});
        REQUIRE(read.workload.size() == 3);
        const CpuSet housekeeping = read.machine.topology.online() - read.machine.kernel.isolated;
        CHECK(read.workload[0].where.cpus == housekeeping);
        CHECK_FALSE(read.workload[0].where.pinned);
        CHECK(read.workload[0].start == 1_ms);
        CHECK_FALSE(read.workload[1].where.pinned);
        CHECK(read.workload[1].stop == 2_s);
        CHECK(read.workload[2].where.pinned);
    }
    TEST_CASE("a workload stops after its start, and fork puts nobody on an isolated CPU") {
        CHECK(complaint(good, {"/workload/0/start=2ms", "/workload/0/stop=2ms"}) ==
              "--set /workload/0/stop: expected a time after its start, got \"2ms\"");
        const std::string isolated = "/overrides/kernel/isolated=2-5";
        CHECK(complaint(good, {isolated}).empty());
        CHECK(complaint(good, {isolated, "/workload/0/pinned=false"}) ==
              "s.json:3:49: /workload/0/cpus: expected CPUs among 0-1,6-255, got \"0-3\"");
        CHECK(complaint(good,
                        {"/overrides/kernel/isolated=0-127", "/overrides/kernel/nohz_full=128-255"})
                  .ends_with("/kernel: expected a CPU that is neither isolated nor nohz_full, got "
                             "none"));
    }
    TEST_CASE("labels of workloads name metrics, so they differ") {
        const std::string twice =
            with("[{\"model\": \"forced-drain\"",
                 "[{\"model\": \"forced-drain\"}, {\"model\": \"forced-drain\"");
        CHECK(complaint(twice) ==
              "s.json:3:52: /workload/1/model: expected a label that no other "
              "has, got \"forced-drain\"");
        CHECK(complaint(twice, {"/workload/1/label=second"}).empty());
    }
    TEST_CASE("mistakes in the scenario and in its overrides come in one run") {
        CHECK(complaint(with("{\"hz\": 1000}},\n \"seed\": 7", "{\"hz\": 0}},\n \"seed\": -7")) ==
              "s.json:6:33: /overrides/kernel/hz: expected a whole number in 100..1000, got 0\n"
              "s.json:7:10: /seed: expected a whole number in 0..18446744073709551615, got -7");
    }
    TEST_CASE("--set reaches every key, written or not, and is blamed by its pointer") {
        const Scenario changed =
            scenario(good, {"/pcp/batch=1", "/strategies/0/params/force_all_cpus=true",
                            "/stop_after=50ms", "/overrides/kernel/hz=250", "/workload/0/cpus=8"});
        CHECK(changed.pcp.batch == 1_pages);
        CHECK(changed.strategies[0].drain.effective_params() == R"({"force_all_cpus":true})");
        CHECK(changed.stop_after == 50_ms);
        CHECK(changed.machine.kernel.hz == 250);
        CHECK(changed.workload[0].where.cpus == CpuSet{CpuId{8}});
        CHECK(complaint(good, {"/workload/0/params/drains=-1", "/overrides/kernel/hz=x"}) ==
              "--set /workload/0/params/drains: expected a whole number in 0..1000000000, got -1\n"
              "--set /overrides/kernel/hz: expected a whole number in 100..1000, got \"x\"");
    }
    TEST_CASE("the canonical text holds the whole experiment and no path") {
        const std::string text = to_json(scenario(good));
        CHECK(text.starts_with(R"({"question":"why?","machine":{"id":"epyc-7742-2s",)"));
        CHECK(text.ends_with(
            R"("kernel":"5.17","pcp":{"batch":null,"high":null},"workload":[{"model":)"
            R"("forced-drain","label":"forced-drain","cpus":"0-3","pinned":true,"start":"0ps",)"
            R"("stop":null,"params":{"drains":1,"callers":1,)"
            R"("period":"1us","loop":"closed","fill":"none"}}],"strategies":[{"model":)"
            R"("workqueue","label":"workqueue","depopulation":{"model":"sideline","params":{}},)"
            R"("params":{"force_all_cpus":false}},{"model":"workqueue","label":"all",)"
            R"("depopulation":{"model":"sideline","params":{}},"params":{"force_all_cpus":true}}],)"
            R"("seed":7,)"
            R"("replications":5,"stop_after":null})"));
        CHECK(text.find(PCPSIM_SOURCE_DIR) == std::string::npos);
        CHECK(to_json(scenario(with("\"seed\": 7", "\"replications\": 5, \"seed\": 7"))) == text);
        CHECK(to_json(scenario(good, {"/overrides/costs/page_zero=1us"})) != text);
    }
    TEST_CASE("percpu memory is given back as the strategy says, the scenario, or the kernel") {
        const auto models = [](const Scenario& read) {
            std::string names;
            for (const StrategyChoice& strategy : read.strategies)
                names += strategy.depopulation.model() + " ";
            return names;
        };
        CHECK(models(scenario(good)) == "sideline sideline ");
        CHECK(models(scenario(good, {"/kernel=5.10"})) == "none none ");
        CHECK(models(scenario(good, {R"(/depopulation={"model": "none"})"})) == "none none ");
        const std::string own =
            with(R"("label": "all",)", R"("label": "all", "depopulation": {"model": "none"},)");
        CHECK(models(scenario(own)) == "sideline none ");
        CHECK(models(scenario(own, {R"(/depopulation={"model": "none"})"})) == "none none ");
        CHECK(complaint(good, {R"(/depopulation={"model": "sidelne"})"})
                  .find("/depopulation/model: expected one of ") != std::string::npos);
        CHECK(complaint(own, {"/strategies/1/depopulation/model=sidelne"})
                  .find("/strategies/1/depopulation/model: expected one of ") != std::string::npos);
    }
}
