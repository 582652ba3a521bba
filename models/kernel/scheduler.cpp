#include "models/kernel/scheduler.hpp"

#include <algorithm>

#include "sim/engine.hpp"
#include "sim/interruptions.hpp"
#include "sim/task.hpp"

namespace pcpsim {
namespace {

bool runs_before(const Thread& a, const Thread& b, bool earlier) {
    if (a.policy != b.policy) return a.policy == SchedPolicy::fifo;
    if (a.policy == SchedPolicy::fifo && a.rt_priority != b.rt_priority)
        return a.rt_priority > b.rt_priority;
    return earlier;
}

}  // namespace

/// Makes a CPU look at its queue; sent when another CPU has put something there.
class Scheduler::ReschedIpi final : public Interrupt {
public:
    ReschedIpi(Scheduler& scheduler, CpuId cpu)
        : Interrupt{Level::hardirq}, scheduler_{scheduler}, cpu_{cpu} {}
    Task<> handle(Context& self) override {
        co_await self.run(scheduler_.machine_.costs.interrupt);
        Cpu& cpu = scheduler_.of(cpu_);
        cpu.ipi_pending = false;
        if (cpu.current != nullptr) cpu.processor->reschedule();
    }
    static void arrive(void* object, std::uint64_t) {
        ReschedIpi& ipi = *static_cast<ReschedIpi*>(object);
        ipi.scheduler_.of(ipi.cpu_).processor->raise(ipi);
    }

private:
    Scheduler& scheduler_;
    CpuId cpu_;
};

/// RT throttling of one CPU (sched_rt_runtime_exceeded(), do_sched_rt_period_timer(); each CPU for
/// itself, RT_RUNTIME_SHARE being off since 5.10). Periods begin at whole seconds.
class Scheduler::RtPeriod {
public:
    RtPeriod(Scheduler& scheduler, Cpu& cpu) : scheduler_{scheduler}, cpu_{cpu} {}
    [[nodiscard]] bool throttled() const { return throttled_; }
    /// A thread of fixed priority has run until now.
    void charge(Duration ran) {
        const Time now = scheduler_.engine_.now();
        const std::int64_t period = now.since_start() / tunables_.period;
        used_ -= std::min(used_, tunables_.runtime * (period - std::exchange(period_, period)));
        used_ += ran;
        if (throttled_ || used_ <= tunables_.runtime) return;
        throttled_ = true;
        scheduler_.engine_.schedule(Time{tunables_.period * (period + 1)}, end, this);
    }

private:
    static void end(void* object, std::uint64_t) {
        RtPeriod& self = *static_cast<RtPeriod*>(object);
        self.throttled_ = false;
        self.charge({});
        const bool waits =
            !self.cpu_.queue.empty() && self.cpu_.queue.front()->policy == SchedPolicy::fifo;
        if (self.throttled_ || !waits) return;
        if (self.cpu_.current == nullptr)
            self.cpu_.processor->post();
        else
            self.cpu_.processor->reschedule();
    }

