// Goal: on the stage a drain does what the strategy of the era does in `compare`.
#include "analysis/replay/drain_stage.hpp"

#include <doctest/doctest.h>

#include "models/config/errors.hpp"
#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

const CpuSet none{};
const CpuSet cpu1{CpuId{1}};
const CpuSet both{CpuId{0}, CpuId{1}};

/// The small machine with a second zone behind the first.
RecordedKernel two_zones() {
    RecordedKernel kernel = small_kernel();
    kernel.zones.push_back({NodeId{0}, "Normal", Pfn{1 << 20}, Pages{100'000}, {}});
    return kernel;
}

}  // namespace

TEST_SUITE("analysis/replay/drain_stage") {
    TEST_CASE("up to 5.19 a CPU with pages gets a work item, since 6.0 the caller does it all") {
        const RecordedKernel kernel = two_zones();
        for (const std::string_view era : kernel_names()) {
            CAPTURE(era);
            DrainStage stage{kernel, *find_kernel_rules(era)};
            const auto outcome = stage.drain({none, cpu1}, std::nullopt, DrainReason::forced);
            CHECK(outcome.visited == cpu1);
            const bool by_work = era == "5.10" || era == "5.17";
            CHECK(outcome.work_items == (by_work ? cpu1 : none));
        }
    }
    TEST_CASE("a drain of one zone looks at no other") {
        const RecordedKernel kernel = two_zones();
        DrainStage stage{kernel, *find_kernel_rules("6.1")};
        CHECK(stage.drain({none, cpu1}, ZoneId{0u}, DrainReason::forced).visited == none);
        CHECK(stage.drain({none, none}, ZoneId{1u}, DrainReason::forced).visited == cpu1);
    }
    TEST_CASE("when lists are disabled all CPUs are visited") {
        const RecordedKernel kernel = small_kernel();
        for (const char* era : {"5.17", "6.1"}) {
            DrainStage stage{kernel, *find_kernel_rules(era)};
            CHECK(stage.drain({none}, ZoneId{0u}, DrainReason::lists_disabled).visited == both);
        }
    }
    TEST_CASE("a drain leaves nothing behind for the next, however many there are") {
        const RecordedKernel kernel = small_kernel();
        DrainStage stage{kernel, *find_kernel_rules("5.10")};
        for (int i = 0; i < 600; ++i) {
            const CpuSet& pages = i % 3 == 0 ? both : i % 3 == 1 ? cpu1 : none;
            const auto outcome = stage.drain({pages}, std::nullopt, DrainReason::forced);
            REQUIRE(outcome.visited == pages);
            REQUIRE(outcome.work_items == pages);
        }
    }
    TEST_CASE("nodes may have gaps, no CPU, or no memory") {
        RecordedKernel kernel = small_kernel();
        kernel.nodes[CpuId{1}] = NodeId{5};
        kernel.zones.push_back({NodeId{9}, "Movable", Pfn{1 << 20}, Pages{5000}, {}});
        DrainStage stage{kernel, *find_kernel_rules("6.1")};
        CHECK(stage.drain({cpu1, both}, std::nullopt, DrainReason::forced).visited == both);
    }
    TEST_CASE("a strategy that does not exist is an error with the names of those that do") {
        CHECK_THROWS_AS(drain_strategy("ipi-mesk"), ScenarioError);
    }
}
