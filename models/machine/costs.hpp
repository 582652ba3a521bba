#pragma once
// What the operations of the modelled kernel cost on one machine. The values come from the machine
// file, each with its source; nothing here has a default.
#include <cstdint>
#include <string>

#include "sim/units.hpp"

namespace pcpsim {

/// How a number came to be known.
enum class Evidence {
    measured,   ///< read off a measurement of this machine
    specified,  ///< from a data sheet, a standard or the kernel's source
    fitted,     ///< chosen so that the model meets a measurement
    assumed,    ///< nobody measured it here; a plausible value
};

struct Provenance {
    Evidence kind = Evidence::assumed;
    std::string source;
};

/// Costs that end in _permille or _ppm are thousandths or millionths of something; the others are
/// time on the CPU that does the work. A cost is added by a member here, its field in costs.cpp and
/// its value in the machine files.
struct CostTable {
    // A page fault.
    Duration page_fault;
    Duration user_per_page;
    Duration page_zero;
    Duration memory_service_per_page;
    std::int64_t memory_service_per_waiter_ppm = 0;
    std::int64_t fault_shared_lines_permille = 0;
    std::int64_t smt_slowdown_permille = 1000;

    // The page allocator.
    Duration list_pop;
    Duration list_push;
    Duration buddy_single;
    Duration zone_lock_hold_base;
    Duration zone_lock_hold_per_page;

    // Primitive operations, uncontended and in the own cache.
    Duration atomic;
    Duration unlock_store;
    Duration dependent_load;
    Duration irq_save_restore;
    Duration preempt_toggle;

    // Interrupts, scheduling, work items.
    Duration interrupt;
    Duration tick;
    Duration ipi_send;
    Duration ipi_deliver;
    Duration context_switch;
    Duration idle_exit;
    Duration queue_work;
    Duration work_item;
    Duration mutex_slowpath;

    // RCU.
    Duration rcu_gp_init;
    Duration rcu_gp_init_per_node;
    Duration rcu_fqs_scan_per_cpu;
};

}  // namespace pcpsim
