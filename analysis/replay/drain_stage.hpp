#pragma once
// The recorded machine as a simulated kernel, on which a strategy drains lists that hold what was
// recorded: the strategies of `compare`, told nothing but which lists have pages.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/replay/recorded_kernel.hpp"
#include "models/drain/strategy.hpp"

namespace pcpsim {

/// CPUs, nodes and zones are those that were recorded; no time is taken from it, so that all costs
/// are alike.
Machine machine_of(const RecordedKernel& recorded);
std::vector<ZoneSpan> zones_of(const RecordedKernel& recorded);
/// A strategy by name, with its default parameters.
Choice<DrainStrategy> drain_strategy(const std::string& name);

class DrainStage {
public:
    /// `recorded` and `rules` outlive this.
    DrainStage(const RecordedKernel& recorded, const KernelRules& rules,
               Choice<DrainStrategy> strategy);
    /// With the strategy that kernels of these rules drain by.
    DrainStage(const RecordedKernel& recorded, const KernelRules& rules)
        : DrainStage{recorded, rules, drain_strategy(std::string{rules.drain_strategy})} {}
    ~DrainStage();

    struct Outcome {
        CpuSet visited;
        CpuSet work_items;  ///< CPUs on which a work item ran
        std::int64_t interrupts = 0;
    };
    /// One drain of all lists or those of one zone; `with_pages` has the CPUs by zone.
    Outcome drain(const std::vector<CpuSet>& with_pages, std::optional<ZoneId> zone,
                  DrainReason reason);

private:
    struct World;

    const RecordedKernel& recorded_;
    const KernelRules& rules_;
    Choice<DrainStrategy> strategy_;
    std::unique_ptr<World> world_;
    int drains_ = 0;  ///< of this world
};

}  // namespace pcpsim
