#pragma once
// The seam between analysis and what is simulated: from a scenario to the runs behind its result.
#include "analysis/experiment.hpp"
#include "models/config/scenario.hpp"

namespace pcpsim {

/// Every strategy of the scenario at every point of its workload under every seed: seed, seed + 1,
/// ... as many as there are replications. If several entries of the workload stand for several
/// points each, every combination of these is one; the last entry varies first. Without bursts
/// every operation is simulated on its own, with the same results.
Experiment experiment_of(Scenario scenario, bool bursts = true);

}  // namespace pcpsim
