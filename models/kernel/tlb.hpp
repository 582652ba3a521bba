#pragma once
// Flushes of TLBs, this CPU's and those of others.
//
//   interrupts  caller   |- own -|- send -|..... spins .....|- go on -|
//               CPU A                 |- interrupt: flush -|
//   broadcast   caller   |- one instruction for all CPUs -|- go on -|
//
// The misses that follow are not modelled.
// Kernel: flush_tlb_mm_range(), flush_tlb_func() and flush_tlb_all() of arch/x86/mm/tlb.c, 4.20 to
// 6.12; where the hardware broadcasts, arch/arm64/include/asm/tlbflush.h and
// arch/powerpc/mm/book3s64/radix_tlb.c.
#include "models/kernel/ipi.hpp"

namespace pcpsim {

class Tlb {
public:
    Tlb(const Machine& machine, Scheduler& scheduler, Ipis& ipis)
        : machine_{machine}, scheduler_{scheduler}, ipis_{ipis} {}

    /// flush_tlb_all(): of the kernel's addresses, on every online CPU. Interrupts are on.
    Task<> flush_kernel(Context& self);

    /// Whether page tables go with the pages: then a lazy CPU is interrupted, too, lest it walk
    /// them; otherwise it flushes when it next runs the process.
    enum class PageTables : std::uint8_t { kept, freed };
    /// Of so many pages of the caller's process, whose other threads may run elsewhere. Interrupts
    /// are on.
    Task<> flush(Context& self, Mm& mm, Pages pages, PageTables tables);

private:
    class Flush;

    [[nodiscard]] Duration cost_of(Pages pages) const;

    const Machine& machine_;
    Scheduler& scheduler_;
    Ipis& ipis_;
};

}  // namespace pcpsim
