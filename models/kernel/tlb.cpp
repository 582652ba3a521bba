#include "models/kernel/tlb.hpp"

#include "models/kernel/masks.hpp"

namespace pcpsim {

/// What each CPU does. It lives in its caller's frame, which waits for all of them.
class Tlb::Flush final : public CpuFunction {
public:
    Flush(Scheduler& scheduler, Duration cost, const Mm* mm)
        : scheduler_{scheduler}, cost_{cost}, mm_{mm} {}
    Task<> execute(Context& self) override {
        const CpuId cpu = self.processor().id();
        if (self.level() > Level::task) scheduler_.blame(cpu, InterruptionCause::tlb_flush);
        co_await self.run(cost_);
        if (mm_ != nullptr && mm_->cpus.contains(cpu) && !scheduler_.runs(cpu, *mm_))
            scheduler_.leave_mm(cpu);
    }

private:
    Scheduler& scheduler_;
    Duration cost_;
    const Mm* mm_;  ///< null: the kernel's addresses
};

Duration Tlb::cost_of(Pages pages) const {
    if (pages > machine_.kernel.tlb_flush_ceiling) return machine_.costs.tlb_flush;
    return machine_.costs.tlb_flush_page * pages.count();
}

Task<> Tlb::flush_kernel(Context& self) {
    Flush everything{scheduler_, machine_.costs.tlb_flush, nullptr};
    if (machine_.tlb_flush == TlbFlush::broadcast) co_return co_await everything.execute(self);
    co_await ipis_.on_each_cpu_mask(self, machine_.topology.online(), everything);
}

Task<> Tlb::flush(Context& self, Mm& mm, Pages pages, PageTables tables) {
    Flush flush{scheduler_, cost_of(pages), &mm};
    const Pinned pinned{self};
    co_await flush.execute(self);
    if (machine_.tlb_flush == TlbFlush::broadcast) co_return;
    CpuSet cpus = mm.cpus;
    for (const CpuId cpu : mm.cpus)
        if (tables == PageTables::kept && !scheduler_.runs(cpu, mm)) cpus.erase(cpu);
    co_await ipis_.call_function_many(self, cpus, flush);
}

}  // namespace pcpsim
