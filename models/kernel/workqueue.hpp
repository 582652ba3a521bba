#pragma once
// A per-CPU workqueue with workers of its own, as mm_percpu_wq: work runs on the CPU it was queued
// on, in that CPU's kworker, when the scheduler lets it. Kernel: queue_work_on(), flush_work(),
// process_one_work(), kernel/workqueue.c, 4.11 to 5.19.
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "models/kernel/scheduler.hpp"
#include "sim/completion.hpp"
#include "sim/doorbell.hpp"
#include "sim/task.hpp"

namespace pcpsim {

/// A work_struct. It may be queued again once it has been executed.
class Work {
public:
    virtual ~Work() = default;
    /// Runs in the kworker `self`.
    virtual Task<> execute(Context& self) = 0;

private:
    friend class Workqueue;
    std::optional<Completion> done_{std::in_place, "a work item", 0};  ///< since last queued
};

class Workqueue {
public:
    Workqueue(const Machine& machine, Scheduler& scheduler, std::string name);
    ~Workqueue();

    /// The caller pays for queueing and for waking the kworker; work in the queue is not queued
    /// twice.
    Task<> queue_on(Context& self, CpuId cpu, Work& work);
    /// queue_work(): on the caller's CPU, unless that is isolated or NOHZ_FULL; then on the others
    /// in turn (wq_select_unbound_cpu()).
    Task<> queue(Context& self, Work& work);
    /// Sleeps until the work has been executed.
    static Completion::Wait flush(Context& self, Work& work) { return work.done_->wait(self); }
    [[nodiscard]] std::uint64_t executed(CpuId cpu) const;

private:
    struct Worker;
    Worker& worker(CpuId cpu);
    Task<> kworker(Context& self, Worker& worker);

    const Machine& machine_;
    Scheduler& scheduler_;
    std::string name_;
    std::vector<std::unique_ptr<Worker>> workers_;
    CpuId last_in_turn_;
};

}  // namespace pcpsim
