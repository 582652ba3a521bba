#pragma once
// A workload: what the CPUs of a run do, and what its real tool would print about it.
#include <vector>

#include "models/config/registry.hpp"
#include "models/kernel/kernel.hpp"
#include "models/kernel/measurement.hpp"
#include "models/machine/cpu_set.hpp"
#include "models/mm/census.hpp"

namespace pcpsim {

class Workload {
public:
    using Environment = Kernel;
    using Setting = Machine;
    virtual ~Workload() = default;

    /// Starts its processes on these CPUs. Called once, before the run.
    virtual void start(const CpuSet& cpus) = 0;
    /// After the run: its metrics, named WORKLOAD/METRIC.
    [[nodiscard]] virtual std::vector<Measurement> measure() const = 0;
    /// What a reader of the numbers must know about them; empty if nothing.
    [[nodiscard]] virtual std::string note() const { return {}; }
    /// Counts the pages it has allocated and not freed.
    virtual void count_pages(Census&) const {}
};

}  // namespace pcpsim
