#pragma once
// The sizes of refills and spills where no allocation and free is recorded: what the lists hold is
// unknown, but a probe has read how many pages they held and what they were tuned to.
#include <vector>

#include "analysis/replay/checks.hpp"
#include "analysis/replay/recorded_kernel.hpp"
#include "analysis/replay/recorded_pcp.hpp"

namespace pcpsim {

class RecordedSizes {
public:
    /// All outlive this.
    RecordedSizes(const RecordedKernel& kernel, const KernelRules& rules, Checks& checks);

    /// How many blocks the list asks for; nothing if that is not known.
    std::optional<Blocks> refill(const trace::Record& record, const trace::PcpRefill& event,
                                 RecordedPcp& pcp);
    /// How many pages the list gives up, with what the probe has read; whether that is right.
    bool spill(const trace::Record& record, const trace::PcpBulkfree& event, RecordedPcp& pcp);

    /// zone_pcp_disable() begins: every list of the zone changes to high 0 and batch 1. With the
    /// drain that follows all have changed; some time after it zone_pcp_enable() changes them back.
    void disabling(std::size_t zone) { set(zone, Disabled::perhaps); }
    void disabled(std::size_t zone) { set(zone, Disabled::certainly); }
    void enabling(std::size_t zone) { set(zone, Disabled::perhaps); }

    /// Of single blocks and pages, as their lists were disabled.
    [[nodiscard]] std::int64_t disabled_refills() const { return disabled_refills_; }
    [[nodiscard]] std::int64_t disabled_spills() const { return disabled_spills_; }

private:
    enum class Disabled : std::uint8_t { no, perhaps, certainly };
    struct State {
        Disabled disabled = Disabled::no;
        bool batch_in_doubt =
            false;  ///< as the size of the zone may have changed since it was read
    };
    void set(std::size_t zone, Disabled disabled);
    [[nodiscard]] State& of(const RecordedPcp& pcp) {
        return states_[pcp.zone() * kernel_.cpus + pcp.cpu().index()];
    }
    [[nodiscard]] bool explains(PcpTuning before, const trace::PcpBulkfree& event, Order order,
                                ZoneFlags flags) const;
    [[nodiscard]] bool is_due(const trace::PcpBulkfree& event, const PcpTuning& now,
                              Order order) const;

    const RecordedKernel& kernel_;
    const KernelRules& rules_;
    Checks& checks_;
    PcpLayout layout_;
    std::vector<State> states_;  ///< by zone, then CPU
    std::int64_t disabled_refills_ = 0, disabled_spills_ = 0;
};

}  // namespace pcpsim
