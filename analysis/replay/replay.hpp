#pragma once
// Feeds a recorded kernel's requests to the pcplists of models/mm, and compares what they do.
//
//   allocation   mm_page_alloc takes the head of the list of the running CPU
//   refill       mm_page_alloc_zone_locked, block by block, for a list that is empty
//   free         pcp_commit: the block joins the head of its list
//   spill        pcp_bulkfree right after the commit, then mm_page_pcpu_drain block by block
//   drain        pcp_bulkfree without a commit before it
//
// Where allocations and frees are not recorded, refills, spills and drains are compared by the
// counts that probes have read.
#include <map>
#include <vector>

#include "analysis/replay/checks.hpp"
#include "analysis/replay/in_flight.hpp"
#include "analysis/replay/recorded_drains.hpp"
#include "analysis/replay/recorded_kernel.hpp"
#include "analysis/replay/recorded_pcp.hpp"
#include "analysis/replay/recorded_sizes.hpp"
#include "analysis/replay/window.hpp"

namespace pcpsim {

struct ReplayResult {
    Checks checks;
    /// By list number, as the era counts its lists.
    std::vector<TrafficPair> refills;
    TrafficPair spills;
    Traffic drains;  ///< recorded: drains, decay, and expiry of remote lists
    DrainCounts drain_calls;
    std::vector<std::string> list_names;

    std::int64_t bulk_pages = 0;  ///< taken by __alloc_pages_bulk(), which names no page
    std::int64_t past_lists = 0;  ///< allocations that found a list locked
    std::int64_t no_zone = 0;     ///< pages in no zone of the machine
    std::int64_t reordered = 0;   ///< allocations named after others that came later
    std::int64_t in_flight = 0;   ///< at a remote drain
    std::int64_t retuned = 0;     ///< times the recorded tuning was not the model's
    std::int64_t disabled_refills = 0, disabled_spills = 0;  ///< of one page, see RecordedSizes
    std::int64_t no_pcp = 0;                                 ///< bulk frees of unknown pcps
    std::string other_high;  ///< where it first was not what the file beside the recording says
    std::int64_t allocations = 0, frees = 0;
    std::int64_t percpu_events = 0;  ///< not looked at
};

class Replay {
public:
    /// All outlive this.
    Replay(const RecordedKernel& kernel, const KernelRules& rules, Requests* requests = nullptr);
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;

    /// Throws a ScenarioError if the recording is not of this kernel.
    ReplayResult run(RecordStream& stream);

private:
    /// free_pcppages_bulk() while its blocks are named one by one.
    struct BulkFree {
        trace::Actor actor;
        RecordedPcp* pcp = nullptr;
        std::vector<RecordedSource::Given> expected = {};
        std::size_t given = 0;  ///< which of the runs is next, and which block of it
        std::int64_t block = 0;
        Pages left;                      ///< to be named; less than none behind a last large block
        std::optional<Pages> rest = {};  ///< what the lists then hold, if the count is recorded
        bool compared = false;
        bool explained = false;
        std::string before = {};
    };
    /// __alloc_pages_bulk() between its entry and its return.
    struct BulkAllocation {
        trace::Actor actor;
        MigrateType type = MigrateType::unmovable;
        Pages asked;
        Pages taken = {};  ///< from lists so far, or named by mm_page_alloc
        std::optional<std::size_t> zone = {};

        void take(std::size_t of_zone) { zone = of_zone, taken += Pages{1}; }
    };

    /// A page that __alloc_pages_bulk() has taken off a list, as far as one can tell.
    struct BulkPage {
        const RecordedPcp* pcp;
        MigrateType type;
        Pfn page;
        std::int64_t position;  ///< of the record that showed it
    };

    void take(const trace::PageAlloc& event);
    void take(const trace::PageFree& event);
    void take(const trace::PageFreeBatched& event);
    void take(const trace::PageAllocZoneLocked& event);
    void take(const trace::PageAllocExtfrag& event);
    void take(const trace::PagePcpuDrain& event);
    void take(const trace::PcpRefill& event);
    void take(const trace::PcpCommit& event);
    void take(const trace::PcpBulkfree& event);
    void take(const trace::BulkAlloc& event);
    void take(const trace::BulkReturn& event);
    void take(const trace::DrainAll& event);
    void take(const trace::DrainReturn& event);
    void take(const trace::WorkQueued& event) { drains_.take(record(), event); }
    void take(const trace::DrainWork& event) { drains_.take(record(), event); }
    void take(const trace::DrainWorkEnd& event) { drains_.take(record(), event); }
    void take(const trace::DrainPages& event);
    void take(const trace::DrainPagesZone& event);
    void take(const trace::DrainLocal& event) { drains_.take(record(), event); }
    void take(const trace::ZonePcpDisable& event);
    void take(const trace::DrainZonePages& event);
    void take(const trace::DecayPcpHigh& event);
    void take(const trace::PercpuEvent& event);
    void take(const trace::LostEvents& event);

    void learn_limits();

    // Allocations.
    void allocate(RecordedPcp& pcp, Pfn page, Order order, MigrateType type);
    bool find_below_head(RecordedPcp& pcp, Pfn page, Order order, MigrateType type);
    bool is_in_flight(Pfn page) { return is_in_flight(page, window_->position()); }
    bool is_in_flight(Pfn page, std::int64_t since);
    bool was_taken_in_bulk(const RecordedPcp& pcp, MigrateType type);
    bool joined_since_last_event(Pfn page);
    bool passed_lists_elsewhere(const RecordedPcp& pcp, Pfn page);
    bool may_have_left_before(const RecordedPcp& pcp, std::optional<Pfn> head, Order order,
                              MigrateType type);
    void allocate_past_lists(Pfn page, Order order, MigrateType type, bool locked);
    bool allocated_elsewhere(RecordedPcp& pcp, Pfn page, Order order, MigrateType type);

