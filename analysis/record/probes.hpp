#pragma once
// The probes that show what the kernel's tracepoints do not: which list a freed page joins, counts,
// spills and drains.
#include <string>
#include <string_view>
#include <vector>

namespace pcpsim {

/// A probe on the entry of a function of mm/page_alloc.c, or on its return. Its fields are those
/// that `pcpsim replay` reads. $argN is the function's Nth argument, and @N the Nth byte behind the
/// spinlock that struct per_cpu_pages begins with, which PREEMPT_RT makes larger.
struct Probe {
    char kind;  ///< 'p' or 'r', as in kprobe_events
    std::string event;
    /// The first of these that the kernel has: functions are renamed, and some are inlined.
    std::vector<std::string> functions;
    std::string fields;

    bool operator==(const Probe&) const = default;
};

/// Those of an era: "5.10", "5.17", ... Throws std::out_of_range if there is no such era.
std::vector<Probe> probes_of(std::string_view era);

/// Tracepoints as "system/event", of the same eras.
std::vector<std::string> tracepoints_of(std::string_view era);

}  // namespace pcpsim
