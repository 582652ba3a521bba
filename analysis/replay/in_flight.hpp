#pragma once
// Pages that have left their list before the recording says so.
//
// mm_page_alloc is printed once a page is prepared. Between that and the moment when the page was
// taken off its list, a remote drain, an interrupt or (with PREEMPT_RT) another thread may use the
// same pcplist. What such a page did is provable: the recording names it as allocated later, and
// nothing else of it in between.
#include <optional>
#include <vector>

#include "analysis/replay/window.hpp"

namespace pcpsim {

/// What the recording says of a page next.
struct Mention {
    bool allocated = false;     ///< by mm_page_alloc; otherwise something else
    std::int64_t position = 0;  ///< of the record
    trace::Actor actor;
};

/// The next record that names the page, from `from` on; nothing if none is in sight.
std::optional<Mention> next_mention(Window& window, std::int64_t from, Pfn page);

/// The record of the same actor before (behind) a position, if it is in sight.
std::optional<std::int64_t> previous_of(const Window& window, std::int64_t position,
                                        const trace::Actor& actor);
std::optional<std::int64_t> next_of(Window& window, std::int64_t position,
                                    const trace::Actor& actor);

/// The same for a thread that may be moved to another CPU in between.
std::optional<std::int64_t> previous_of_thread(const Window& window, std::int64_t position,
                                               const trace::Actor& actor);
std::optional<std::int64_t> next_of_thread(Window& window, std::int64_t position,
                                           const trace::Actor& actor);

class InFlight {
public:
    enum class Cause : std::uint8_t {
        remote_drain,  ///< seen when another CPU emptied the lists
        other_order,   ///< seen when somebody else used the list
        unrecorded     ///< by a move that no probe has recorded
    };
    struct Page {
        Pfn page;
        Cause cause;
    };

    [[nodiscard]] bool empty() const { return pages_.empty(); }
    [[nodiscard]] std::size_t size() const { return pages_.size(); }
    void add(Pfn page, Cause cause);
    /// The page is named, and no longer in flight.
    std::optional<Cause> land(Pfn page);

private:
    /// A real machine has one at most per thread that runs.
    static constexpr std::size_t most = 4096;

    std::vector<Page> pages_;
};

}  // namespace pcpsim
