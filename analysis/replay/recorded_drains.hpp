#pragma once
// The drains of a recording, call by call: who may run, whom a drain visits, who empties the lists
// and in what slices.
//
//   drain_all, drain_all_inner   the caller tries the mutex, then looks at every CPU's counts
//   workqueue_queue_work         to 5.19: a work item for a CPU that has pages
//   drain_wq                     it runs on its CPU
//   drain_pages_zone             since 6.0: the caller empties a list itself
//   pcp_bulkfree                 one slice of a list
//   drain_ret                    done, or given up
//
// The strategy that the recorded kernel drains by runs on the counts that are recorded, and who it
// visits is compared. A count is known if all that moves pages is recorded; or as the drain itself
// finds it; or, for a CPU that is left alone, if it was 0 when last recorded and nothing is
// recorded since that may have changed it.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/replay/checks.hpp"
#include "analysis/replay/drain_stage.hpp"
#include "analysis/replay/recorded_kernel.hpp"
#include "analysis/replay/requests.hpp"
#include "models/trace/events.hpp"

namespace pcpsim {

/// As recorded, of drains that have ended.
struct DrainCounts {
    std::int64_t calls = 0;
    std::int64_t gave_up = 0;  ///< certainly
    std::int64_t visited = 0, left_alone = 0;
    std::int64_t work_items = 0;
    std::int64_t slices = 0;  ///< of drains and of CPUs that empty their own lists
};

class RecordedDrains {
public:
    /// How many pages the lists of a CPU and zone hold, if that is known for sure.
    using Known = std::function<std::optional<Pages>(CpuId, std::size_t zone)>;

    /// All outlive this.
    RecordedDrains(const RecordedKernel& kernel, const KernelRules& rules, Checks& checks,
                   Known known, Requests* requests = nullptr);

    /// Every record, before it is taken.
    void see(const trace::Record& record);
    void take(const trace::Record& record, const trace::DrainAll& event);
    void take(const trace::Record& record, const trace::DrainReturn&);
    void take(const trace::Record& record, const trace::WorkQueued& event);
    void take(const trace::Record& record, const trace::DrainWork&);
    void take(const trace::Record& record, const trace::DrainWorkEnd&) { leave(record.actor); }
    void take(const trace::Record& record, const trace::DrainPagesZone& event);
    /// Whether it is a slice of a drain.
    bool take(const trace::Record& record, const trace::PcpBulkfree& event, CpuId cpu,
              std::size_t zone);
    void take(const trace::LostEvents&);
    void finish() { drop_calls(Unchecked::recording_ends); }

    /// The actor does something else than drain.
    void leave(const trace::Actor& actor);
    /// Where requests are not recorded: the list held so much, or pages have joined it.
    void held(CpuId cpu, std::size_t zone, Pages pages);
    /// Requests are recorded: from now on counts are known, or not at all.
    void forget_held() { held_.clear(); }

    [[nodiscard]] const DrainCounts& counts() const { return counts_; }

private:
    enum class Held : std::uint8_t { unknown, nothing, something };
    /// drain_all_pages() between its entry and its return.
    struct Call {
        std::int32_t caller = 0;
        std::int64_t line = 0;
        Time time;
        std::optional<ZoneId> zone = {};
        bool known_zone = true;
        bool inner = false;
        DrainReason reason = DrainReason::forced;
        // While it looks at the counts.
        bool looking = true;
        std::vector<std::optional<Pages>> before = {};  ///< by CPU: all that the drained lists held
        CpuSet empty = {};  ///< CPUs whose lists held nothing when last recorded
        CpuSet busy = {};   ///< CPUs on which something went on meanwhile
        // What it does.
        CpuSet queued = {}, worked = {}, visited = {};
        std::vector<CpuSet> found = {};  ///< by zone: CPUs on which it has freed pages
        std::optional<CpuId> at_hand = {};
        std::vector<std::size_t> zones = {},
                                 first_zones = {};  ///< of the CPU at hand; of the first
        // Beside others.
        bool alone = true;            ///< no other call between its entry and its first visit
        std::int64_t runs_since = 0;  ///< the line of its first visit
        bool overtaken = false;       ///< another one has visited somebody since its first visit
        bool wrong = false;           ///< and that was reported
        std::int64_t others = 0;      ///< calls that have given up, if this one still runs
    };
    /// A CPU's lists while they are emptied.
    struct Visit {
        trace::Actor actor;
        CpuId cpu;
        std::optional<std::size_t> zone;              ///< up to 5.19 all those of the drain
        std::int32_t caller = 0;                      ///< of its call; 0 if it belongs to none
        std::vector<std::optional<Pages>> left = {};  ///< by zone; 0: it is emptied
    };

    // Calls.
    Call* call_of(std::int32_t caller);
    Call* call_for_worker(CpuId cpu);
    void look(Call& call);
    void close(std::int32_t caller);
    void drop_calls(Unchecked reason);
    void visit(Call& call, const trace::Record& record, CpuId cpu);
    void visit_zone(Call& call, CpuId cpu, std::size_t zone);
    void finish_cpu(Call& call);
    void runs(Call& call);
    void begin_visit(const trace::Record& record, CpuId cpu, std::optional<std::size_t> zone,
                     const Call* call);

    // What the strategy would have done.
    void judge(Call& call);
    void judge_beside_others(const Call& call);
    void judge_visits(const Call& call);
    void judge_visited(const Call& call, CpuId cpu, const DrainStage::Outcome& predicted);
    void judge_left_alone(const Call& call, CpuId cpu, const DrainStage::Outcome& predicted);
    [[nodiscard]] bool covers(const Call& call, std::size_t zone) const {
        return !call.zone || call.zone->index() == zone;
    }
    /// What the drained lists of a CPU held when the drain looked; nothing if that is unknown.
    [[nodiscard]] std::optional<Pages> held_before(const Call& call, CpuId cpu) const {
        return call.busy.contains(cpu) ? std::nullopt : call.before[cpu.index()];
    }

    std::vector<Visit>::iterator visit_by(const trace::Actor& actor);
    void end(std::vector<Visit>::iterator visit);
    [[nodiscard]] Pages next_slice(const trace::PcpFields& fields) const;

    [[nodiscard]] std::size_t index(CpuId cpu, std::size_t zone) const {
        return zone * kernel_.cpus + cpu.index();
    }
    void differ(Check check, const Call& call, std::string where, std::string expected,
                std::string recorded);

    const RecordedKernel& kernel_;
    const KernelRules& rules_;
    Checks& checks_;
    Known known_;
    Requests* requests_;
    DrainStage stage_;
    std::vector<Call> calls_;  ///< under way, in the order in which they began
    std::vector<Visit> visits_;
    std::vector<Held> held_;  ///< by zone, then CPU
    CpuSet seen_;             ///< CPUs that have done anything
    bool queueing_recorded_ = false;
    DrainCounts counts_;
};

}  // namespace pcpsim
