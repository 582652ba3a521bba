#include "models/kernel/workqueue.hpp"

#include <algorithm>
#include <utility>

namespace pcpsim {

struct Workqueue::Worker {
    Doorbell bell{"work"};
    std::deque<Work*> queue;
    Context* thread = nullptr;
    std::uint64_t executed = 0;
};

Workqueue::Workqueue(const Machine& machine, Scheduler& scheduler, std::string name)
    : machine_{machine},
      scheduler_{scheduler},
      name_{std::move(name)},
      workers_(scheduler.cpus()) {}

Workqueue::~Workqueue() = default;

std::uint64_t Workqueue::executed(CpuId cpu) const {
    const auto& worker = workers_[cpu.index()];
    return worker ? worker->executed : 0;
}

/// Its kworker is created with the first work; starting it costs what waking it would.
Workqueue::Worker& Workqueue::worker(CpuId cpu) {
    auto& worker = workers_[cpu.index()];
    if (worker) return *worker;
    worker = std::make_unique<Worker>();
    const std::string thread_name = "kworker/" + std::to_string(cpu.number()) + ":" + name_;
    Thread& thread = scheduler_.create(thread_name, cpu, Context::Role::daemon);
    thread.bound = cpu;
    thread.displaces = InterruptionCause::work_item;
    worker->thread = &thread;
    thread.start(kworker(thread, *worker));
    return *worker;
}

Task<> Workqueue::queue_on(Context& self, CpuId cpu, Work& work) {
    if (std::exchange(work.is_pending_, true)) {
        co_await self.run(machine_.costs.atomic);
        co_return;
    }
    work.last_ ^= 1;
    Completion& done = work.done_[work.last_].emplace("a work item");
    co_await self.run(machine_.costs.queue_work);
    Worker& target = work.executed_by_ != nullptr ? *work.executed_by_ : worker(cpu);
    done.set_finisher(*target.thread);
    target.queue.push_back(&work);
    target.bell.ring();
}

Task<> Workqueue::queue(Context& self, Work& work) {
    const CpuSet housekeeping = machine_.housekeeping();
    CpuId cpu = self.processor().id();
    if (!work.is_pending() && !housekeeping.contains(cpu)) {
        const auto next = std::find_if(housekeeping.begin(), housekeeping.end(),
                                       [&](CpuId other) { return other > last_in_turn_; });
        cpu = next != housekeeping.end() ? *next : housekeeping.first();
        last_in_turn_ = cpu;
    }
    return queue_on(self, cpu, work);
}

Completion::Wait Workqueue::flush(Context& self, Work& work) {
    return work.done_[work.last_]->wait(self);
}

Task<> Workqueue::kworker(Context& self, Worker& worker) {
    for (;;) {
        while (worker.queue.empty()) co_await worker.bell.wait(self);
        Work& work = *worker.queue.front();
        worker.queue.pop_front();
        Completion& done = *work.done_[work.last_];
        co_await self.run(machine_.costs.work_item);
        work.is_pending_ = false;
        work.executed_by_ = &worker;
        co_await work.execute(self);
        work.executed_by_ = nullptr;
        ++worker.executed;
        done.complete();
    }
}

}  // namespace pcpsim
