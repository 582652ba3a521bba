#include "analysis/replay/percpu_source.hpp"

#include <doctest/doctest.h>

#include "analysis/replay/command.hpp"
#include "models/config/errors.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

const std::string folder = std::string{PCPSIM_SOURCE_DIR} + "/tests/data/";

}  // namespace

TEST_SUITE("analysis/replay/percpu_source") {
    TEST_CASE("the chunks lie beside the recording, or are named") {
        const RecordedKernel kernel = read_recorded_kernel(folder + "percpu-6.1.meta.json");
        const KernelRules& rules = *find_kernel_rules("6.1");
        CHECK(find_percpu_source(folder + "percpu-6.1.trace.gz", {}, kernel, rules));
        CHECK(find_percpu_source(folder + "cross-6.1.trace.gz", folder + "percpu-6.1.chunks.gz",
                                 kernel, rules));
        CHECK(!find_percpu_source(folder + "cross-6.1.trace.gz", {}, kernel, rules));
        CHECK_THROWS_AS(find_percpu_source("a.trace", "/nonexistent.chunks", kernel, rules),
                        ScenarioError);
    }
    TEST_CASE("a strategy that there is not is refused") {
        CHECK(depopulation_named("none").model() == "none");
        CHECK_THROWS_AS(depopulation_named("sidelin"), ScenarioError);
    }
    TEST_CASE("percpu requests alone are refused without the chunks that they found") {
        const TemporaryFolder temporary;
        const std::string trace = temporary.write(
            "a.trace", "init-1 [000] ..... 1.0: percpu_free_percpu: base_addr=1 off=4\n");
        const std::string meta = folder + "percpu-6.1.meta.json";
        CHECK_THROWS_AS(replay({trace, meta, {}, {}}), ScenarioError);
        CHECK_THROWS_AS(replay_otherwise({{folder + "cross-6.1.trace.gz"}, {}, {}, "none"}),
                        ScenarioError);
    }
    TEST_CASE("a recording is answered by another strategy and another number of CPUs") {
        const CounterfactualReport report =
            replay_otherwise({{folder + "percpu-6.1.trace.gz"}, {}, {}, "none", 32});
        CHECK(report.holds());
        REQUIRE(report.percpu);
        CHECK(report.percpu->geometry.nr_units == 32);
        CHECK(report.percpu->counts.allocations == 3498);
        CHECK(to_text(report).find("kB at start") != std::string::npos);
        CHECK(to_json(report).find("\"kb_at_start\"") != std::string::npos);
    }
}
