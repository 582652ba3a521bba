#pragma once
// One pcplist of the model, fed with what was recorded of its CPU and zone.
//
//   head [ pages that the recording has named | unseen: from before it began ] tail
//
// A list is known, to its tail, from when the recording shows it empty: by a drain, by a count, or
// because it is refilled.
#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "analysis/replay/checks.hpp"
#include "analysis/replay/requests.hpp"
#include "models/mm/pcplist.hpp"
#include "models/trace/events.hpp"

namespace pcpsim {

/// The recording in the place of the buddy allocator.
class RecordedSource final : public PageSource {
public:
    struct Given {
        Order order;
        PageRun run;
    };

    /// What refill() will hand out, however much is wanted.
    void offer(PageRuns& blocks) { offered_.splice_tail(blocks); }
    [[nodiscard]] Blocks wanted() const { return wanted_; }
    /// What was given back since the last call, in order.
    std::vector<Given> take_given() { return std::exchange(given_, {}); }

    Blocks refill(Order order, MigrateType type, Blocks want, PageRuns& list) override;
    void give_back(Order order, MigrateType type, const PageRun& run) override;

private:
    PageRuns offered_;
    Blocks wanted_;
    std::vector<Given> given_;
};

/// Blocks that left the buddy allocator one after the other, for one list.
struct RefillRun {
    trace::Actor actor;
    Order order;
    MigrateType type = MigrateType::unmovable;
    PageRuns blocks;
    bool whole = true;                 ///< something of its CPU is recorded before it
    std::optional<Blocks> asked = {};  ///< what a probe has read
    std::int64_t last = 0;             ///< position in the recording of the last block
    std::int64_t line = 0;
};

/// A free that has joined its list, and how many pages are to be spilled because of it.
struct LastFree {
    trace::Actor actor;
    Order order;
    MigrateType type = MigrateType::unmovable;
    std::optional<Pages> spill;  ///< nothing while the count is unknown
    std::int64_t line = 0;
};

class RecordedPcp {
public:
    /// The rules outlive this, and so does who is told of requests, if anybody.
    RecordedPcp(const KernelRules& rules, CpuId cpu, std::size_t zone,
                Requests* requests = nullptr);

    Pcplist model;
    RecordedSource source;
    std::optional<RefillRun> refill = {};
    std::optional<LastFree> last_free = {};
    std::optional<trace::Address> pointer = {};

    [[nodiscard]] CpuId cpu() const { return cpu_; }
    [[nodiscard]] std::size_t zone() const { return zone_; }
    [[nodiscard]] Unchecked doubt() const { return doubt_; }
    [[nodiscard]] bool knows(Order order, MigrateType type) const {
        return known_[model.lists().layout().index(order, type)];
    }
    [[nodiscard]] bool knows_all() const { return unseen_ == Pages{0}; }
    /// All that refill and spill sizes depend on is known.
    [[nodiscard]] bool is_tuned() const { return tuned_; }

    /// The pages on all lists, if that is known.
    [[nodiscard]] std::optional<Pages> count() const {
        return unseen_ ? std::optional{model.count() + *unseen_} : std::nullopt;
    }
    /// Whether blocks of huge-page order are on its lists.
    [[nodiscard]] bool has_huge() const;
    /// The size of a refill depends on nothing that is unknown.
    [[nodiscard]] bool predicts_refill() const { return tuned_ && (unseen_ || !tunes_itself_); }

    /// An allocation takes the head of a list that is not empty.
    Pfn pop(Order order, MigrateType type);
    /// __alloc_pages_bulk() takes up to `most` pages, at least one, of a list that is not empty.
    PageRun take_bulk(MigrateType type, Blocks most);
    /// Whether requests are told.
    [[nodiscard]] bool tells() const { return told_; }

    /// Drops what the lists hold: from now on it is unknown, for this reason.
    void forget(Unchecked reason);
    /// The kernel's lists are empty.
    void become_empty();
    /// The kernel's lists hold so many pages. If none of them is unseen, all lists are known.
    void learn_count(Pages count);
    /// The count is unknown.
    void lose_count() { unseen_.reset(); }
    /// So many unseen pages were allocated.
    void take_unseen(Pages pages);
    /// An empty list is refilled with these blocks, and so becomes known. Returns how many the
    /// model would ask for; if `recorded` is what it would in a zone below its high watermark, of
    /// which the recording does not tell, that.
    Blocks refill_with(Order order, MigrateType type, PageRuns& blocks,
                       std::optional<Blocks> recorded = {});
    [[nodiscard]] Blocks next_refill(Order order) const;
    /// The block joins its list. Returns how many pages the model then spills, if it can tell.
    std::optional<Pages> free(Pfn block, Order order, MigrateType type);
    /// Whether it spills so many in a zone under pressure, of which the recording does not tell.
    /// Then the model goes on from there.
    bool spills_under_pressure(Pages pages, Order order);
    /// The same as free(), for a free when the count was unknown, which has turned out to be this.
    Pages spill_at(Pages count, Order order);
    /// Goes on from the recorded tuning. False if the model had come to another one.
    bool adopt(const trace::PcpFields& fields);
    /// The place of a block on its list, from 0 at the head.
    [[nodiscard]] std::optional<std::int64_t> depth_of(Pfn block, Order order,
                                                       MigrateType type) const;
    [[nodiscard]] std::optional<Pfn> head(Order order, MigrateType type) const;
    /// Takes the head without the allocation that pop() implies, and puts it back.
    Pfn lift(Order order, MigrateType type);
    void put_back(Pfn block, Order order, MigrateType type);
    /// Takes a block off whichever list of its order has it. False if none has.
    bool remove(Pfn block, Order order);

    /// "count 371, high 474, batch 63, free_factor 1"
    [[nodiscard]] std::string state() const;

private:
    static constexpr std::size_t most_lists = 16;

    /// Whether to tell of a request, now that it is about to change the lists.
    bool tell();

    const KernelRules* rules_;
    CpuId cpu_;
    std::size_t zone_;
    std::size_t lists_;
    std::bitset<most_lists> known_;
    std::optional<Pages> unseen_ = {};  ///< 0 if all lists are known
    Unchecked doubt_ = Unchecked::before_first_emptied;
    bool tuned_ = false;
    bool tunes_itself_;  ///< high moves, and refills depend on the count
    PcpTuning before_free_;
    Requests* requests_;
    bool told_ = false;
};

}  // namespace pcpsim
