#pragma once
// Why a thread that could run did not: what Interruptions count in the modelled kernel.
#include <array>
#include <cstddef>
#include <cstdint>

namespace pcpsim {

/// What takes the CPU, and what for: an interruption has one or more of each kind. One of which
/// nothing else is known was a reschedule interrupt that brought nobody.
enum class InterruptionCause : std::uint8_t {
    reschedule,
    thread,         ///< another one was switched in
    work_item,      ///< a kworker of this CPU was
    call_function,  ///< an interrupt that makes the CPU call a function
    tick,
    drain,         ///< of this CPU's pcplists
    grace_period,  ///< an expedited one, or one that has lasted for too long
    vmstat,
    tlb_flush  ///< of addresses of the process, or of those of the kernel
};
inline constexpr std::size_t interruption_causes = 9;
constexpr auto enum_names(InterruptionCause) {
    return std::array{"reschedule", "thread",       "work-item", "call-function", "tick",
                      "drain",      "grace-period", "vmstat",    "tlb-flush"};
}

}  // namespace pcpsim
