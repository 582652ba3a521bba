// Goal: recorded requests are made again, each on its CPU and in its order, and a free returns what
// its allocation got. Method: requests written by hand, on the tiny machine.
#include <doctest/doctest.h>

#include "models/config/errors.hpp"
#include "models/trace/requests.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

const CostTable costs = tiny_costs();

/// CPU 0 allocates blocks 0 and 1 and frees 0; CPU 1 frees 1 and a page of before.
RecordedRequests two_cpus() {
    RecordedRequests requests;
    requests.blocks = {{Order{0}, MigrateType::movable, CpuId{0}},
                       {Order{2}, MigrateType::unmovable, CpuId{0}},
                       {Order{0}, MigrateType::movable, CpuId{1}, true}};
    requests.cpus = {{{0_us, 0, false}, {30_us, 1, false}, {5_us, 0, true}},
                     {{1_us, 1, true}, {2_us, 2, true}}};
    return requests;
}

struct Given final : RecordingReader {
    explicit Given(RecordedRequests given) : requests{std::move(given)} {}
    RecordedRequests read(const std::string&) const override { return requests; }
    RecordedRequests requests;
};

struct RecordedRun : TinyRun {
    explicit RecordedRun(const std::string& params = {}, RecordedRequests requests = two_cpus())
        : TinyRun{R"({"model": "workqueue"})"} {
        Errors errors;
        workload = choose<Workload>(R"({"model": "recorded", "params": {"recording": "a.trace")" +
                                    params + "}}")
                       .load(Given{std::move(requests)}, errors)
                       .make(kernel);
    }
    RecordedRun& run(const CpuSet& cpus, Time until = Time::max()) {
        workload->start({cpus, true});
        kernel.engine.run(until);
        return *this;
    }
    [[nodiscard]] std::int64_t measured(const std::string& metric) const {
        return value_of(*workload, "recorded/" + metric);
    }
    std::unique_ptr<Workload> workload;
};

}  // namespace

TEST_SUITE("models/workload/recorded") {
    TEST_CASE("recorded CPU k runs on the k-th CPU of the placement") {
        RecordedRun run;
        run.run(CpuSet{CpuId{2}, CpuId{6}});
        CHECK(run.measured("allocations") == 2);
        CHECK(run.measured("frees") == 3);
        CHECK(run.measured("refills") == 2);  // of each order one
        // CPU 6 of the other node has freed what was CPU 2's, into the zone it came from.
        CHECK(run.listed(CpuId{6}, ZoneId{0}) == Order{2}.pages());
        CHECK(run.listed(CpuId{6}, ZoneId{1}) == Pages{1});
        CHECK(run.listed(CpuId{0}, ZoneId{0}) == Pages{0});
        run.check_every_page({run.workload.get()});
        CHECK(run.kernel.memory.free_pages() + run.kernel.memory.pcp_pages() ==
              run.kernel.memory.managed());
    }
    TEST_CASE("a placement with fewer CPUs than the recording is refused") {
        RecordedRun run;
        CHECK_THROWS_WITH_AS(run.run(CpuSet{CpuId{2}}),
                             "recorded: expected a CPU for each of the recording's 2, got 2",
                             ScenarioError);
    }
    TEST_CASE("a free waits until its block has been allocated") {
        RecordedRun run{R"(, "think": "recorded")"};
        run.run(CpuSet{CpuId{0}, CpuId{1}}, Time{20_us});
        CHECK(run.measured("allocations") == 1);
        CHECK(run.measured("frees") == 0);  // not even that of before, which comes after it
        run.kernel.engine.run(Time::max());
        CHECK(run.measured("frees") == 3);
    }
    TEST_CASE("thinking is as long as named, and no times are told without it") {
        CHECK_THROWS(
            static_cast<void>(RecordedRun{}.run(CpuSet{CpuId{1}, CpuId{2}}).measured("elapsed")));
        const auto alone = [](const std::string& think) {
            RecordedRequests one = two_cpus();
            one.cpus[1].clear();
            RecordedRun run{R"(, "think": )" + think, one};
            run.run(CpuSet{CpuId{1}, CpuId{2}});
            return Duration{run.measured("elapsed") - run.measured("in-allocator")} -
                   costs.idle_exit - costs.context_switch;
        };
        CHECK(alone(R"("fixed", "think_time": "10us")") == 10_us * 3);
        CHECK(alone(R"("recorded")") == 30_us + 5_us);
    }
    TEST_CASE("told to stop it ends, whoever waits for whom, and its blocks stay its own") {
        RecordedRun run{R"(, "think": "recorded")"};
        run.run(CpuSet{CpuId{0}, CpuId{1}}, Time{20_us});
        run.workload->stop();
        run.kernel.engine.run(Time{10_ms});
        CHECK(run.measured("allocations") == 1);
        CHECK(run.measured("frees") == 0);
        run.check_every_page({run.workload.get()});
    }
    TEST_CASE("what cannot be allocated is not freed") {
        RecordedRequests requests;
        requests.cpus.resize(1);
        constexpr std::uint32_t blocks = 40;  // of 4 MiB, in 128 MiB
        for (std::uint32_t i = 0; i < blocks; ++i)
            requests.blocks.push_back({Order{10}, MigrateType::movable, CpuId{0}, false});
        for (std::uint32_t i = 0; i < 2 * blocks; ++i)
            requests.cpus[0].push_back({0_us, i % blocks, i >= blocks});
        RecordedRun run{"", requests};
        run.run(CpuSet{CpuId{0}});
        CHECK(run.measured("failed") > 8);
        CHECK(run.measured("allocations") + run.measured("failed") == blocks);
        CHECK(run.measured("frees") == run.measured("allocations"));
        run.check_every_page({run.workload.get()});
    }
}
