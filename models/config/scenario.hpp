#pragma once
// A scenario file: a question, the machine and workload to ask it on, the strategies to compare.
//
//     {
//       "question": "What does a full drain cost while every CPU faults?",
//       "machine": "machines/epyc-7742-2s.json",     relative to this file
//       "overrides": { "memory_domain": "node" },    laid over the machine
//       "kernel": "5.17",
//       "workload": [                                all of them side by side
//         { "model": "pft", "params": { ... } },       spread by fork over all but isolated CPUs
//         { "model": "isolated-loop", "cpus": "8-15" },       pinned, one after the other
//         { "model": "forced-drain", "cpus": "0", "start": "1ms", "stop": "1s" }
//       ],
//       "strategies": [ { "model": "workqueue" }, { "model": "rcu-swap", "label": "rcu" },
//                       { "model": "workqueue", "label": "kept", "depopulation": ... } ],
//       "depopulation": { "model": "sideline" },     of strategies without their own
//       "seed": 1,
//       "replications": 5
//     }
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "models/config/field.hpp"
#include "models/config/registry.hpp"
#include "models/drain/strategy.hpp"
#include "models/machine/cpu_set.hpp"
#include "models/machine/machine.hpp"
#include "models/mm/kernel_rules.hpp"
#include "models/mm/percpu_depopulation.hpp"
#include "models/trace/requests.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {

/// What an administrator sets by hand; null leaves it to the kernel's own rule.
struct PcpSettings {
    std::optional<Pages> batch;
    std::optional<Pages> high;
    static constexpr auto fields() {
        return std::tuple{
            field("batch", &PcpSettings::batch, "pages per refill and spill, for every pcplist")
                .within(1_pages, 1'000'000_pages),
            field("high", &PcpSettings::high, "pages at which a pcplist spills")
                .within(0_pages, 1'000'000'000_pages),
        };
    }
};

struct WorkloadChoice {
    Choice<Workload> model;
    Placement where;
    Duration start;                ///< in simulated time
    std::optional<Duration> stop;  ///< of one that does not end by itself before
};

/// A column of a comparison: a way to drain pcplists, and a way to give percpu memory back.
struct StrategyChoice {
    Choice<DrainStrategy> drain;  ///< labels the column
    Choice<Depopulation> depopulation;
};

struct Scenario {
    std::string question;
    Machine machine;
    const KernelRules* kernel;  ///< not null
    PcpSettings pcp;
    std::vector<WorkloadChoice> workload;    ///< at least one
    std::vector<StrategyChoice> strategies;  ///< at least one, labels differ; baseline first
    std::uint64_t seed;
    std::uint32_t replications;
    std::optional<Duration> stop_after;  ///< in simulated time
};

/// Reads a scenario, its machine and the recordings it names; without a reader a scenario that
/// names one cannot be run. Throws a ScenarioError with everything that is wrong, the errors
/// included.
Scenario read_scenario(const Node& root, Errors& errors,
                       const RecordingReader* recordings = nullptr);

/// The same of a file, after laying --set assignments ("/pointer=value") over it.
Scenario read_scenario(const std::string& path, const std::vector<std::string>& assignments = {},
                       const RecordingReader* recordings = nullptr);

/// The whole scenario as canonical JSON: every default and the machine's content written out, no
/// path. Equal texts are equal experiments.
std::string to_json(const Scenario& scenario);

/// The JSON Schema of a scenario file.
std::string scenario_schema();

}  // namespace pcpsim
