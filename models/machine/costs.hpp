#pragma once
// What the operations of the modelled kernel cost on one machine. The values come from the machine
// file, each with its source; nothing here has a default.
#include <cstdint>
#include <tuple>

#include "models/config/field.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// Costs that end in _permille or _ppm are thousandths or millionths of something; the others are
/// time on the CPU that does the work. A cost is added by its member and its field below, and a
/// value in the machine files.
struct CostTable {
    Duration page_fault, user_per_page, page_zero, memory_service_per_page;
    std::int64_t memory_service_per_waiter_ppm = 0;
    std::int64_t fault_shared_lines_permille = 0;
    std::int64_t smt_slowdown_permille = 1000;

    Duration list_pop, list_push, buddy_single;
    Duration zone_lock_hold_base, zone_lock_hold_per_page;

    Duration atomic, unlock_store, dependent_load, irq_save_restore, preempt_toggle;

    Duration interrupt, tick, tick_toggle, ipi_send, ipi_deliver;
    Duration context_switch, idle_exit, queue_work, work_item, mutex_slowpath;

    Duration reclaim_base, reclaim_page, lru_isolate;

    Duration rcu_gp_init, rcu_gp_init_per_node, rcu_fqs_scan_per_cpu;

    Duration percpu_hint, percpu_area, percpu_zero, percpu_map_page, percpu_chunk;

    Duration tlb_flush, tlb_flush_page;

private:
    using Costs = CostTable;

    static constexpr auto time(const char* name, Duration Costs::*member, const char* help) {
        return field(name, member, help).within(1_ps, 100_us).required();
    }
    static constexpr auto share(const char* name, std::int64_t Costs::*member, const char* help) {
        return field(name, member, help).required();
    }

    static constexpr auto page_fields() {
        return std::tuple{
            time("page_fault", &Costs::page_fault,
                 "a page fault but for allocation, zeroing and memory service: entry, page table, "
                 "charge, LRU, return"),
            time("user_per_page", &Costs::user_per_page, "user mode per page touched"),
            time("page_zero", &Costs::page_zero, "clear_page() of a base page"),
            time("memory_service_per_page", &Costs::memory_service_per_page,
                 "the memory domain's service of a new base page, first come first served"),
            share("memory_service_per_waiter_ppm", &Costs::memory_service_per_waiter_ppm,
                  "growth of the memory service per waiting request, in millionths")
                .within(0, 1'000'000),
            share("fault_shared_lines_permille", &Costs::fault_shared_lines_permille,
                  "transfers per fault of lines that all faulting tasks share, in thousandths")
                .within(0, 100'000),
            share("smt_slowdown_permille", &Costs::smt_slowdown_permille,
                  "time of a thread while its core's sibling is busy, in thousandths of the time "
                  "alone")
                .within(1000, 10'000),
            time("list_pop", &Costs::list_pop,
                 "take a page off a pcplist, with the checks of a new page"),
            time("list_push", &Costs::list_push,
                 "put a page on a pcplist, with the checks of a freed page"),
            time("buddy_single", &Costs::buddy_single,
                 "one block in or out under zone->lock, no bulk"),
            time("zone_lock_hold_base", &Costs::zone_lock_hold_base,
                 "fixed part of a bulk's hold of zone->lock"),
            time("zone_lock_hold_per_page", &Costs::zone_lock_hold_per_page,
                 "part of a bulk's hold of zone->lock for each page"),
        };
    }

    static constexpr auto kernel_fields() {
        return std::tuple{
            time("atomic", &Costs::atomic, "atomic read-modify-write of an owned line"),
            time("unlock_store", &Costs::unlock_store, "store that releases a lock"),
            time("dependent_load", &Costs::dependent_load, "load whose address was just loaded"),
            time("irq_save_restore", &Costs::irq_save_restore, "local_irq_save() and restore"),
            time("preempt_toggle", &Costs::preempt_toggle, "preempt_disable() and enable"),
            time("interrupt", &Costs::interrupt,
                 "entry and exit of a hard interrupt, short handler"),
            time("tick", &Costs::tick, "timer interrupt, from entry to exit"),
            time("tick_toggle", &Costs::tick_toggle, "stop or restart the tick of a NOHZ_FULL CPU"),
            time("ipi_send", &Costs::ipi_send,
                 "write to the interrupt controller, which interrupts all CPUs that it reaches"),
            time("ipi_deliver", &Costs::ipi_deliver, "from the send to the handler's entry"),
            time("context_switch", &Costs::context_switch, "switch to another thread"),
            time("idle_exit", &Costs::idle_exit, "leave a shallow idle state"),
            time("queue_work", &Costs::queue_work, "queue_work_on() of one item, with the wakeup"),
            time("work_item", &Costs::work_item, "a kworker's overhead around one item"),
            time("mutex_slowpath", &Costs::mutex_slowpath,
                 "queue and wake a mutex waiter, without the context switches"),
            time("reclaim_base", &Costs::reclaim_base,
                 "one call of direct reclaim or round of kswapd, without its pages"),
            time("reclaim_page", &Costs::reclaim_page,
                 "unmap a clean page and take it out of the page cache"),
            time("lru_isolate", &Costs::lru_isolate, "take a page off an LRU list under lru_lock"),
            time("rcu_gp_init", &Costs::rcu_gp_init, "start a grace period, without the node walk"),
            time("rcu_gp_init_per_node", &Costs::rcu_gp_init_per_node,
                 "start a grace period, for each rcu_node"),
            time("rcu_fqs_scan_per_cpu", &Costs::rcu_fqs_scan_per_cpu,
                 "look at one CPU's state in a force-quiescent-state scan"),
        };
    }

    static constexpr auto percpu_fields() {
        return std::tuple{
            time("percpu_hint", &Costs::percpu_hint, "ask the hints of one percpu chunk for room"),
            time("percpu_area", &Costs::percpu_area,
                 "mark or clear an area in the bitmaps of its percpu chunk, and mend the hints"),
            time("percpu_zero", &Costs::percpu_zero,
                 "zero one CPU's part of a percpu area, without the transfer of its lines"),
            time("percpu_map_page", &Costs::percpu_map_page,
                 "map or unmap one page of one CPU's unit"),
            time("percpu_chunk", &Costs::percpu_chunk,
                 "create or destroy a percpu chunk: its address ranges and its bitmaps"),
            time("tlb_flush", &Costs::tlb_flush,
                 "drop all addresses of the kernel or of a process from a CPU's TLB, or from all "
                 "if one instruction does"),
            time("tlb_flush_page", &Costs::tlb_flush_page, "the same of one page's address"),
        };
    }

public:
    static constexpr auto fields() {
        return std::tuple_cat(page_fields(), kernel_fields(), percpu_fields());
    }
};

}  // namespace pcpsim
