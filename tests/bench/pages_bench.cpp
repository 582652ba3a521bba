// Page operations on one CPU's lists, with a source that costs next to nothing. An item is a page.
#include <benchmark/benchmark.h>

#include "models/mm/pcplist.hpp"

namespace {

using namespace pcpsim;

constexpr auto movable = MigrateType::movable;
constexpr Pages batch{63};

/// Hands out neighbouring pages without end and takes any back.
class Endless final : public PageSource {
public:
    Blocks refill(Order, MigrateType, Blocks want, PageRuns& list) override {
        list.push_tail(PageRun{Pfn{next_}, static_cast<std::uint32_t>(want.count()), 1});
        next_ += want.count();
        return want;
    }
    void give_back(Order, MigrateType, const PageRun&) override {}

private:
    std::int64_t next_ = 0;
};

Pcplist pcplist() {
    Pcplist pcp{*find_kernel_rules("5.17"), PageGeometry{}};
    pcp.set_limits({batch, 4 * batch, 4 * batch});
    return pcp;
}

/// What pft does: pages are taken one by one, a batch at a time from the source.
void allocate(benchmark::State& state) {
    Endless source;
    Pcplist pcp = pcplist();
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        if (pcp.needs_refill(Order{0}, movable)) pcp.refill(source, Order{0}, movable, {});
        benchmark::DoNotOptimize(pcp.pop(Order{0}, movable));
    }
    state.SetItemsProcessed(state.iterations());
}

/// What the exit of a process does: scattered pages are freed, and spilled at high.
void free_scattered(benchmark::State& state) {
    Endless source;
    Pcplist pcp = pcplist();
    std::int64_t pfn = 0;
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        pfn = (pfn + 1021) % 1'000'003;
        const Pages due = pcp.free(Pfn{pfn}, Order{0}, movable, {});
        if (due > Pages{}) pcp.spill(source, due, Order{0}, movable);
    }
    state.SetItemsProcessed(state.iterations());
}

/// A drain of a list that has been refilled.
void drain(benchmark::State& state) {
    Endless source;
    Pcplist pcp = pcplist();
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        pcp.refill(source, Order{0}, movable, {});
        pcp.drain(source);
    }
    state.SetItemsProcessed(state.iterations() * batch.count());
}

BENCHMARK(allocate);
BENCHMARK(free_scattered);
BENCHMARK(drain);

}  // namespace
