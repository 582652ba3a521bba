#pragma once
// The requests of a recording, answered by another kernel: other rules, another way of draining,
// other limits of the pcplists.
//
// Allocations, frees and drains come in the recorded order, each on its CPU and in its zone. A free
// returns the block that its allocation got here. A page that was allocated before the lists were
// known is taken from the buddy allocator then. A drain decides at its call whom to visit, and
// empties their lists when the recorded one came to them, or else at its end.
#include <memory>
#include <unordered_map>
#include <vector>

#include "analysis/replay/drain_stage.hpp"
#include "analysis/replay/requests.hpp"
#include "models/config/scenario.hpp"
#include "models/mm/memory.hpp"

namespace pcpsim {

struct OtherKernel {
    const KernelRules* recorded;  ///< whose requests they are; not null
    const KernelRules* rules;     ///< not null
    Choice<DrainStrategy> strategy;
    PcpSettings pcp = {};
};

class Counterfactual final : public Requests {
public:
    /// `recorded` outlives this.
    Counterfactual(const RecordedKernel& recorded, const OtherKernel& other);

    [[nodiscard]] const AllocatorCounts& recorded() const { return recorded_; }
    [[nodiscard]] const AllocatorCounts& counts() const { return counts_; }
    [[nodiscard]] std::int64_t allocations() const { return allocations_; }
    [[nodiscard]] std::int64_t frees() const { return frees_; }
    /// For which no page was left.
    [[nodiscard]] std::int64_t failed() const { return failed_; }

    void begin(CpuId cpu, std::size_t zone, const Pcplist& list) override;
    void wanted(CpuId cpu, std::size_t zone, Order order, MigrateType type) override;
    void allocated(CpuId cpu, std::size_t zone, Pfn block, Order order, MigrateType type) override;
    void allocated_in_bulk(CpuId cpu, std::size_t zone, MigrateType type,
                           const PageRun& pages) override;
    void freed(CpuId cpu, std::size_t zone, Pfn block, Order order, MigrateType type) override;
    void allocated_past_lists(CpuId cpu, std::size_t zone, Pfn block, Order order, MigrateType type,
                              bool locked) override;
    void freed_past_lists(CpuId cpu, std::size_t zone, Pfn block, Order order) override;

    void drain_begins(std::int32_t caller, std::optional<ZoneId> zone, DrainReason reason) override;
    void drained(std::int32_t caller, CpuId cpu, std::size_t zone, bool last) override;
    void drain_left(std::int32_t caller, CpuId cpu, std::optional<std::size_t> zone) override;
    void drain_ends(std::int32_t caller, const AllocatorCounts& recorded) override;

    void expired(CpuId cpu, std::size_t zone) override;
    void decayed(CpuId cpu, std::size_t zone) override;

    void has_refilled(Pages pages) override { ++recorded_.refills, recorded_.refilled += pages; }
    void has_spilled(Pages pages) override { ++recorded_.spills, recorded_.spilled += pages; }
    void has_drained(Pages pages) override { ++recorded_.slices, recorded_.drained += pages; }
    void has_expired(Pages pages) override { ++recorded_.expiries, recorded_.expired += pages; }

private:
    struct Owned {
        Pfn block;
        Order order;
        MigrateType type = MigrateType::movable;
    };
    /// A drain under way: whose lists it has yet to empty, by zone.
    struct Drain {
        std::int32_t caller = 0;
        std::vector<CpuSet> due;
        AllocatorCounts counts = {};  ///< of drains
    };
    Zone& zone(std::size_t index) { return memory_.zones()[index]; }
    [[nodiscard]] PcpLimits limits_of(const Zone& zone, const PcpTuning& recorded) const;
    /// Off its list or from the buddy allocator; nothing if there is none.
    std::optional<Pfn> take(CpuId cpu, std::size_t zone, Order order, MigrateType type);
    std::optional<Owned> give_up(std::size_t zone, Pfn block, Order order, MigrateType type);
    void free_to_list(CpuId cpu, std::size_t zone, const Owned& owned);
    void drain_slice(CpuId cpu, std::size_t zone, Pages most);
    void empty(CpuId cpu, std::size_t zone);
    Drain* drain_of(std::int32_t caller);
    static void add_drain(AllocatorCounts& sum, const AllocatorCounts& drain);
    void expire(CpuId cpu, std::size_t zone, Pages pages);

    OtherKernel other_;
    Machine machine_;
    Memory memory_;
    DrainStage stage_;
    std::vector<bool> known_;  ///< by zone, then CPU
    /// By the recorded block; never walked.
    std::unordered_map<std::int64_t, Owned> owned_;
    std::vector<Drain> drains_;
    AllocatorCounts counts_, recorded_;
    std::int64_t allocations_ = 0, frees_ = 0, failed_ = 0;
};

}  // namespace pcpsim