    Scheduler& scheduler_;
    Cpu& cpu_;
    RtTunables tunables_;
    std::int64_t period_ = 0;
    Duration used_;  ///< in this period, and what earlier ones had too much
    bool throttled_ = false;
};

Scheduler::Scheduler(Engine& engine, const Machine& machine)
    : engine_{engine},
      machine_{machine},
      balanced_{machine.balanced()},
      housekeeping_{machine.housekeeping()},
      cpus_(machine.topology.cpus()) {
    for (std::size_t i = 0; i < cpus_.size(); ++i) {
        cpus_[i].processor = std::make_unique<Processor>(engine, CpuId{i}, *this);
        cpus_[i].resched_ipi = std::make_unique<ReschedIpi>(*this, CpuId{i});
        cpus_[i].rt = std::make_unique<RtPeriod>(*this, cpus_[i]);
    }
}

Scheduler::~Scheduler() = default;

Thread& Scheduler::create(std::string name, CpuId cpu, Context::Role role) {
    Thread& thread = engine_.adopt(std::make_unique<Thread>(engine_, std::move(name), role));
    thread.set_processor(processor(cpu));
    thread.vruntime_ = of(cpu).min_vruntime;
    thread.allowed = role == Context::Role::daemon ? housekeeping_ : balanced_;
    if (role == Context::Role::daemon) thread.vruntime_ -= tunables_.latency / 2;
    thread.set_kernel_preemptible(machine_.kernel.preemption == Preemption::full ||
                                  machine_.kernel.preemption == Preemption::rt);
    return thread;
}

std::int64_t Scheduler::running(CpuId cpu) const {
    const Cpu& queue = cpus_[cpu.index()];
    return static_cast<std::int64_t>(queue.queue.size()) + (queue.current != nullptr ? 1 : 0);
}

/// update_curr(): a fair thread pays for its time up to now; min_vruntime follows the fair thread
/// that has had least.
void Scheduler::account(Cpu& cpu) {
    Thread& current = *cpu.current;
    const Duration ran = engine_.now() - current.on_cpu_since_;
    current.on_cpu_since_ = engine_.now();
    if (current.policy == SchedPolicy::fifo) return cpu.rt->charge(ran);
    current.vruntime_ += ran;
    Duration least = current.vruntime_;
    const auto waiting = std::find_if(cpu.queue.begin(), cpu.queue.end(), [](const Thread* thread) {
        return thread->policy == SchedPolicy::normal;
    });
    if (waiting != cpu.queue.end()) least = std::min(least, (*waiting)->vruntime_);
    cpu.min_vruntime = std::max(cpu.min_vruntime, least);
}

/// Who was preempted stays before the threads of its own fixed priority.
void Scheduler::enqueue(Cpu& cpu, Thread& thread, Cause cause) {
    const auto after = [&](const Thread* queued) {
        const bool earlier = thread.policy == SchedPolicy::fifo
                                 ? cause == Cause::preempted
                                 : thread.vruntime_ < queued->vruntime_;
        return runs_before(thread, *queued, earlier);
    };
    cpu.queue.insert(std::find_if(cpu.queue.begin(), cpu.queue.end(), after), &thread);
}

/// A bound thread goes to its CPU; another to its last CPU, or to an idle one that shares its
/// cache.
CpuId Scheduler::select_cpu(const Thread& thread) const {
    if (thread.bound) return *thread.bound;
    const CpuId last = thread.processor().id();
    if (running(last) == 0) return last;
    const Topology& topology = machine_.topology;
    for (const CpuId cpu : topology.cpus_of(topology.thread(last).cache))
        if (running(cpu) == 0 && thread.allowed.contains(cpu)) return cpu;
    return last;
}

bool Scheduler::preempts(const Cpu& cpu, const Thread& woken) const {
    const Thread& current = *cpu.current;
    const Duration ran = engine_.now() - current.on_cpu_since_;
    const Duration lead = current.vruntime_ + ran - woken.vruntime_;
    if (cpu.rt->throttled() && woken.policy == SchedPolicy::fifo) return false;
    if (woken.policy != current.policy || woken.policy == SchedPolicy::fifo)
        return runs_before(woken, current, false);
    return lead > tunables_.wakeup_granularity;
}

void Scheduler::wake(Context& context) {
    Thread& thread = static_cast<Thread&>(context);
    Cpu& cpu = of(select_cpu(thread));
    // Virtual time is counted by each CPU for itself (migrate_task_rq_fair()).
    thread.vruntime_ += cpu.min_vruntime - of(thread).min_vruntime;
    thread.set_processor(*cpu.processor);
    // A sleeper gets up to half a latency of credit (place_entity()), never more than it had.
    thread.vruntime_ = std::max(thread.vruntime_, cpu.min_vruntime - tunables_.latency / 2);
    enqueue(cpu, thread, Cause::woken);
    if (running(cpu.processor->id()) == 2)
        for (SwitchObserver* const observer : observers_)
            observer->contended(cpu.processor->id(), thread);
    if (cpu.current == nullptr || preempts(cpu, thread)) kick(cpu);
}

/// From its own interrupt or thread a CPU looks again by itself; from elsewhere it takes an IPI.
void Scheduler::kick(Cpu& cpu) {
    Context* const waker = engine_.current();
    const bool remote = waker != nullptr && &waker->processor() != cpu.processor.get();
    if (!remote)
        return cpu.current != nullptr ? cpu.processor->reschedule() : cpu.processor->post();
    if (cpu.ipi_pending) return;
    cpu.ipi_pending = true;
    ++cpu.ipis;
    waker->charge_before_running(machine_.costs.ipi_send);
    engine_.schedule(engine_.now() + machine_.costs.ipi_deliver, ReschedIpi::arrive,
                     cpu.resched_ipi.get());
}

/// pick_next_task(): off the queue; null if there is none that may run.
Thread* Scheduler::take_best(Cpu& cpu) {
    const bool throttled = cpu.rt->throttled();
    const auto best = std::find_if(cpu.queue.begin(), cpu.queue.end(), [&](const Thread* thread) {
        return !throttled || thread->policy == SchedPolicy::normal;
    });
    if (best == cpu.queue.end()) return nullptr;
    Thread* const thread = *best;
    cpu.queue.erase(best);
    return thread;
}

void Scheduler::switch_mm(Cpu& cpu, Mm* mm) {
    if (cpu.mm == mm) return;
    const CpuId id = cpu.processor->id();
    if (cpu.mm != nullptr) cpu.mm->cpus.erase(id);
    if (mm != nullptr) mm->cpus.insert(id);
    cpu.mm = mm;
}

Context* Scheduler::pick(Processor& processor) {
    Cpu& cpu = of(processor.id());
    Thread* const best = take_best(cpu);
    if (best == nullptr) {
        cpu.current = nullptr;
        cpu.previous = nullptr;  // the idle thread is a thread too
        set_busy(cpu, false);
        return nullptr;
    }
    Thread& next = *best;
    Duration switching;
    if (!cpu.busy) switching += machine_.costs.idle_exit;
    if (next.mm != nullptr) switch_mm(cpu, next.mm);
    if (cpu.previous != &next) {
        switching += machine_.costs.context_switch;
        for (SwitchObserver* const observer : observers_) observer->switched(processor.id());
    }
    next.charge_before_running(switching);
    if (next.interruptions() != nullptr) {
        next.interruptions()->end(engine_.now() + processor.lasts(switching));
        std::erase(cpu.displaced, &next);
    }
    blame(processor.id(), next.displaces);
    next.on_cpu_since_ = engine_.now();
    cpu.current = &next;
    cpu.previous = &next;
    set_busy(cpu, true);
    return &next;
}

void Scheduler::put_back(Context& context) {
    Cpu& cpu = of(context);
    account(cpu);
    cpu.current = nullptr;
    Thread& thread = static_cast<Thread&>(context);
    if (thread.interruptions() != nullptr) {
        thread.interruptions()->begin(engine_.now());
        cpu.displaced.push_back(&thread);
    }
    enqueue(cpu, thread, Cause::preempted);
    for (SwitchObserver* const observer : observers_) observer->preempted(cpu.processor->id());
}

void Scheduler::blame(CpuId id, InterruptionCause cause) {
    const auto tell = [cause](const Thread* thread) {
        if (thread == nullptr || thread->interruptions() == nullptr) return;
        if (thread->interruptions()->in_progress())
            thread->interruptions()->blame(static_cast<std::size_t>(cause));
    };
    tell(of(id).current);
    for (const Thread* const thread : of(id).displaced) tell(thread);
}

void Scheduler::departed(Context& context) {
    Cpu& cpu = of(context);
    if (cpu.current == &context) {
        account(cpu);
        cpu.current = nullptr;
    } else {
        std::erase(cpu.queue, static_cast<Thread*>(&context));
        std::erase(cpu.displaced, static_cast<Thread*>(&context));
    }
}

void Scheduler::tick(CpuId id) {
    Cpu& cpu = of(id);
    if (cpu.current == nullptr) return;
    if (cpu.current->policy == SchedPolicy::fifo) {
        account(cpu);
        if (cpu.rt->throttled()) cpu.processor->reschedule();
        return;
    }
    if (cpu.queue.empty()) return;
    const auto runnable = static_cast<std::int64_t>(cpu.queue.size()) + 1;
    const Duration slice = std::max(tunables_.latency / runnable, tunables_.min_granularity);
    if (engine_.now() - cpu.current->on_cpu_since_ >= slice) cpu.processor->reschedule();
}

/// Busy siblings take part of the core, so a thread works at a lower rate while there are any.
void Scheduler::set_busy(Cpu& cpu, bool busy) {
    if (cpu.busy == busy) return;
    cpu.busy = busy;
    const CpuId self = cpu.processor->id();
    const CpuSet& core = machine_.topology.siblings(self);
    for (const CpuId sibling : core) {
        if (sibling == self) continue;
        const bool shared = std::any_of(core.begin(), core.end(), [&](CpuId other) {
            return other != sibling && of(other).busy;
        });
        processor(sibling).set_rate(shared ? Ratio{1000, machine_.costs.smt_slowdown_permille}
                                           : Ratio{});
    }
    for (SwitchObserver* const observer : observers_) observer->busy_changed(self, busy);
}

}  // namespace pcpsim
