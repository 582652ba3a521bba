#pragma once
// The percpu requests of a recording, answered by another strategy, era or machine.
//
// Allocations and frees come in the recorded order; a free returns the area that its allocation got
// here. The balance worker runs as soon as it is wanted, and to its end: how long it would have
// taken to run is not recorded.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analysis/replay/percpu_counts.hpp"
#include "analysis/replay/percpu_requests.hpp"

namespace pcpsim {

/// The footprint at a mark.
struct PercpuAtMark {
    std::string mark;
    Bytes recorded, otherwise;
};

class PercpuCounterfactual final : public PercpuRequests {
public:
    PercpuCounterfactual(const PercpuGeometry& geometry, const PercpuRules& rules,
                         const Choice<Depopulation>& depopulation);

    void begins(const PercpuAllocator& recorded) override;
    void allocated(const PercpuRequest& request, const PercpuArea& area) override;
    void freed(ChunkId chunk, Bytes offset) override;
    void passes(std::string_view mark, const PercpuAllocator& recorded) override;

    [[nodiscard]] const PercpuCounts& counts() const { return counts_; }
    [[nodiscard]] const std::vector<PercpuAtMark>& marks() const { return marks_; }
    [[nodiscard]] const PercpuGeometry& geometry() const { return allocator_.geometry(); }

private:
    using Recorded = std::pair<ChunkId, Bytes>;
    void copy(const PercpuAllocator& recorded, ChunkId id);
    std::optional<PercpuArea> allocate(const PercpuRequest& request);
    void balance();
    void apply(const BalanceStep& step);

    PercpuAllocator allocator_;
    std::unique_ptr<Depopulation> depopulation_;
    std::map<Recorded, PercpuArea> areas_;  ///< by the recorded one
    bool wants_balance_ = false;
    PercpuCounts counts_;
    std::vector<PercpuAtMark> marks_;
};

}  // namespace pcpsim
