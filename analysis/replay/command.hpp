#pragma once
// `pcpsim replay`
#include <optional>
#include <string>

#include "analysis/cli.hpp"
#include "analysis/replay/counterfactual_report.hpp"
#include "analysis/replay/report.hpp"

namespace pcpsim {

struct ReplayRequest {
    std::string recording;
    std::optional<std::string> meta = {};    ///< otherwise the file beside the recording
    std::optional<std::string> kernel = {};  ///< otherwise what the meta file says
    std::optional<std::string> chunks = {};  ///< otherwise the file beside the recording, if any
};

/// "a.trace.gz" and "a.trace" have "a.meta.json" beside them, or "a.zoneinfo".
std::string meta_beside(const std::string& recording);

/// Throws a ScenarioError if the input is wrong.
ReplayReport replay(const ReplayRequest& request);

/// What else the requests of a recording are to be answered by. What is not said is as recorded.
struct CounterfactualRequest {
    ReplayRequest recorded;                  ///< its `kernel` only where the meta file names none
    std::optional<std::string> kernel = {};  ///< an era
    std::optional<std::string> drain = {};   ///< a strategy
    std::optional<std::string> depopulation = {};  ///< a strategy for percpu chunks
    std::optional<std::int64_t> cpus = {};         ///< possible CPUs that percpu chunks are for
    std::vector<std::string> set = {};             ///< "/pcp/batch=31", "/strategy/params/mask=..."
};

CounterfactualReport replay_otherwise(const CounterfactualRequest& request);

/// Its entry in the table of commands.
Command replay_command();

}  // namespace pcpsim
