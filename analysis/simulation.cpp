#include "analysis/simulation.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "sim/task.hpp"

namespace pcpsim {
namespace {

/// The workload of one run.
using Point = std::vector<WorkloadChoice>;

std::vector<Point> points_of(const Scenario& scenario) {
    std::vector<Point> points{Point{}};
    for (const WorkloadChoice& entry : scenario.workload) {
        std::vector<Point> longer;
        for (const Point& point : points)
            for (Choice<Workload>& model : entry.model.points(scenario.machine)) {
                longer.push_back(point);
                longer.back().push_back({std::move(model), entry.where, entry.start, entry.stop});
            }
        points = std::move(longer);
    }
    return points;
}

MemorySpec memory_of(const Scenario& scenario) {
    MemorySpec spec;
    spec.rules = scenario.kernel;
    const KernelConfig& kernel = scenario.machine.kernel;
    spec.geometry = {kernel.page_size, Order{kernel.max_order}, Order{kernel.pageblock_order}};
    spec.zones = kernel.zones;
    spec.pcp_batch = scenario.pcp.batch;
    spec.pcp_high = scenario.pcp.high;
    return spec;
}

/// One simulated kernel and what runs on it.
class Simulation {
public:
    Simulation(const Scenario& scenario, const StrategyChoice& strategy, const Point& point,
               std::uint64_t seed, bool bursts)
        : kernel_{scenario.machine, memory_of(scenario), seed},
          strategy_{strategy.drain.make(kernel_)},
          depopulation_{strategy.depopulation.make(kernel_.percpu.allocator())} {
        kernel_.use(*strategy_);
        kernel_.percpu.use(*depopulation_);
        if (!bursts) kernel_.engine.set_longest_burst(1);
        bool ends = false;
        for (const WorkloadChoice& entry : point) {
            workload_.push_back({entry.model.label(), entry.model.make(kernel_)});
            Workload& workload = *workload_.back().model;
            ends = ends || !workload.endless() || entry.stop;
            if (entry.start == Duration{})
                workload.start(entry.where);
            else
                process(Process::Role::foreground, begin_at, workload, entry);
            const auto waits =
                workload.endless() ? Process::Role::foreground : Process::Role::daemon;
            if (entry.stop) process(waits, stop_at, workload, entry);
        }
        if (!ends)
            throw ScenarioError{"workload: expected one that ends or has a \"stop\", got none"};
    }
    /// Processes die before what they refer to.
    ~Simulation() { kernel_.engine.shut_down(); }
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    RunOutput run(std::optional<Duration> stop_after) {
        kernel_.engine.run(stop_after ? Time{} + *stop_after : Time::max());
        RunOutput output{.fingerprint = kernel_.engine.fingerprint().value(),
                         .events = kernel_.engine.events()};
        for (const auto& [label, workload] : workload_) {
            for (Measurement& measurement : workload->measure()) {
                measurement.name.replace(0, measurement.name.find('/'), label);
                output.measurements.push_back(std::move(measurement));
            }
            if (std::string note = workload->note(); !note.empty())
                output.notes.push_back(std::move(note));
        }
        check_every_page();
        return output;
    }

private:
    struct Running {
        std::string label;
        std::unique_ptr<Workload> model;
    };

    template <class Body>
    void process(Process::Role role, Body body, Workload& workload, const WorkloadChoice& entry) {
        const auto number = static_cast<std::uint32_t>(workload_.size() - 1);
        Process& process = kernel_.engine.adopt(
            std::make_unique<Process>(kernel_.engine, "workload", number, role));
        process.start(body(process, workload, entry));
    }
    static Task<> begin_at(Process& self, Workload& workload, const WorkloadChoice& entry) {
        co_await self.sleep(entry.start);
        workload.start(entry.where);
    }
    static Task<> stop_at(Process& self, Workload& workload, const WorkloadChoice& entry) {
        co_await self.sleep(*entry.stop);
        workload.stop();
    }
    /// Each has exactly one owner.
    void check_every_page() const {
        Census census{kernel_.memory};
        strategy_->count_pages(census);
        kernel_.pages.in_hand().count_pages(census);
        kernel_.reclaim.count_pages(census);
        kernel_.percpu.count_pages(census);
        for (const Running& workload : workload_) workload.model->count_pages(census);
        census.finish();
    }

    Kernel kernel_;
    std::unique_ptr<DrainStrategy> strategy_;
    std::unique_ptr<Depopulation> depopulation_;
    std::vector<Running> workload_;
};

/// The parameters of every model, by label or name.
std::string parameters_of(const Scenario& scenario) {
    std::string strategies, workload;
    for (const StrategyChoice& strategy : scenario.strategies)
        strategies += fmt::format("{}{}:{}", strategies.empty() ? "" : ",",
                                  quote(strategy.drain.label()), strategy.drain.effective_params());
    for (const WorkloadChoice& entry : scenario.workload)
        workload += fmt::format("{}{}:{}", workload.empty() ? "" : ",", quote(entry.model.label()),
                                entry.model.effective_params());
    return fmt::format(R"({{"strategies":{{{}}},"workload":{{{}}}}})", strategies, workload);
}

}  // namespace

Experiment experiment_of(Scenario scenario, bool bursts) {
    Experiment experiment;
    Manifest& manifest = experiment.manifest;
    manifest.version = PCPSIM_VERSION;
    manifest.scenario = to_json(scenario);
    manifest.parameters = parameters_of(scenario);
    for (std::uint64_t i = 0; i < scenario.replications; ++i)
        manifest.seeds.push_back(scenario.seed + i);
    experiment.subject = {scenario.question, scenario.machine.id, scenario.machine.name, {}};
    for (const StrategyChoice& strategy : scenario.strategies)
        experiment.strategies.push_back({strategy.drain.label(), strategy.drain.model()});

    const auto points = std::make_shared<const std::vector<Point>>(points_of(scenario));
    const auto shared = std::make_shared<const Scenario>(std::move(scenario));
    experiment.points = points->size();
    experiment.run = [shared, points, bursts](RunKey key) {
        Simulation simulation{*shared, shared->strategies[key.strategy], (*points)[key.point],
                              shared->seed + key.seed, bursts};
        return simulation.run(shared->stop_after);
    };
    return experiment;
}

}  // namespace pcpsim
