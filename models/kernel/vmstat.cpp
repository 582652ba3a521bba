#include "models/kernel/vmstat.hpp"

#include <algorithm>

#include "sim/engine.hpp"

namespace pcpsim {

class Vmstat::Delayed final : public Work, public Interrupt {
public:
    using Body = Task<> (Vmstat::*)(Context&);
    Delayed(Vmstat& vmstat, CpuId cpu, Body body)
        : Interrupt{Level::softirq}, vmstat_{vmstat}, cpu_{cpu}, body_{body} {}

    Task<> execute(Context& self) override { return (vmstat_.*body_)(self); }
    /// The timer's softirq.
    Task<> handle(Context& self) override { co_await vmstat_.queue_.queue_on(self, cpu_, *this); }
    /// An interval from now, rounded to a second before or after, less 3 jiffies per CPU so that
    /// they do not all come at a time: round_jiffies_relative().
    void delay() {
        if (is_pending()) return;
        const Machine& machine = vmstat_.machine_;
        const std::int64_t now = vmstat_.engine_.now().since_start() / machine.jiffy();
        const std::int64_t due = now + machine.kernel.stat_interval / machine.jiffy();
        const std::int64_t hz = machine.kernel.hz;
        const std::int64_t skew = std::int64_t{cpu_.number()} * 3;
        const std::int64_t over = (due + skew) % hz;
        const std::int64_t rounded = due - over + (over < hz / 4 ? 0 : hz);
        expire_at(Time{machine.jiffy() * (rounded > now ? rounded : due)});
    }
    /// The CPU is busy again: a timer that has waited for that comes with the next tick.
    void catch_up() {
        if (!overdue_) return;
        const Duration jiffy = vmstat_.machine_.jiffy();
        expire_at(Time{jiffy * (vmstat_.engine_.now().since_start() / jiffy + 1)});
    }
    /// delayed_work_pending()
    [[nodiscard]] bool is_coming() const { return static_cast<bool>(timer_) || is_pending(); }

private:
    void expire_at(Time when) {
        overdue_ = false;
        vmstat_.engine_.cancel(timer_);
        timer_ = vmstat_.engine_.schedule(when, expire, this);
    }
    static void expire(void* object, std::uint64_t) {
        Delayed& self = *static_cast<Delayed*>(object);
        self.timer_ = EventHandle{};
        Processor& processor = self.vmstat_.scheduler_.processor(self.cpu_);
        self.overdue_ = processor.idle() || self.vmstat_.ticks_.stopped().contains(self.cpu_);
        if (!self.overdue_) processor.raise(self);
    }

    Vmstat& vmstat_;
    CpuId cpu_;
    Body body_;
    EventHandle timer_;
    bool overdue_ = false;  ///< it has expired and waits for the CPU to be busy
};

Vmstat::Vmstat(Engine& engine, const Machine& machine, const KernelRules& rules,
               Scheduler& scheduler, const Ticks& ticks, Workqueue& queue, Memory& memory,
               PageAllocator& pages)
    : engine_{engine},
      machine_{machine},
      scheduler_{scheduler},
      ticks_{ticks},
      queue_{queue},
      memory_{memory},
      pages_{pages},
      watched_{rules.vmstat_skips_isolated ? machine.housekeeping() : machine.topology.online()},
      shepherd_cpu_{machine.housekeeping().first()},
      shepherd_{std::make_unique<Delayed>(*this, shepherd_cpu_, &Vmstat::shepherd)} {
    for (std::size_t cpu = 0; cpu < machine.topology.cpus(); ++cpu)
        updates_.emplace_back(*this, CpuId{cpu}, &Vmstat::update);
    scheduler.observe(*this);
}

Vmstat::~Vmstat() = default;

void Vmstat::start() { shepherd_->delay(); }

void Vmstat::busy_changed(CpuId cpu, bool busy) {
    Delayed& update = updates_[cpu.index()];
    if (busy) {
        update.catch_up();
        if (cpu == shepherd_cpu_) shepherd_->catch_up();
    } else {
        for (const Zone& zone : memory_.zones()) pages_.fold_counters(zone, cpu);  // quiet_vmstat()
    }
}

bool Vmstat::is_needed(CpuId cpu) const {
    return std::any_of(memory_.zones().begin(), memory_.zones().end(),
                       [&](const Zone& zone) { return pages_.has_changed_counters(zone, cpu); });
}

Task<> Vmstat::shepherd(Context& self) {
    for (const CpuId cpu : watched_) {
        co_await self.run(machine_.interconnect.transfer(cpu, self.processor().id()));
        Delayed& update = updates_[cpu.index()];
        if (!update.is_coming() && is_needed(cpu)) co_await queue_.queue_on(self, cpu, update);
    }
    shepherd_->delay();
}

Task<> Vmstat::update(Context& self) {
    scheduler_.blame(self.processor().id(), InterruptionCause::vmstat);
    bool changed = false;
    for (Zone& zone : memory_.zones()) {
        const bool zone_changed = co_await refresh(self, zone);
        changed = changed || zone_changed;
    }
    if (changed) updates_[self.processor().id().index()].delay();
}

/// Whether there may be more to do after an interval.
Task<bool> Vmstat::refresh(Context& self, Zone& zone) {
    const CpuId cpu = self.processor().id();  // a kworker stays there
    const bool used = pages_.fold_counters(zone, cpu);
    if (used) co_await self.run(machine_.costs.atomic);
    bool changed = used;
    const Pages batch = zone.pcplist(cpu).tuning().batch;
    for (Pages surplus = zone.decay(cpu); surplus > Pages{}; surplus -= std::min(batch, surplus)) {
        co_await pages_.shrink_pcplist(self, zone, std::min(batch, surplus));
        changed = true;
    }
    if (zone.node() == machine_.topology.node_of(cpu)) co_return changed;
    if (zone.expires(cpu, used)) {
        co_await pages_.shrink_pcplist(self, zone, batch);
        co_return true;
    }
    const Pcplist& list = zone.pcplist(cpu);
    co_return changed || (list.tuning().expire > 0 && list.count() > Pages{});
}

}  // namespace pcpsim
