#pragma once
// Where the percpu part of a replay comes from, as named on the command line.
#include <optional>
#include <string>

#include "analysis/replay/recorded_percpu.hpp"
#include "models/mm/kernel_rules.hpp"
#include "models/mm/percpu_depopulation.hpp"

namespace pcpsim {

struct PercpuSource {
    RecordedPercpu recorded;
    Choice<Depopulation> depopulation;  ///< of the recorded kernel
};

/// Throw a ScenarioError that names the option.
const PercpuRules& percpu_rules_of(const KernelRules& rules);
Choice<Depopulation> depopulation_named(const std::string& name);

/// From the file of chunks that is named, or else from "a.chunks.gz" or "a.chunks" beside
/// "a.trace.gz". Nothing if there is none. Throws a ScenarioError if it is wrong.
std::optional<PercpuSource> find_percpu_source(const std::string& recording,
                                               const std::optional<std::string>& chunks,
                                               const RecordedKernel& kernel,
                                               const KernelRules& rules);

/// "a" of "a.trace.gz"
std::string base_of_recording(const std::string& recording);

}  // namespace pcpsim
