// Page faults and forced drains on a whole simulated kernel, inside and outside of bursts. An item
// is a page faulted in, a page drained, or a CPU visited by a drain.
#include <benchmark/benchmark.h>

#include "models/config/json.hpp"
#include "models/drain/strategy.hpp"
#include "models/kernel/address_space.hpp"
#include "tests/support/tiny_machine.hpp"

namespace {

using namespace pcpsim;

constexpr Pages batch{63};

MemorySpec spec() {
    MemorySpec spec;
    spec.zones = ZoneRule::single;
    spec.pcp_batch = batch;
    spec.pcp_high = 4 * batch;
    return spec;
}

/// Two tasks of a socket fault in most of its memory; bursts have at most range(0) operations.
void page_fault(benchmark::State& state) {
    constexpr Pages each{7000};
    const Machine machine = tiny_machine();
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        Kernel kernel{machine, spec(), 1};
        kernel.pages.set_hot_path(local_lock_path(machine.costs));
        kernel.engine.set_longest_burst(static_cast<std::uint32_t>(state.range(0)));
        AddressSpace memory{kernel};
        for (const std::uint32_t cpu : {0U, 1U}) {
            Thread& thread =
                kernel.scheduler.create("fault", CpuId{cpu}, Context::Role::foreground);
            thread.start(memory.touch(thread, each, {.number = cpu, .jitter_permille = 20}));
        }
        kernel.engine.run();
    }
    state.SetItemsProcessed(state.iterations() * 2 * each.count());
}

/// The caller takes the pages of one CPU's list again and again.
void forced_drain(benchmark::State& state) {
    constexpr std::int64_t drains = 100;
    const Machine machine = tiny_machine();
    Kernel kernel{machine, spec(), 1};
    kernel.pages.set_hot_path(local_lock_path(machine.costs));
    const auto drain = [](Context& self, Kernel& k) -> Task<> {
        Zone& zone = k.memory.zone(ZoneId{0U});
        for (std::int64_t i = 0; i < drains; ++i) {
            zone.refill(CpuId{1U}, Order{0}, MigrateType::movable);
            co_await k.pages.drain_pcplist(self, zone, CpuId{1U});
        }
    };
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        Thread& thread = kernel.scheduler.create("drain", CpuId{0U}, Context::Role::foreground);
        thread.start(drain(thread, kernel));
        kernel.engine.run();
    }
    state.SetItemsProcessed(state.iterations() * drains * batch.count());
}

/// The tasks of a socket fault in some pages and unmap them, again and again.
void fault_and_unmap(benchmark::State& state) {
    static constexpr Pages each{300};
    constexpr std::int64_t loops = 20;
    const Machine machine = tiny_machine();
    Kernel kernel{machine, spec(), 1};
    kernel.pages.set_hot_path(local_lock_path(machine.costs));
    kernel.engine.set_longest_burst(static_cast<std::uint32_t>(state.range(0)));
    AddressSpace memory{kernel};
    const auto loop = [](Context& self, AddressSpace& m) -> Task<> {
        for (std::int64_t i = 0; i < loops; ++i) {
            co_await m.touch(self, each, {});
            co_await m.unmap(self, 0, 60_ns);
        }
    };
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        Thread& thread = kernel.scheduler.create("loop", CpuId{0U}, Context::Role::foreground);
        memory.add(thread);
        thread.start(loop(thread, memory));
        kernel.engine.run();
    }
    state.SetItemsProcessed(state.iterations() * loops * each.count());
}

std::unique_ptr<DrainStrategy> strategy(const std::string& model, Kernel& kernel) {
    Errors errors;
    const Node entry = parse_json(Source{"bench", "{\"model\": \"" + model + "\"}"}, errors);
    return read_choice<DrainStrategy>(entry, errors).value().make(kernel);
}

Machine machine_of_64_cpus() {
    RegularShape shape = tiny_shape;
    shape.cores_per_node = 32;
    return tiny_machine(shape);
}

/// Every CPU frees a page of node 0.
void list_pages(Zone& zone, const CpuSet& cpus) {
    for (const CpuId cpu : cpus)
        zone.free(cpu, zone.alloc_block(Order{0}, MigrateType::movable).value(), Order{0},
                  MigrateType::movable);
}

/// What drain_visit does to pages, without a kernel: to be subtracted from it.
void list_and_drain(benchmark::State& state) {
    const Machine machine = machine_of_64_cpus();
    Kernel kernel{machine, spec(), 1};
    Zone& zone = kernel.memory.zone(ZoneId{0U});
    const CpuSet cpus = machine.topology.online();
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        list_pages(zone, cpus);
        for (const CpuId cpu : cpus) zone.drain(cpu);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(cpus.size()));
}

/// Each of 64 CPUs has freed a page since the last drain. The drainer's own CPU is one of them.
void drain_visit(benchmark::State& state, const char* model) {
    constexpr std::int64_t drains = 100;
    const Machine machine = machine_of_64_cpus();
    Kernel kernel{machine, spec(), 1};
    const std::unique_ptr<DrainStrategy> drainer = strategy(model, kernel);
    kernel.use(*drainer);
    const auto drain = [](Context& self, Kernel& k) -> Task<> {
        for (std::int64_t i = 0; i < drains; ++i) {
            list_pages(k.memory.zone(ZoneId{0U}), k.machine.topology.online());
            co_await k.drains.drain_all(self, std::nullopt, DrainReason::forced);
        }
    };
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        Thread& thread = kernel.scheduler.create("drain", CpuId{0U}, Context::Role::foreground);
        thread.start(drain(thread, kernel));
        kernel.engine.run();
    }
    state.SetItemsProcessed(state.iterations() * drains *
                            static_cast<std::int64_t>(machine.topology.cpus()));
}

BENCHMARK(fault_and_unmap)->Arg(1)->Arg(UINT32_MAX);
BENCHMARK(list_and_drain);
BENCHMARK_CAPTURE(drain_visit, remote_spinlock, "remote-spinlock");
BENCHMARK_CAPTURE(drain_visit, rcu_swap, "rcu-swap");
BENCHMARK_CAPTURE(drain_visit, workqueue, "workqueue");
BENCHMARK_CAPTURE(drain_visit, ipi_mask, "ipi-mask");
BENCHMARK(page_fault)->Arg(1)->Arg(8)->Arg(UINT32_MAX);
BENCHMARK(forced_drain);

}  // namespace
