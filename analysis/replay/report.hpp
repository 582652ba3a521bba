#pragma once
// What a replay has found, for people and for programs.
#include <optional>
#include <string>

#include "analysis/replay/percpu_replay.hpp"
#include "analysis/replay/recording.hpp"
#include "analysis/replay/replay.hpp"

namespace pcpsim {

struct ReplayReport {
    std::string recording;  ///< the file's name
    std::string release;    ///< of the recorded kernel, or empty
    std::string era;
    ReplayResult result;
    LineAccount lines;
    std::optional<PercpuResult> percpu;  ///< its checks are among those of the result

    /// Nothing mismatched, and something was checked.
    [[nodiscard]] bool holds() const {
        return result.checks.mismatched() == 0 && result.checks.checked() > 0;
    }
};

std::string to_text(const ReplayReport& report);
std::string to_json(const ReplayReport& report);

}  // namespace pcpsim
