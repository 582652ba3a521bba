#include "analysis/replay/checks.hpp"

#include <algorithm>

namespace pcpsim {

std::string to_string(Check check) {
    constexpr std::array<const char*, all_checks.size()> names{
        "page_identity", "refill_size",     "spill_size",       "bulk_order",   "pcp_count",
        "drain_calls",   "drain_visits",    "drain_work_items", "drain_slices", "percpu_placement",
        "chunk_events",  "populate_ranges", "percpu_kb",        "chunk_state"};
    return names[static_cast<std::size_t>(check)];
}

std::string to_string(Unchecked reason) {
    constexpr std::array<const char*, unchecked_reasons> names{
        "before_first_emptied", "count_not_recorded", "state_not_recorded", "move_not_recorded",
        "list_in_use",          "drain_under_way",    "recording_ends",     "after_a_mismatch",
        "after_lost_events",    "before_start",       "start_not_recorded", "reserved_chunk"};
    return names[static_cast<std::size_t>(reason)];
}

std::string title(Check check) {
    std::string text = to_string(check);
    std::ranges::replace(text, '_', ' ');
    return text;
}

namespace {

constexpr std::size_t most_shown = 10;
constexpr std::size_t most_kept = 1024;
constexpr std::size_t most_known = std::size_t{1} << 16;

}  // namespace

void Checks::mismatched(Difference difference) {
    ++of(difference.check).mismatched;
    difference.found = std::max(difference.line, reached_);
    if (wrong_.size() < most_known) wrong_.push_back({difference.found, difference.check});
    if (differences_.size() < most_kept) differences_.push_back(std::move(difference));
}

void Checks::doubt(std::int64_t from, std::int64_t to) {
    const auto is_between = [&](const auto& wrong) {
        return wrong.found > from && wrong.found < to;
    };
    for (const Wrong& wrong : wrong_) {
        if (!is_between(wrong)) continue;
        --of(wrong.check).mismatched;
        unchecked(wrong.check, Unchecked::after_lost_events);
    }
    std::erase_if(wrong_, is_between);
    std::erase_if(differences_, is_between);
}

std::span<const Difference> Checks::differences() const {
    return std::span{differences_}.first(std::min(differences_.size(), most_shown));
}

void Checks::add(const Checks& others) {
    for (const Check check : all_checks) {
        const Tally& more = others.tally(check);
        Tally& tally = of(check);
        tally.matched += more.matched;
        tally.explained += more.explained;
        tally.mismatched += more.mismatched;
        for (std::size_t i = 0; i < unchecked_reasons; ++i) tally.unchecked[i] += more.unchecked[i];
    }
    wrong_.insert(wrong_.end(), others.wrong_.begin(), others.wrong_.end());
    differences_.insert(differences_.end(), others.differences_.begin(), others.differences_.end());
    std::ranges::stable_sort(differences_, {}, &Difference::line);
    if (differences_.size() > most_kept) differences_.resize(most_kept);
}

std::int64_t Checks::checked() const {
    std::int64_t sum = 0;
    for (const Tally& tally : tallies_) sum += tally.checked();
    return sum;
}

std::int64_t Checks::mismatched() const {
    std::int64_t sum = 0;
    for (const Tally& tally : tallies_) sum += tally.mismatched;
    return sum;
}

}  // namespace pcpsim