    // What a recording without probes leaves to be inferred.
    bool left_unrecorded(RecordedPcp& pcp, Pfn page, Order order, MigrateType type);
    void join(Pfn page, Order order);
    bool is_batched(Pfn page);
    void leave(const trace::PagePcpuDrain& event);
    void look_for_probes();
    void requests_begin();
    void probes_begin();

    // Where requests are not recorded.
    void take_counted(const trace::PcpRefill& event);
    void take_counted(RecordedPcp& pcp, const trace::PcpBulkfree& event);
    void gives_back_on_its_own(trace::Address pcp);
    [[nodiscard]] bool gave_back_on_its_own(const trace::PcpBulkfree& event);
    static std::int64_t pageblock_of(Pfn page);
    void learn_type(Pfn page, MigrateType type);

    // Refills.
    void finish_refill(RecordedPcp& pcp);
    void pass_lists(Pfn block);
    [[nodiscard]] bool serves(CpuId cpu, std::size_t zone) const;
    bool goes_on(const RefillRun& run);
    bool is_complete(const RecordedPcp& pcp, const RefillRun& run);
    bool is_single_allocation(const RecordedPcp& pcp, const RefillRun& run);
    void give_refill(RecordedPcp& pcp, RefillRun& run, BulkAllocation* bulk);
    void account_for_rest(RecordedPcp& pcp, const RefillRun& run, BulkAllocation* bulk);
    void take_in_bulk(RecordedPcp& pcp, BulkAllocation& bulk, Pages most);

    // Spills and drains.
    bool follows_commit(const RecordedPcp& pcp) const;
    void count_drain(const trace::PcpBulkfree& event);
    void learn_count(RecordedPcp& pcp, Pages count, bool spill);
    void compare_spill(RecordedPcp& pcp, const trace::PcpBulkfree& event);
    void start_bulk_free(RecordedPcp& pcp, const trace::PcpBulkfree& event, bool spill);
    void finish_bulk_free(const BulkFree& bulk);
    void missed_spill(RecordedPcp& pcp);
    RecordedPcp* pcp_of(const trace::PcpBulkfree& event);
    void found_empty(RecordedPcp& pcp);

    void check_count(RecordedPcp& pcp, std::int32_t recorded);
    /// Takes pages off the lists that had left them when the kernel counted so many; returns how
    /// many are still too many. The count of the model is larger.
    Pages settle(RecordedPcp& pcp, Pages recorded, InFlight::Cause cause);

    [[nodiscard]] RecordedPcp& pcp(CpuId cpu, std::size_t zone) {
        return pcps_[zone * kernel_.cpus + cpu.index()];
    }
    [[nodiscard]] std::optional<std::size_t> zone_of(Pfn page);
    [[nodiscard]] const trace::Record& record() const { return window_->current(); }
    BulkAllocation* bulk_of(const trace::Actor& actor);
    BulkAllocation* bulk_under_way(const RecordedPcp& pcp, MigrateType type);
    void adopt(RecordedPcp& pcp, const trace::PcpFields& fields);
    void check_pointer(RecordedPcp& pcp, trace::Address pointer);
    [[noreturn]] void refuse(const std::string& expected, trace::Address got) const;
    [[nodiscard]] std::string place(const RecordedPcp& pcp) const;
    void differ(Check check, RecordedPcp& pcp, std::string expected, std::string recorded);
    void differ(Difference difference);
    /// Looking for reasons would take forever.
    [[nodiscard]] bool is_wreck() const { return result_.checks.mismatched() > 1000; }

    const RecordedKernel& kernel_;
    const KernelRules& rules_;
    Requests* requests_;
    PcpLayout layout_;
    std::vector<RecordedPcp> pcps_;  ///< by zone, then CPU
    std::vector<BulkFree> bulk_frees_;
    std::vector<BulkAllocation> bulk_allocations_;
    std::vector<BulkPage> bulk_pages_;                              ///< the last ones
    std::vector<std::pair<trace::Actor, trace::PcpRefill>> asked_;  ///< not yet answered
    std::vector<Pfn> past_lists_;  ///< left the buddy allocator for their caller, not yet named
    InFlight in_flight_;
    /// By pageblock, where no probe says which list a freed page joins.
    std::map<std::int64_t, MigrateType> block_types_;
    /// Announced as freed in a batch, but not yet.
    std::map<Pfn, Order> announced_;
    Window* window_ = nullptr;
    std::size_t last_zone_ = 0;
    bool zones_overlap_ = false;
    std::vector<char> seen_;  ///< by CPU: whether all its events since some earlier one are here
    std::vector<std::size_t> last_served_;  ///< by CPU: the zone of its last allocation
    bool probed_ = true;                    ///< frees and drains say which list they are about
    bool has_requests_ = true;              ///< allocations and frees are recorded
    bool right_file_ = false;               ///< it has named a pcp that the recording has
    ReplayResult result_;
    RecordedDrains drains_;
    RecordedSizes sizes_;
    struct Disabling {
        std::int32_t pid = 0;
        std::size_t zone = 0;
    };
    std::vector<Disabling> disabling_;  ///< zone_pcp_disable() until the drain that it ends with
    std::vector<std::pair<trace::Actor, trace::Address>> on_their_own_;  ///< decay, expiry
};

}  // namespace pcpsim
