#pragma once
// What a replay has predicted, and how it compares with what was recorded.
#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "models/mm/page.hpp"
#include "sim/units.hpp"

namespace pcpsim {

enum class Check : std::uint8_t {
    page_identity,     ///< which block an allocation takes
    refill_size,       ///< how many blocks a refill asks for
    spill_size,        ///< whether a free spills, and how many pages
    bulk_order,        ///< which blocks go back in which order, in a spill or drain
    pcp_count,         ///< how many pages all lists hold at a free
    drain_calls,       ///< whether a drain runs or gives up
    drain_visits,      ///< which CPUs a drain visits, and which it leaves alone
    drain_work_items,  ///< who empties the lists of a CPU: a work item there, or the caller
    drain_slices,      ///< how many pages it frees at a time
    percpu_placement,  ///< the chunk and the offset of an area
    chunk_events,      ///< which chunks are created and destroyed
    populate_ranges,   ///< which pages of a chunk are populated and depopulated
    percpu_kb,         ///< `Percpu:` of /proc/meminfo, at every mark
    chunk_state        ///< counters, hints and order of the chunks, at every snapshot
};
inline constexpr std::array all_checks{
    Check::page_identity, Check::refill_size,      Check::spill_size,   Check::bulk_order,
    Check::pcp_count,     Check::drain_calls,      Check::drain_visits, Check::drain_work_items,
    Check::drain_slices,  Check::percpu_placement, Check::chunk_events, Check::populate_ranges,
    Check::percpu_kb,     Check::chunk_state};

/// Why something recorded was not compared with a prediction.
enum class Unchecked : std::uint8_t {
    before_first_emptied,  ///< what the list held when the recording began is not recorded
    count_not_recorded,    ///< no probe reads it, as on 5.10
    state_not_recorded,    ///< the tuning on which the size depends
    move_not_recorded,     ///< no probe says what has moved on or off which list
    list_in_use,           ///< its CPU may have used it while the drain was about to
    drain_under_way,       ///< another drain may just have begun or ended
    recording_ends,        ///< before it is over
    after_a_mismatch,      ///< the lists are in doubt until they are emptied again
    after_lost_events,     ///< likewise
    before_start,          ///< the state of the percpu chunks is recorded for later
    start_not_recorded,    ///< no state of the percpu chunks is
    reserved_chunk         ///< whose state is not recorded
};
inline constexpr std::size_t unchecked_reasons = 12;

/// Of percpu chunks, not of pcplists.
constexpr bool is_of_percpu(Check check) { return check >= Check::percpu_placement; }

/// As in results: "page_identity", "before_first_emptied".
std::string to_string(Check check);
std::string to_string(Unchecked reason);
/// For people: "page identity".
std::string title(Check check);

struct Tally {
    std::int64_t matched = 0, explained = 0, mismatched = 0;
    std::array<std::int64_t, unchecked_reasons> unchecked{};
    [[nodiscard]] std::int64_t checked() const { return matched + explained + mismatched; }
    [[nodiscard]] std::int64_t sum() const { return checked() + unchecked_sum(); }
    [[nodiscard]] std::int64_t unchecked_sum() const {
        return std::accumulate(unchecked.begin(), unchecked.end(), std::int64_t{0});
    }
};

/// A wrong prediction in context.
struct Difference {
    Check check = Check::page_identity;
    std::int64_t line = 0;
    Time time = {};
    std::string where = {};   ///< "cpu3 node0/DMA32 order 0 Movable"
    std::string before = {};  ///< the state that the prediction came from
    std::string expected = {}, recorded = {};
    std::int64_t found = 0;  ///< at which line it came out; Checks knows
};

/// Refills or spills of one list.
struct Traffic {
    std::int64_t events = 0;
    Pages pages;
    bool operator==(const Traffic&) const = default;
};
struct TrafficPair {
    Traffic recorded, predicted;
};

class Checks {
public:
    void matched(Check check) { ++of(check).matched; }
    void explained(Check check) { ++of(check).explained; }
    void unchecked(Check check, Unchecked reason) {
        ++of(check).unchecked[static_cast<std::size_t>(reason)];
    }
    void mismatched(Difference difference);
    /// The line at hand, where a difference may come out that began before.
    void reaches(std::int64_t line) { reached_ = line; }
    /// Between these lines events were lost: what came out wrong there counts as unchecked.
    void doubt(std::int64_t from, std::int64_t to);
    /// Adds what another replay of the same recording has found.
    void add(const Checks& others);

    [[nodiscard]] const Tally& tally(Check check) const {
        return tallies_[static_cast<std::size_t>(check)];
    }
    [[nodiscard]] std::int64_t checked() const;
    [[nodiscard]] std::int64_t mismatched() const;
    /// In the order in which they were found; the first ones.
    [[nodiscard]] std::span<const Difference> differences() const;

private:
    Tally& of(Check check) { return tallies_[static_cast<std::size_t>(check)]; }

    std::array<Tally, all_checks.size()> tallies_{};
    std::vector<Difference> differences_;
    struct Wrong {
        std::int64_t found;  ///< at which line
        Check check;
    };
    std::vector<Wrong> wrong_;  ///< more of them than differences are kept
    std::int64_t reached_ = 0;
};

}  // namespace pcpsim
