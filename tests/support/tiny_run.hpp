#pragma once
// A kernel on a small machine that drains by one strategy, and threads for it to run.
#include <doctest/doctest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "models/config/json.hpp"
#include "models/drain/strategy.hpp"
#include "models/workload/workload.hpp"
#include "tests/support/tiny_machine.hpp"

namespace pcpsim {

inline doctest::String toString(Duration value) { return to_string(value).c_str(); }
inline doctest::String toString(Time value) { return to_string(value).c_str(); }
inline doctest::String toString(Pages value) { return to_string(value).c_str(); }

/// The model that an entry of a scenario names, such as {"model": "pft", "params": {}}.
template <class Interface>
Choice<Interface> choose(std::string entry) {
    Errors errors;
    const Node node = parse_json(Source{"t.json", std::move(entry)}, errors);
    const std::optional<Choice<Interface>> choice = read_choice<Interface>(node, errors);
    errors.throw_if_any();
    return *choice;
}

/// Lists hold up to 2000 pages and are refilled by 50.
inline MemorySpec tiny_memory() {
    MemorySpec spec;
    spec.zones = ZoneRule::single;
    spec.pcp_batch = 50_pages;
    spec.pcp_high = 2000_pages;
    return spec;
}

struct TinyRun {
    explicit TinyRun(const std::string& strategy_entry, Machine m = tiny_machine(),
                     std::uint64_t seed = 1, const MemorySpec& spec = tiny_memory())
        : machine{std::move(m)},
          kernel{machine, spec, seed},
          strategy{choose<DrainStrategy>(strategy_entry).make(kernel)} {
        kernel.use(*strategy);
    }

    /// A foreground thread on `cpu` that runs `body(self, arguments...)`.
    template <class Body, class... Arguments>
    Thread& thread(CpuId cpu, Body body, Arguments&&... arguments) {
        Thread& created =
            kernel.scheduler.create("test/" + to_string(cpu), cpu, Context::Role::foreground);
        created.bound = cpu;
        created.start(body(created, std::forward<Arguments>(arguments)...));
        return created;
    }

    /// Pages that the CPU has just freed.
    void list(CpuId cpu, ZoneId zone, Pages pages);
    [[nodiscard]] Pages listed(CpuId cpu, ZoneId zone) const {
        return kernel.memory.zone(zone).pcplist(cpu).count();
    }
    /// Fails unless every managed page has exactly one owner.
    void check_every_page(std::initializer_list<const Workload*> workloads = {}) const;

    /// Drains from a thread on CPU 0 and returns what it took the caller.
    Duration drain(std::optional<ZoneId> zone = std::nullopt);
    static Task<> drain_once(Context& self, Kernel& kernel, std::optional<ZoneId> zone);

    /// The CPUs that were interrupted or switched since the start, as text.
    [[nodiscard]] std::string disturbed() const;

    Machine machine;
    Kernel kernel;
    std::unique_ptr<DrainStrategy> strategy;
};

/// A run beside which the test starts one workload.
struct WorkloadRun : TinyRun {
    WorkloadRun(const std::string& name, const std::string& params, const std::string& drain,
                Machine m = tiny_machine(), const MemorySpec& spec = tiny_memory())
        : TinyRun{R"({"model": ")" + drain + R"("})", std::move(m), 1, spec},
          model{name},
          workload{choose<Workload>(R"({"model": ")" + name + R"(", "params": {)" + params + "}}")
                       .make(kernel)} {}
    [[nodiscard]] std::int64_t measured(const std::string& metric) const;
    [[nodiscard]] Duration time(const std::string& metric) const {
        return Duration{measured(metric)};
    }
    std::string model;
    std::unique_ptr<Workload> workload;
};

/// The value of a metric; throws if there is none of this name.
std::int64_t value_of(const Workload& workload, const std::string& name);

}  // namespace pcpsim
