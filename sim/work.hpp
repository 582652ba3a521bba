#pragma once
// What a context does with a CPU: phases make an operation, operations of one kind a burst.
#include <array>
#include <cstdint>
#include <span>

#include "sim/units.hpp"

namespace pcpsim {

class SpinLock;

/// What a processor's time goes to. A processor's ledger over all of them adds up to the clock.
/// spin waits for a lock, stall for a booked service such as memory; both keep the CPU busy.
enum class Activity : std::uint8_t { idle, user, kernel, spin, stall, softirq, hardirq, nmi };
inline constexpr std::size_t activities = 8;
using Ledger = std::array<Duration, activities>;

/// Execution levels of a processor; a higher one preempts a lower one.
enum class Level : std::uint8_t { task, softirq, hardirq, nmi };
inline constexpr std::size_t levels = 4;

/// A piece of work within an operation. Hot paths are tables of phases.
struct Phase {
    Duration work;                         ///< CPU time at full rate; at least 1 ps
    Activity activity = Activity::kernel;  ///< which account it is charged to
    bool interrupts_off = false;  ///< hard and soft interrupts wait for the end of the phase
    bool preemptible = false;     ///< a reschedule may take the CPU within the phase
    SpinLock* held = nullptr;     ///< released at the end of the phase; taken before by try_hold()
};
/// The phases of one operation, executed with a single engine event unless something interferes.
using Operation = std::span<const Phase>;

/// Operations of one kind, each begun when the one before ends, executed with a single engine
/// event. Whatever interferes ends the burst with the operation in hand; its owner then plans anew.
/// So a burst does what its operations would have done one by one.
class Burst {
public:
    /// Makes the state changes with which the next `operations` operations begin, the first one
    /// included. They belong to instants that have passed, and nobody has looked since.
    virtual void begin(std::uint32_t operations) = 0;

protected:
    Burst() = default;
    Burst(const Burst&) = default;
    Burst& operator=(const Burst&) = default;
    ~Burst() = default;
};

/// A table of phases, gone through once and then again from `again` on.
struct BurstPlan {
    Operation phases;
    std::uint32_t first = 0;  ///< the phase that the first operation begins with
    std::uint32_t again = 0;  ///< the one that all others begin with
    std::uint32_t times = 1;  ///< operations in all
    Burst& burst;
    bool entered = false;  ///< the first phase goes on with interrupts off, as they are now
};

}  // namespace pcpsim
