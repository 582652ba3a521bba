// Goal: the scenarios that come with the program ask what they say they ask.
#include <doctest/doctest.h>

#include "models/config/scenario.hpp"
#include "models/workload/client_ladder.hpp"

using namespace pcpsim;

namespace {

Scenario scenario(const std::string& name) {
    return read_scenario(PCPSIM_SOURCE_DIR "/scenarios/" + name);
}

std::vector<std::string> models(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const StrategyChoice& strategy : scenario.strategies)
        names.push_back(strategy.drain.model());
    return names;
}
const std::vector<std::string> three{"workqueue", "rcu-swap", "remote-spinlock"};

}  // namespace

TEST_SUITE("models/scenarios") {
    TEST_CASE("the pft scenario runs the client counts of the published table") {
        const Scenario pft = scenario("epyc-7742-pft.json");
        CHECK(pft.machine.id == "epyc-7742-2s");
        CHECK(models(pft) == three);
        REQUIRE(pft.workload.size() == 1);
        const auto points = pft.workload.front().model.points(pft.machine);
        const std::vector<std::int64_t> ladder = client_ladder(128);
        REQUIRE(points.size() == ladder.size());
        for (std::size_t i = 0; i < ladder.size(); ++i) {
            const std::string clients = "\"clients\":[" + std::to_string(ladder[i]) + "]";
            CHECK(points[i].effective_params().find(clients) != std::string::npos);
        }
    }

    TEST_CASE("the isolation scenario has eight NOHZ_FULL CPUs whose cores nobody else uses") {
        const Scenario isolation = scenario("epyc-7742-isolation.json");
        const KernelConfig& kernel = isolation.machine.kernel;
        CHECK(kernel.nohz_full.size() == 8);
        CpuSet cores;
        for (const CpuId cpu : kernel.nohz_full) cores |= isolation.machine.topology.siblings(cpu);
        CHECK(kernel.isolated == cores);
        REQUIRE(isolation.workload.size() == 3);
        CHECK((isolation.workload[0].where.cpus & cores).empty());
        CHECK((isolation.workload[1].where.cpus & cores).empty());
        CHECK(isolation.workload[2].where.cpus == kernel.nohz_full);
    }

    TEST_CASE("the forced-drain scenario begins with full lists") {
        const Scenario forced = scenario("epyc-7742-forced-drain.json");
        CHECK(forced.machine.id == "epyc-7742-2s");
        CHECK(models(forced) == three);
        REQUIRE(forced.workload.size() == 1);
        const std::string params = forced.workload.front().model.effective_params();
        CHECK(params.find(R"("fill":"high")") != std::string::npos);
    }

    TEST_CASE("the phone has as many drains as were measured, and rare bursts on two CPUs") {
        const Scenario phone = scenario("phone-drains.json");
        CHECK(phone.machine.topology.online().size() == 8);
        CHECK(phone.machine.kernel.preemption == Preemption::full);
        REQUIRE(phone.workload.size() == 4);
        CHECK(phone.workload[2].where.cpus.size() == 2);
        CHECK(phone.workload[2].model.effective_params().find("\"fifo\"") != std::string::npos);
        CHECK(phone.workload[3].model.effective_params().find("1283") != std::string::npos);
    }

    TEST_CASE("the drain stress has a task and a list with pages on each of 16 CPUs") {
        const Scenario stress = scenario("drain-stress.json");
        CHECK(stress.machine.topology.online().size() == 16);
        REQUIRE(stress.workload.size() == 2);
        CHECK(stress.workload.front().where.cpus.size() == 16);
        CHECK(stress.strategies.size() == 4);
    }

    TEST_CASE("the percpu scenario compares depopulation and nothing else") {
        const Scenario cgroups = scenario("percpu-cgroups.json");
        CHECK(cgroups.machine.topology.online().size() == 4);
        REQUIRE(cgroups.strategies.size() == 2);
        for (const StrategyChoice& strategy : cgroups.strategies) {
            CHECK(strategy.drain.model() == "workqueue");
            CHECK(strategy.depopulation.model() == strategy.drain.label());
        }
    }
}
