#pragma once
// A calibration of a machine with two sockets of four cores, to a table that it made itself.
#include <fmt/format.h>

#include <string>

#include "analysis/experiment.hpp"
#include "analysis/simulation.hpp"
#include "analysis/statistics.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pcpsim {

/// The files of a calibration, gone when the test ends.
class SmallCalibration {
public:
    /// What the published machine costs, where it differs from the shipped one.
    static constexpr const char* truth =
        R"({"memory_service_per_page": "500ns", "memory_service_per_waiter_ppm": 30000,)"
        R"( "page_fault": "300ns", "user_per_page": "70ns"})";
    /// What the machine file says before it is fitted.
    static constexpr const char* guess =
        R"({"memory_service_per_page": "1ns", "memory_service_per_waiter_ppm": 0,)"
        R"( "page_fault": "1us", "user_per_page": "1ns"})";
    static constexpr const char* two_costs =
        R"([{"cost": "/costs/memory_service_per_page", "start": "250ns", "lower": "50ns",)"
        R"( "upper": "900ns"},)"
        R"( {"cost": "/costs/memory_service_per_waiter_ppm", "start": 0, "lower": 0,)"
        R"( "upper": 100000}])";
    static constexpr const char* both_anchors =
        R"([{"cost": "/costs/page_fault", "cell": "system-1", "start": "500ns"},)"
        R"( {"cost": "/costs/user_per_page", "cell": "elapsed-1", "start": "20ns"}])";

    explicit SmallCalibration(const std::string& fit = two_costs,
                              const std::string& anchors = both_anchors) {
        folder_.write("machine.json", machine(guess));
        folder_.write("true.json", machine(truth));
        folder_.write("true-scenario.json", scenario("true.json"));
        folder_.write("scenario.json", scenario("machine.json"));
        folder_.write("reference.json", reference());
        text_ = R"({"scenario": "scenario.json", "reference": "reference.json",)"
                R"( "column": "vanilla", "anchors": )" +
                anchors + R"(, "fit": )" + fit + "}\n";
        path_ = folder_.write("calibration.json", text_);
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

    /// A machine file that builds on the shipped one.
    static std::string machine(const std::string& costs) {
        return R"({"base": ")" PCPSIM_SOURCE_DIR R"(/scenarios/machines/epyc-7742-2s.json",
  "overrides": {
    "id": "small",
    "topology": {"cores_per_node": 2, "cores_per_cache": 2, "threads_per_core": 1,
      "memory_per_node": "64MiB"},
    "kernel": {"zones": "single"},
    "costs": )" +
               costs + "\n  }\n}\n";
    }

private:
    static std::string scenario(const std::string& machine) {
        return R"({"machine": ")" + machine +
               R"(", "replications": 1, "strategies": [{"model": "rcu-swap"},)"
               R"( {"model": "workqueue"}], "workload": [{"model": "pft", "params":)"
               R"( {"clients": [1, 2, 3, 4, 6, 8], "start_skew": "1us", "scale": 4}}]})";
    }
    /// What the true machine does, as a published table.
    [[nodiscard]] std::string reference() const {
        const Experiment experiment =
            experiment_of(read_scenario(folder_.write("again.json", scenario("true.json"))));
        const ResultSet results = conduct(experiment, {}).results;
        std::string system, elapsed;
        for (const auto& [metric, samples] : results.series) {
            const std::string operation = metric.operation();
            std::string& curve = operation.starts_with("system") ? system : elapsed;
            curve += fmt::format("{}\"{}\": {:.9f}", curve.empty() ? "" : ", ",
                                 operation.substr(operation.rfind('-') + 1),
                                 compared_mean(samples[1], metric));
        }
        return fmt::format(
            R"({{"source": "itself", "benchmark": "pft", "unit": "s", "columns": {{"vanilla": ""}},)"
            R"( "strategies": {{"vanilla": "workqueue"}}, "machines": [{{"id": "small",)"
            R"( "results": {{"vanilla": {{"system": {{{}}}, "elapsed": {{{}}}}}}}}}]}})",
            system, elapsed);
    }

    TemporaryFolder folder_;
    std::string text_;
    std::string path_;
};

}  // namespace pcpsim
