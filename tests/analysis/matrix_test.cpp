// Goal: every workload runs on every machine under every strategy.
// Method: all that the registries and scenarios/machines/ know, with the parameters they have if
// nobody says anything but for a short period, until 15 ms and in little memory. A run counts every
// page at its end, and throws if one is lost or has two owners.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/replay/recorded_requests.hpp"
#include "analysis/simulation.hpp"
#include "models/config/text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

std::vector<std::string> machine_files() {
    std::vector<std::string> files;
    for (const auto& file :
         std::filesystem::directory_iterator{PCPSIM_SOURCE_DIR "/scenarios/machines"})
        if (file.is_regular_file()) files.push_back(file.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

/// The same with so much memory on each node.
Topology with_memory(const Topology& topology, Bytes memory) {
    std::vector<HardwareThread> threads;
    for (const CpuId cpu : topology.possible()) threads.push_back(topology.thread(cpu));
    std::vector<MemoryNode> nodes;
    std::vector<int> distances;
    for (const auto& [from, socket, ignored] : topology.nodes()) {
        nodes.push_back({from, socket, memory});
        for (const MemoryNode& to : topology.nodes())
            distances.push_back(topology.distance(from, to.node));
    }
    return Topology{std::move(threads), std::move(nodes), std::move(distances),
                    topology.cache_size()};
}

/// The workload's entry in a scenario. Where something happens every now and then, it is often.
std::string entry(const ModelInfo& workload) {
    const auto has = [&](std::string_view name) {
        return std::any_of(workload.fields.begin(), workload.fields.end(),
                           [&](const FieldInfo& field) { return field.name == name; });
    };
    return R"({"model":)" + quote(workload.name) + R"(,"stop":"15ms","params":{)" +
           (has("period") ? R"("period":"2ms")" : "") +
           (has("recording") ? R"("recording":"one-cpu.trace")" : "") + "}}";
}

const std::string recording =
    "a-1 [000] ..... 1.000001: mm_page_alloc: pfn=8000 order=0 migratetype=1\n"
    "a-1 [000] ..... 1.000002: mm_page_alloc: pfn=8008 order=3 migratetype=0\n"
    "a-1 [000] ..... 1.000003: mm_page_free: pfn=8000 order=0\n";

/// The workload on the machine, under every strategy.
Experiment experiment(const std::string& machine, const ModelInfo& workload) {
    std::string strategies;
    for (const ModelInfo& strategy : list_models<DrainStrategy>())
        strategies +=
            (strategies.empty() ? "" : ",") + (R"({"model":)" + quote(strategy.name)) + "}";
    const TemporaryFolder folder;
    folder.write("one-cpu.trace", recording);
    const RequestReader recordings;
    Scenario scenario = read_scenario(
        folder.write("scenario.json", R"({"question":"Does it run?","replications":1,"machine":)" +
                                          quote(machine) + R"(,"workload":[)" + entry(workload) +
                                          R"(],"strategies":[)" + strategies + "]}"),
        {}, &recordings);
    scenario.machine.topology = with_memory(scenario.machine.topology, 1_GiB);
    return experiment_of(std::move(scenario));
}

}  // namespace

TEST_SUITE("analysis/matrix") {
    TEST_CASE("every workload runs on every machine under every strategy") {
        std::size_t runs = 0;
        for (const std::string& machine : machine_files())
            for (const ModelInfo& workload : list_models<Workload>()) {
                CAPTURE(machine);
                CAPTURE(workload.name);
                const Experiment made = experiment(machine, workload);
                for (std::size_t strategy = 0; strategy < made.strategies.size(); ++strategy) {
                    CAPTURE(made.strategies[strategy].model);
                    RunOutput output;
                    CHECK_NOTHROW(output = made.run({strategy, made.points - 1, 0}));
                    CHECK(output.events > 0);
                    CHECK_FALSE(output.measurements.empty());
                    ++runs;
                }
            }
        CHECK(runs > 0);
    }
}
