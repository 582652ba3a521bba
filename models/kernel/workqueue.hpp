#pragma once
// A per-CPU workqueue with workers of its own, as mm_percpu_wq: work runs on the CPU it was queued
// on, in that CPU's kworker, when the scheduler lets it. Kernel: queue_work_on(), flush_work(),
// process_one_work(), kernel/workqueue.c, 4.11 to 5.19.
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "models/kernel/scheduler.hpp"
#include "sim/completion.hpp"
#include "sim/doorbell.hpp"
#include "sim/task.hpp"

namespace pcpsim {

class Work;

class Workqueue {
public:
    Workqueue(const Machine& machine, Scheduler& scheduler, std::string name);
    ~Workqueue();

    /// The caller pays for queueing and for waking the kworker. Work that is pending is not queued
    /// twice; work that is being executed is executed once more, where it is now, and after that.
    Task<> queue_on(Context& self, CpuId cpu, Work& work);
    /// queue_work(): on the caller's CPU, unless that is isolated or NOHZ_FULL; then on the others
    /// in turn (wq_select_unbound_cpu()).
    Task<> queue(Context& self, Work& work);
    /// Sleeps until the work has been executed, as often as it was queued before.
    static Completion::Wait flush(Context& self, Work& work);
    [[nodiscard]] std::uint64_t executed(CpuId cpu) const;

private:
    friend class Work;
    struct Worker;
    Worker& worker(CpuId cpu);
    Task<> kworker(Context& self, Worker& worker);

    const Machine& machine_;
    Scheduler& scheduler_;
    std::string name_;
    std::vector<std::unique_ptr<Worker>> workers_;
    CpuId last_in_turn_;
};

/// A work_struct.
class Work {
public:
    Work() { done_[last_].emplace("a work item", 0); }
    virtual ~Work() = default;
    /// Runs in the kworker `self`.
    virtual Task<> execute(Context& self) = 0;
    /// WORK_STRUCT_PENDING: from being queued until it begins to be executed.
    [[nodiscard]] bool is_pending() const { return is_pending_; }

private:
    friend class Workqueue;
    /// Of the last time it was queued and of the time before, which may still be executed.
    std::array<std::optional<Completion>, 2> done_;
    std::size_t last_ = 0;
    bool is_pending_ = false;
    Workqueue::Worker* executed_by_ = nullptr;
};

}  // namespace pcpsim
