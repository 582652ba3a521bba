#pragma once
// Feeds the percpu requests of a recorded kernel to the allocator of models/mm, and compares what
// it does.
//
//   allocation   percpu_alloc_percpu; what was created and populated for it comes before
//   free         percpu_free_percpu, with pcpu_lock held
//   worker       pcpu_balance_workfn, then its steps one by one
//
// It begins at the mark `start`, with the chunks that NAME.chunks.gz says there were.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/replay/checks.hpp"
#include "analysis/replay/percpu_counts.hpp"
#include "analysis/replay/percpu_names.hpp"
#include "analysis/replay/percpu_requests.hpp"
#include "analysis/replay/recorded_percpu.hpp"
#include "analysis/replay/window.hpp"

namespace pcpsim {

struct PercpuResult {
    Checks checks;
    PercpuCounts counts;             ///< of the model, from the start on
    std::int64_t unknown_frees = 0;  ///< of an address at which nothing is allocated
    bool started = false;            ///< the mark was found
    /// Without marks and snapshots.
    [[nodiscard]] std::int64_t mismatched_events() const;
};

/// Sections of pcpu_lock that no event shows, and that did not come just before the event which
/// they lead to: before which record, by position, they came.
struct PercpuOrder {
    /// The worker had flushed TLBs, and found out its next step.
    std::set<std::int64_t> worker = {};
    /// The allocations of these records had their areas.
    std::multimap<std::int64_t, std::int64_t> allocations = {};
    [[nodiscard]] bool empty() const { return worker.empty() && allocations.empty(); }
};

class PercpuReplay {
public:
    /// All outlive this.
    PercpuReplay(const RecordedPercpu& recorded, const Choice<Depopulation>& depopulation,
                 PercpuRequests* requests = nullptr);
    /// Goes on by itself from here, with an eye on events alone: marks and snapshots it does not
    /// check, and nobody sees its requests. The other one is quiet.
    PercpuReplay(const PercpuReplay& other);
    PercpuReplay& operator=(const PercpuReplay&) = delete;

    /// What is not said here came as late as can be. It outlives this, or is replaced.
    void follow(const PercpuOrder& order) { order_ = order.empty() ? nullptr : &order; }
    /// Takes the record at hand if it is one of the percpu allocator; otherwise nothing happens.
    bool take(Window& window);
    /// The recording has ended; `cut`: perhaps before the last snapshots were taken.
    enum class Ending : std::uint8_t { whole, cut };
    PercpuResult finish(Ending ending = Ending::whole);

    // For those who look for an order.

    /// The worker has run to its end, as it is seen to start again.
    void settle_worker() { finish_worker(); }
    /// It may be copied: the worker has nothing left to do.
    [[nodiscard]] bool is_quiet() const { return !worker_ || (worker_->begun && !worker_->step); }
    [[nodiscard]] std::int64_t mismatched() const { return result_.mismatched_events(); }
    [[nodiscard]] std::int64_t chunks() const { return allocator_.stats().nr_chunks; }
    /// Whether that allocation has got what the model expected another one to get, the last that
    /// came out elsewhere; and has not begun here.
    [[nodiscard]] bool took_expected(const trace::Record& allocation) const;
    /// Whether that free has made room there.
    [[nodiscard]] bool freed_expected(const trace::Record& free) const;
    /// It expects the same as another one of the records to come. What the worker will do next is
    /// not compared, so both are quiet.
    [[nodiscard]] bool agrees_with(const PercpuReplay& other) const {
        return is_quiet() && other.is_quiet() && allocator_.acts_like(other.allocator_);
    }
    /// The last record was a free, the worker is between two steps that depend on it.
    [[nodiscard]] bool raced() const { return raced_; }

private:
    /// pcpu_balance_workfn() under way. It holds pcpu_lock while it finds out its next step, which
    /// is before the next event of the worker, and right behind the last one if that was with the
    /// lock held.
    struct Worker {
        std::int32_t pid;
        Generator<BalanceStep> steps;
        std::optional<BalanceStep> step = {};  ///< not yet seen in the recording
        bool begun = false;
        bool early = false;  ///< `step` is what an order has it find out early
    };
    /// An allocation that has its area and is still being populated.
    struct Pending {
        PercpuRequest request;
        PercpuArea area;
        std::vector<PageRange> gaps;  ///< to be populated, in order
        bool early = false;           ///< as an order has it
    };
    /// A snapshot is taken somewhere behind the last mark of its name: what fits best so far.
    struct Comparison {
        const PercpuSnapshot* snapshot = nullptr;
        std::int64_t matched = 0;
        std::vector<Difference> differences = {};
        int tries = 0;
    };

