#pragma once
// A workload: what the CPUs of a run do, and what its real tool would print about it. Any number of
// them run side by side; each begins and is stopped when the scenario says.
#include <string>
#include <vector>

#include "models/config/registry.hpp"
#include "models/kernel/kernel.hpp"
#include "models/kernel/measurement.hpp"
#include "models/machine/cpu_set.hpp"
#include "models/mm/census.hpp"

namespace pcpsim {

/// Where the threads of a workload run.
struct Placement {
    CpuSet cpus;  ///< not empty
    /// Each thread stays on one of the CPUs, taken in turn; otherwise fork and wake-up choose, and
    /// none of the CPUs is isolated.
    bool pinned = false;

    /// The CPUs of so many threads, taken in turn.
    [[nodiscard]] std::vector<CpuId> in_turn(std::size_t threads) const {
        const std::vector<CpuId> all(cpus.begin(), cpus.end());
        std::vector<CpuId> taken;
        for (std::size_t i = 0; i < threads; ++i) taken.push_back(all[i % all.size()]);
        return taken;
    }
};

class Workload {
public:
    using Environment = Kernel;
    using Setting = Machine;
    virtual ~Workload() = default;

    /// Starts its threads. Called once, when the workload is to begin.
    virtual void start(const Placement& where) = 0;
    /// Its threads end as those that get a signal: before they next do something, at once if they
    /// sleep by the clock. Does nothing before start().
    void stop() {
        for (Thread* const thread : threads_) thread->request_stop();
    }
    /// It has no end of its own, so that its threads are daemons: it ends when it is stopped, or
    /// with the others.
    [[nodiscard]] virtual bool endless() const { return false; }
    /// After the run: its metrics, named WORKLOAD/METRIC.
    [[nodiscard]] virtual std::vector<Measurement> measure() const = 0;
    /// What a reader of the numbers must know about them; empty if nothing.
    [[nodiscard]] virtual std::string note() const { return {}; }
    /// Counts the pages it has allocated and not freed.
    virtual void count_pages(Census&) const {}

protected:
    /// A thread of this workload, to be started by the caller and told when to stop.
    Thread& create_thread(Kernel& kernel, std::string name, CpuId cpu, const Placement& where) {
        const auto role = endless() ? Context::Role::daemon : Context::Role::foreground;
        Thread& thread = kernel.scheduler.create(std::move(name), cpu, role);
        thread.allowed = where.cpus;
        if (where.pinned) thread.bound = cpu;
        threads_.push_back(&thread);
        return thread;
    }

private:
    std::vector<Thread*> threads_;
};

}  // namespace pcpsim
