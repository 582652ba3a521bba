#include "models/kernel/ticks.hpp"

#include "sim/engine.hpp"
#include "sim/task.hpp"

namespace pcpsim {

class Ticks::TickInterrupt final : public Interrupt {
public:
    TickInterrupt(Ticks& ticks, CpuId cpu) : Interrupt{Level::hardirq}, ticks_{ticks}, cpu_{cpu} {}
    Task<> handle(Context& self) override {
        ticks_.scheduler_.blame(cpu_, InterruptionCause::tick);
        co_await self.run(ticks_.machine_.costs.tick);
        ticks_.scheduler_.tick(cpu_);
        const Context* const interrupted = self.processor().thread();
        ticks_.rcu_.tick(cpu_, interrupted != nullptr && interrupted->pinned());
        if (interrupted == nullptr) co_return;
        if (!ticks_.can_stop(cpu_)) {
            ticks_.arm(cpu_);
            co_return;
        }
        ticks_.stopped_.insert(cpu_);
        co_await self.run(ticks_.machine_.costs.tick_toggle);
    }
    static void expire(void* object, std::uint64_t) {
        TickInterrupt& tick = *static_cast<TickInterrupt*>(object);
        tick.ticks_.armed_[tick.cpu_.index()] = EventHandle{};
        tick.ticks_.scheduler_.processor(tick.cpu_).raise(tick);
    }

private:
    Ticks& ticks_;
    CpuId cpu_;
};

Ticks::Ticks(Engine& engine, const Machine& machine, Scheduler& scheduler, Rcu& rcu)
    : engine_{engine},
      machine_{machine},
      scheduler_{scheduler},
      rcu_{rcu},
      jiffy_{machine.jiffy()} {
    for (std::size_t i = 0; i < scheduler.cpus(); ++i)
        interrupts_.push_back(std::make_unique<TickInterrupt>(*this, CpuId{i}));
    armed_.resize(scheduler.cpus());
    scheduler.observe(*this);
}

Ticks::~Ticks() = default;

void Ticks::arm(CpuId cpu) {
    EventHandle& armed = armed_[cpu.index()];
    if (armed) return;
    armed = engine_.schedule(next_tick(), TickInterrupt::expire, interrupts_[cpu.index()].get());
}

Time Ticks::next_tick() {
    const Time now = engine_.now();
    if (next_ <= now) next_ = Time{jiffy_ * (now.since_start() / jiffy_ + 1)};
    return next_;
}

/// sched_can_stop_tick()
bool Ticks::can_stop(CpuId cpu) const {
    return machine_.kernel.nohz_full.contains(cpu) && scheduler_.running(cpu) == 1;
}

void Ticks::busy_changed(CpuId cpu, bool busy) {
    stopped_.erase(cpu);
    if (!busy)
        engine_.cancel(armed_[cpu.index()]);
    else if (can_stop(cpu))
        stopped_.insert(cpu);
    else
        arm(cpu);
}

/// The CPU restarts its tick before it runs the newcomer.
void Ticks::contended(CpuId cpu, Thread& newcomer) {
    if (!stopped_.contains(cpu)) return;
    stopped_.erase(cpu);
    newcomer.charge_before_running(machine_.costs.tick_toggle);
    arm(cpu);
}

}  // namespace pcpsim