    void take(const trace::PercpuAlloc& event);
    void take(const trace::PercpuAllocFail& event);
    void take(const trace::PercpuFree& event);
    void take(const trace::PercpuAllocEntry& event);
    void take(const trace::PercpuPopulated& event);
    void take(const trace::PercpuDepopulated& event);
    void take(const trace::PercpuBalance& event);
    void take(const trace::PercpuBalanceFree& event);
    void take(const trace::PercpuCreateChunk& event);
    void take(const trace::PercpuDestroyChunk& event);
    void take(const trace::PercpuMark& event);

    void come_early();
    void lose();

    // Allocations.
    [[nodiscard]] PercpuRequest request_of(const trace::PercpuAlloc& event) const;
    Pending* begin_allocation(const trace::Record& allocation);
    void fits(Check check, bool early);
    Pending* pending();
    void populate(Pending& allocation, const trace::PercpuPopulated& event);
    void finish(const Pending& allocation, const trace::PercpuAlloc& event);
    std::optional<PercpuArea> allocate(const PercpuRequest& request);
    [[nodiscard]] const trace::Record* next_allocation();

    // The worker.
    void advance();
    void pass_flushes();
    void finish_worker();
    void abandon_worker();
    [[nodiscard]] bool acts_later();
    [[nodiscard]] bool is_worker() const { return worker_ && worker_->pid == record().actor.pid; }
    void follow(Check check, BalanceStep::Kind kind, trace::Address address, PageRange pages);
    [[nodiscard]] bool is_legal(const BalanceStep& step) const;
    /// There is no point in making chunks that only the recording has.
    [[nodiscard]] bool is_wreck() const { return result_.checks.mismatched() > 1000; }
    void apply(const BalanceStep& step, trace::Address address);

    // States.
    void start();
    void restore(const RecordedAreas& areas, const PercpuSnapshot& snapshot);
    void check_kilobytes(std::int64_t recorded);
    void compare(const PercpuSnapshot& snapshot);
    void compare_again();
    void settle_comparison();
    void check_map(const PercpuMap& map, Ending ending);

    void differ(Check check, std::string where, std::string before, std::string expected,
                std::string recorded);
    [[nodiscard]] std::string state_of(ChunkId chunk) const;
    [[nodiscard]] std::string text_of(const PercpuArea& area) const;
    [[nodiscard]] std::string text_of(const std::optional<BalanceStep>& step) const;
    [[nodiscard]] const trace::Record& record() const { return window_->current(); }
    void unchecked(Check check, Unchecked reason) { result_.checks.unchecked(check, reason); }

    const RecordedPercpu& recorded_;
    const Choice<Depopulation>& chosen_;
    PercpuAllocator allocator_;
    std::unique_ptr<Depopulation> depopulation_;
    PercpuRequests* requests_;
    Window* window_ = nullptr;
    const PercpuOrder* order_ = nullptr;
    bool raced_ = false;
    PercpuNames names_;
    PercpuResult result_;
    std::optional<Unchecked> blind_ = Unchecked::before_start;  ///< why nothing is predicted
    std::optional<Worker> worker_;
    std::map<std::int32_t, Pending> pending_;  ///< by thread
    std::optional<PercpuArea> expected_;       ///< of the last allocation that came out elsewhere
    /// Areas that the model has put elsewhere than the recorded kernel, by recorded place.
    std::map<std::pair<std::uint64_t, std::int32_t>, PercpuArea> elsewhere_;
    std::vector<std::pair<std::uint64_t, std::int32_t>> outside_;  ///< areas in no listed chunk
    bool events_only_ = false;
    std::vector<Bytes> footprints_;  ///< since the last mark
    std::string base_mark_;
    Comparison comparison_;
};

/// Hands on all records but those of the percpu allocator.
class PercpuStream final : public RecordStream {
public:
    /// Both outlive this.
    PercpuStream(RecordStream& stream, PercpuReplay& replay)
        : window_{stream, Window::Behind::forgotten}, replay_{replay} {}

    bool next(trace::Record& record) override;
    [[nodiscard]] std::string name() const override { return window_.name(); }

private:
    Window window_;
    PercpuReplay& replay_;
};

}  // namespace pcpsim
