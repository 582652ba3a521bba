#include "analysis/replay/checks.hpp"

namespace pcpsim {

std::string to_string(Check check) {
    constexpr std::array names{"page_identity", "refill_size", "spill_size", "bulk_order",
                               "pcp_count"};
    return names[static_cast<std::size_t>(check)];
}

std::string to_string(Unchecked reason) {
    constexpr std::array<const char*, unchecked_reasons> names{
        "before_first_emptied", "count_not_recorded", "state_not_recorded",
        "move_not_recorded",    "after_a_mismatch",   "after_lost_events"};
    return names[static_cast<std::size_t>(reason)];
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
