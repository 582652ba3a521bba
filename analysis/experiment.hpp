#pragma once
// All the runs behind one result: every strategy at every point of the workload under every seed.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "models/kernel/measurement.hpp"

namespace pcpsim {

/// One of the independent runs of an experiment, by index. A point is what a workload varies by
/// itself, such as the number of pft clients.
struct RunKey {
    std::size_t strategy = 0;
    std::size_t point = 0;
    std::size_t seed = 0;
};

struct RunOutput {
    std::vector<Measurement> measurements = {};
    std::vector<std::string> notes = {};  ///< For Subject::notes.
    std::uint64_t fingerprint = 0;
    std::uint64_t events = 0;  ///< Engine events, for progress only: they are no result.
};

struct Experiment {
    Manifest manifest;  ///< But for the fingerprint, which the runs give.
    Subject subject;
    std::vector<StrategyName> strategies;
    std::size_t points = 1;
    /// Called from several threads at once, each time with another key.
    std::function<RunOutput(RunKey)> run;
};

struct Conduct {
    unsigned jobs = 1;
    bool show_progress = false;               ///< On stderr.
    const std::atomic<bool>* stop = nullptr;  ///< Once true, no further run begins.
};

struct Outcome {
    ResultSet results;
    std::size_t runs_done = 0;
    std::size_t runs_planned = 0;
};

/// Seeds are the outermost loop, then points, then strategies. After a stop the results are those
/// of the seeds under which every run was done, or else of the first seed's points at which every
/// strategy was. The metrics come in the order in which a run measures them, each over all points.
/// The first run in order that throws ends the experiment with its exception.
Outcome conduct(const Experiment& experiment, const Conduct& how);

}  // namespace pcpsim
