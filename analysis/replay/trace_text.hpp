#pragma once
// One line of ftrace text, as /sys/kernel/tracing/trace, `trace-cmd report` and `perf script` write
// it:
//
//   init-1      [001] d..2.  17.310054: mm_page_free: page=00000000d0e1 pfn=0x2e8e order=0
//   init-1      [001]  17.310054: mm_page_free:         page=0xffffea00000ba380 pfn=11918 order=0
//   init     1 [001]  17.310054: kmem:mm_page_free: page=0xffffea00000ba380 pfn=0x2e8e order=0
#include <string_view>

#include "analysis/replay/recent_texts.hpp"
#include "analysis/replay/trace_fields.hpp"
#include "models/trace/events.hpp"

namespace pcpsim {

/// Where the kernel keeps its page structs, for probes that say `page=` and no `pfn=`.
struct PageStructs {
    std::uint64_t base = 0xffff'ea00'0000'0000;  ///< x86-64 without randomisation
    bool operator==(const PageStructs&) const = default;
};

enum class LineKind {
    event,    ///< the record is filled in, but for its line number
    other,    ///< an event that no reader here needs
    comment,  ///< a header or an empty line
    broken    ///< anything else
};

/// What was read of a line, for those who want to know more than the kind.
struct LineRead {
    LineKind kind = LineKind::broken;
    std::string_view name;  ///< of the event, without its group
};

/// Reads line after line. Most of them begin with the same text as one of the last lines, for they
/// tell of the same thread on the same CPU in the same second; and of the same event.
class LineReader {
public:
    /// The line has no line break; a carriage return at its end is ignored.
    LineRead read(std::string_view line, const PageStructs& structs, trace::Record& record);

private:
    /// What comes before the fraction of the time.
    struct Start {
        trace::Actor actor = {};
        Time seconds = {};
    };
    /// What comes between the time and the fields: the colon is the last of it.
    struct Name {
        std::size_t begin = 0, end = 0;
        FieldsReader reader = nullptr;
    };
    const char* known_start(std::string_view line, trace::Record& record);
    const char* new_start(std::string_view line, trace::Record& record, LineRead& read);
    const char* find_time(std::string_view line, trace::Record& record);
    const Name* known_name(const char* at, const char* end);
    const Name* new_name(const char* at, const char* end);

    RecentTexts<Start> starts_{};
    RecentTexts<Name> names_{};
};

}  // namespace pcpsim
