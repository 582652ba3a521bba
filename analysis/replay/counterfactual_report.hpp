#pragma once
// The same requests, answered by the recorded kernel and by another one, side by side.
#include <optional>
#include <string>
#include <vector>

#include "analysis/replay/percpu_counterfactual.hpp"
#include "analysis/replay/report.hpp"
#include "analysis/replay/requests.hpp"

namespace pcpsim {

/// Of the percpu allocator, if the recording shows its chunks.
struct PercpuAnswer {
    std::string depopulation;
    PercpuGeometry geometry;
    PercpuCounts recorded, counts;
    std::vector<PercpuAtMark> marks;
};

struct CounterfactualReport {
    ReplayReport replay;  ///< whether the recording was understood
    std::string era = {}, strategy = {};
    std::vector<std::string> settings = {};
    AllocatorCounts recorded = {}, counts = {};
    std::int64_t allocations = 0, frees = 0, failed = 0;
    std::optional<PercpuAnswer> percpu = {};

    /// How many were answered.
    [[nodiscard]] std::int64_t requests() const {
        const std::int64_t chunks = percpu ? percpu->counts.allocations + percpu->counts.frees : 0;
        return allocations + frees + chunks;
    }
    [[nodiscard]] bool holds() const { return replay.result.checks.mismatched() == 0; }
};

std::string to_text(const CounterfactualReport& report);
std::string to_json(const CounterfactualReport& report);

}  // namespace pcpsim
