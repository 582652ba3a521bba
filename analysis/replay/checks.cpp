#include "analysis/replay/checks.hpp"

#include <algorithm>

namespace pcpsim {

std::string to_string(Check check) {
    constexpr std::array<const char*, all_checks.size()> names{
        "page_identity", "refill_size",  "spill_size",       "bulk_order",  "pcp_count",
        "drain_calls",   "drain_visits", "drain_work_items", "drain_slices"};
    return names[static_cast<std::size_t>(check)];
}

std::string to_string(Unchecked reason) {
    constexpr std::array<const char*, unchecked_reasons> names{
        "before_first_emptied", "count_not_recorded", "state_not_recorded",
        "move_not_recorded",    "list_in_use",        "drain_under_way",
        "recording_ends",       "after_a_mismatch",   "after_lost_events"};
    return names[static_cast<std::size_t>(reason)];
}

std::string title(Check check) {
    std::string text = to_string(check);
    std::ranges::replace(text, '_', ' ');
    return text;
}

void Checks::mismatched(Difference difference) {
    ++of(difference.check).mismatched;
    constexpr std::size_t most_shown = 10;
    if (differences_.size() < most_shown) differences_.push_back(std::move(difference));
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
