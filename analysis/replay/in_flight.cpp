#include "analysis/replay/in_flight.hpp"

#include <algorithm>

namespace pcpsim {
namespace {

using namespace trace;

std::optional<Pfn> page_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> std::optional<Pfn> {
            if constexpr (requires { e.page; })
                return e.page;
            else
                return std::nullopt;
        },
        event);
}

/// Every CPU has an idle thread 0.
bool is_same_thread(const Actor& one, const Actor& other) {
    return one.pid == other.pid && one.context == other.context &&
           (one.pid != 0 || one.cpu == other.cpu);
}

}  // namespace

std::optional<Mention> next_mention(Window& window, std::int64_t from, Pfn page) {
    for (std::int64_t at = from; window.sees(at); ++at) {
        const Record& record = window.at(at);
        if (page_of(record.event) == page)
            return Mention{std::holds_alternative<PageAlloc>(record.event), at, record.actor};
    }
    return std::nullopt;
}

std::optional<std::int64_t> previous_of(const Window& window, std::int64_t position,
                                        const Actor& actor) {
    for (std::int64_t at = position - 1; at >= window.oldest(); --at)
        if (window.at(at).actor == actor) return at;
    return std::nullopt;
}

std::optional<std::int64_t> next_of(Window& window, std::int64_t position, const Actor& actor) {
    for (std::int64_t at = std::max(position + 1, window.oldest()); window.sees(at); ++at)
        if (window.at(at).actor == actor) return at;
    return std::nullopt;
}

std::optional<std::int64_t> previous_of_thread(const Window& window, std::int64_t position,
                                               const Actor& actor) {
    for (std::int64_t at = position - 1; at >= window.oldest(); --at)
        if (is_same_thread(window.at(at).actor, actor)) return at;
    return std::nullopt;
}

std::optional<std::int64_t> next_of_thread(Window& window, std::int64_t position,
                                           const Actor& actor) {
    for (std::int64_t at = std::max(position + 1, window.oldest()); window.sees(at); ++at)
        if (is_same_thread(window.at(at).actor, actor)) return at;
    return std::nullopt;
}

void InFlight::add(Pfn page, Cause cause) {
    if (pages_.size() == most) pages_.erase(pages_.begin());
    pages_.push_back(Page{page, cause});
}

std::optional<InFlight::Cause> InFlight::land(Pfn page) {
    const auto found = std::ranges::find(pages_, page, &Page::page);
    if (found == pages_.end()) return std::nullopt;
    const Cause cause = found->cause;
    pages_.erase(found);
    return cause;
}

}  // namespace pcpsim
