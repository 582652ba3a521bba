#include "models/kernel/ipi.hpp"

#include <utility>

#include "models/kernel/masks.hpp"
#include "sim/engine.hpp"

namespace pcpsim {

/// Lives in its caller's frame until the last CPU has acknowledged it.
class Ipis::Call final : public Waitable {
public:
    Call(Context& caller, std::size_t cpus) : caller_{caller}, unacknowledged_{cpus} {}

    [[nodiscard]] CpuId caller() const { return caller_.cpu(); }
    /// csd_unlock(): the caller goes on once it has fetched the last CPU's line; those of the
    /// others have come while it waited.
    void acknowledge(Duration last_line) {
        if (--unacknowledged_ == 0 && waiting_) caller_.granted(last_line);
    }

    struct Wait {
        Call& call;
        bool await_ready() const { return call.unacknowledged_ == 0; }
        void await_suspend(std::coroutine_handle<> leaf) const {
            call.waiting_ = true;
            call.caller_.spin(leaf, call);
        }
        void await_resume() const {}
    };
    Wait acknowledged() { return Wait{*this}; }

    [[nodiscard]] std::string name() const override {
        return std::to_string(unacknowledged_) + " call-function interrupts";
    }
    [[nodiscard]] const Process* holder() const override { return nullptr; }

private:
    Context& caller_;
    std::size_t unacknowledged_;
    bool waiting_ = false;
};

/// A CPU that can be interrupted, with the calls it is to make.
class Ipis::Target final : public Interrupt {
public:
    Target(const Machine& machine, Scheduler& scheduler, CpuId cpu, const CpuSet& cluster)
        : Interrupt{Level::hardirq},
          machine_{machine},
          scheduler_{scheduler},
          processor_{scheduler.processor(cpu)},
          cluster_{cluster} {}

    /// Returns whether an interrupt is to be sent: nobody else has done so. `waiting` may be null.
    Task<bool> enqueue(Context& self, CpuFunction& function, Call* waiting) {
        co_await self.run(fetch_queue(self.cpu()) + machine_.costs.atomic);
        calls_.push_back({function, waiting});
        co_return calls_.size() == 1;
    }

    void interrupt(Engine& engine) {
        ++sent_;
        engine.schedule(engine.now() + machine_.costs.ipi_deliver, arrive, this);
    }
    /// Those that the same write may interrupt, this CPU included.
    [[nodiscard]] const CpuSet& cluster() const { return cluster_; }

    /// flush_smp_call_function_queue()
    Task<> handle(Context& self) override {
        scheduler_.blame(processor_.id(), InterruptionCause::call_function);
        if (processor_.thread() == nullptr) co_await self.run(machine_.costs.idle_exit);
        co_await self.run(machine_.costs.interrupt + fetch_queue(processor_.id()));
        const std::vector<Entry> calls = std::exchange(calls_, {});
        for (const Entry& call : calls) {
            co_await call.function.execute(self);
            if (call.waiting == nullptr) continue;
            const CpuId caller = call.waiting->caller();
            call.waiting->acknowledge(machine_.interconnect.transfer(processor_.id(), caller));
        }
    }

    [[nodiscard]] std::uint64_t sent() const { return sent_; }

private:
    struct Entry {
        CpuFunction& function;
        Call* waiting;
    };
    static void arrive(void* object, std::uint64_t) {
        Target& target = *static_cast<Target*>(object);
        target.processor_.raise(target);
    }
    Duration fetch_queue(CpuId cpu) {
        return machine_.interconnect.transfer(std::exchange(queue_at_, cpu), cpu);
    }

    const Machine& machine_;
    Scheduler& scheduler_;
    Processor& processor_;
    CpuSet cluster_;
    std::vector<Entry> calls_;
    CpuId queue_at_ = processor_.id();  ///< in whose cache the queue's line is
    std::uint64_t sent_ = 0;
};

Ipis::Ipis(Engine& engine, const Machine& machine, Scheduler& scheduler)
    : engine_{engine}, machine_{machine}, targets_(scheduler.cpus()) {
    for (const CpuSet& cluster : machine.ipi_clusters())
        for (const CpuId cpu : cluster)
            targets_[cpu.index()] = std::make_unique<Target>(machine, scheduler, cpu, cluster);
}

Ipis::~Ipis() = default;

std::uint64_t Ipis::sent_to(CpuId cpu) const { return targets_[cpu.index()]->sent(); }

Task<std::uint64_t> Ipis::call_function_many(Context& self, CpuSet cpus, CpuFunction& function) {
    cpus.erase(self.cpu());
    Call call{self, cpus.size()};
    CpuSet to_interrupt;
    for (const CpuId cpu : cpus)
        if (co_await targets_[cpu.index()]->enqueue(self, function, &call))
            to_interrupt.insert(cpu);
    const std::uint64_t sent = to_interrupt.size();
    co_await send(self, std::move(to_interrupt));
    co_await call.acknowledged();
    co_return sent;
}

/// One write for all others, or one for each cluster.
Task<> Ipis::send(Context& self, CpuSet cpus) {
    const bool all =
        machine_.ipi_reach.broadcast && cpus.size() + 1 == machine_.topology.online().size();
    while (!cpus.empty()) {
        const CpuSet reached = all ? cpus : cpus & targets_[cpus.first().index()]->cluster();
        for (const CpuId cpu : reached) targets_[cpu.index()]->interrupt(engine_);
        cpus -= reached;
        co_await self.run(machine_.costs.ipi_send);
    }
}

Task<> Ipis::call_function_single(Context& self, CpuId cpu, CpuFunction& function) {
    Target& target = *targets_[cpu.index()];
    const bool is_first = co_await target.enqueue(self, function, nullptr);
    if (!is_first) co_return;
    target.interrupt(engine_);
    co_await self.run(machine_.costs.ipi_send);
}

Task<std::uint64_t> Ipis::on_each_cpu_mask(Context& self, CpuSet cpus, CpuFunction& function) {
    const Pinned pinned{self};
    const std::uint64_t sent = co_await call_function_many(self, cpus, function);
    if (cpus.contains(self.cpu())) {
        const InterruptsOff irqs{self};
        co_await function.execute(self);
    }
    co_return sent;
}

}  // namespace pcpsim
