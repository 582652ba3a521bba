#pragma once
// A kernel on the tiny machine, and a way to run a coroutine as one of its threads.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/kernel/hot_path.hpp"
#include "models/kernel/kernel.hpp"
#include "sim/task.hpp"
#include "tests/support/tiny_machine.hpp"

namespace pcpsim {

/// One Normal zone per node, and pcplists with a batch of 8 and a high of 32 pages.
inline MemorySpec short_lists() {
    MemorySpec spec;
    spec.zones = ZoneRule::single;
    spec.pcp_batch = 8_pages;
    spec.pcp_high = 32_pages;
    return spec;
}

/// Lists are protected by local_lock, unless a test sets another hot path.
struct TinyKernel {
    explicit TinyKernel(Machine m = tiny_machine(), const MemorySpec& spec = short_lists(),
                        std::uint64_t seed = 1)
        : machine{std::move(m)}, costs{machine.costs}, kernel{machine, spec, seed} {
        kernel.pages.set_hot_path(local_lock_path(costs));
    }

    /// A thread bound to the CPU that will run `body(self, arguments...)`, from the first instant.
    template <class Body, class... Arguments>
    Thread& thread(int cpu, const std::string& name, Body body, Arguments&&... arguments) {
        Thread& created = create(cpu, name, Context::Role::foreground);
        created.start(body(created, std::forward<Arguments>(arguments)...));
        return created;
    }
    /// The same for a thread that does not keep the run from ending.
    template <class Body, class... Arguments>
    Thread& daemon(int cpu, const std::string& name, Body body, Arguments&&... arguments) {
        Thread& created = create(cpu, name, Context::Role::daemon);
        created.start(body(created, std::forward<Arguments>(arguments)...));
        return created;
    }
    Thread& create(int cpu, const std::string& name, Context::Role role) {
        Thread& created = kernel.scheduler.create(name, CpuId{cpu}, role);
        created.bound = CpuId{cpu};
        return created;
    }
    void run(Time until = Time::max()) { kernel.engine.run(until); }
    [[nodiscard]] Time now() const { return kernel.engine.now(); }
    [[nodiscard]] Processor& cpu(int number) { return kernel.scheduler.processor(CpuId{number}); }
    void say(const std::string& text) { log.push_back(to_string(now()) + " " + text); }
    /// What say() would have written then.
    static std::string said(Duration when, const std::string& text) {
        return to_string(Time{when}) + " " + text;
    }

    Machine machine;
    const CostTable& costs;
    Kernel kernel;
    std::vector<std::string> log;
};

using Log = std::vector<std::string>;

/// What an idle CPU pays before a thread runs on it.
inline Duration start_cost(const CostTable& costs) {
    return costs.idle_exit + costs.context_switch;
}

/// CPU time of a processor or a thread in one activity.
inline Duration spent(const Ledger& ledger, Activity activity) {
    return ledger[static_cast<std::size_t>(activity)];
}

inline Duration total(const Ledger& ledger) {
    Duration sum;
    for (const Duration part : ledger) sum += part;
    return sum;
}

}  // namespace pcpsim
