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
};

/// Hands on all records but those of the percpu allocator, which it takes.
class PercpuReplay final : public RecordStream {
public:
    /// All outlive this.
    PercpuReplay(RecordStream& stream, const RecordedPercpu& recorded,
                 const Choice<Depopulation>& depopulation, PercpuRequests* requests = nullptr);

    bool next(trace::Record& record) override;
    [[nodiscard]] std::string name() const override { return window_.name(); }
    /// To be asked once, at the end of the stream.
    PercpuResult result();

private:
    /// pcpu_balance_workfn() under way. It holds pcpu_lock while it finds out its next step, which
    /// is before the next event of the worker, and right behind the last one if that was with the
    /// lock held.
    struct Worker {
        std::int32_t pid;
        Generator<BalanceStep> steps;
        std::optional<BalanceStep> step = {};  ///< not yet seen in the recording
        bool begun = false;
    };
    /// An allocation that has its area and is still being populated.
    struct Pending {
        PercpuRequest request;
        PercpuArea area;
        std::vector<PageRange> gaps;  ///< to be populated, in order
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

    // Allocations.
    [[nodiscard]] PercpuRequest request_of(const trace::PercpuAlloc& event) const;
    Pending* begin_allocation();
    Pending* pending();
    void populate(Pending& allocation, const trace::PercpuPopulated& event);
    void finish(const Pending& allocation, const trace::PercpuAlloc& event);
    std::optional<PercpuArea> allocate(const PercpuRequest& request);
    [[nodiscard]] const trace::PercpuAlloc* next_allocation();

    // The worker.
    void advance();
    void pass_flushes();
    void finish_worker();
    [[nodiscard]] bool acts_later();
    [[nodiscard]] bool is_worker() const { return worker_ && worker_->pid == record().actor.pid; }
    void follow(Check check, BalanceStep::Kind kind, trace::Address address, PageRange pages);
    [[nodiscard]] bool is_legal(const BalanceStep& step) const;
    void apply(const BalanceStep& step, trace::Address address);

    // States.
    void start();
    void restore(const RecordedAreas& areas, const PercpuSnapshot& snapshot);
    void check_kilobytes(std::int64_t recorded);
    void compare(const PercpuSnapshot& snapshot);
    void compare_again();
    void settle_comparison();
    void check_map(const PercpuMap& map);

    void differ(Check check, std::string where, std::string before, std::string expected,
                std::string recorded);
    [[nodiscard]] std::string state_of(ChunkId chunk) const;
    [[nodiscard]] std::string text_of(const PercpuArea& area) const;
    [[nodiscard]] std::string text_of(const std::optional<BalanceStep>& step) const;
    [[nodiscard]] const trace::Record& record() const { return window_.current(); }
    void unchecked(Check check, Unchecked reason) { result_.checks.unchecked(check, reason); }

    Window window_;
    const RecordedPercpu& recorded_;
    PercpuAllocator allocator_;
    std::unique_ptr<Depopulation> depopulation_;
    PercpuRequests* requests_;
    PercpuNames names_;
    PercpuResult result_;
    std::optional<Worker> worker_;
    std::map<std::int32_t, Pending> pending_;  ///< by thread
    /// Areas that the model has put elsewhere than the recorded kernel, by recorded place.
    std::map<std::pair<std::uint64_t, std::int32_t>, PercpuArea> elsewhere_;
    std::vector<std::pair<std::uint64_t, std::int32_t>> outside_;  ///< areas in no listed chunk
    std::vector<Bytes> footprints_;                                ///< since the last mark
    std::string base_mark_;
    Comparison comparison_;
};

}  // namespace pcpsim
