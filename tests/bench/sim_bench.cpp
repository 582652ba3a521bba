// The engine by itself, and the yardstick beside it. An item is one event, of CONVOY one cycle.
#include <benchmark/benchmark.h>

#include "tests/bench/on_heap.hpp"
#include "tests/bench/on_pcpsim.hpp"

namespace {

/// Stops the simulation after a stretch of events.
template <template <class> class On>
class Stretches {
public:
    void run(std::uint64_t events) {
        tally_.left = events;
        simulation.run();
    }
    void fired(std::uint64_t time) {
        if (tally_.fired(time)) simulation.stop();
    }

    On<Stretches> simulation{*this};

private:
    bench::Tally tally_;
};

template <template <class> class On, void (On<Stretches<On>>::*Workload)(std::uint64_t)>
void measure(benchmark::State& state) {
    constexpr std::uint64_t stretch = 10'000;
    const auto n = static_cast<std::uint64_t>(state.range(0));
    Stretches<On> stretches;
    (stretches.simulation.*Workload)(n);
    stretches.run(2 * n + stretch);
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        stretches.run(stretch);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(stretch));
}

using bench::OnHeap;
using bench::OnPcpsim;
using Pcpsim = OnPcpsim<Stretches<OnPcpsim>>;
using Heap = OnHeap<Stretches<OnHeap>>;

void population(benchmark::internal::Benchmark* benchmark) {
    for (const int n : {16, 256, 4096, 65536, 1 << 20}) benchmark->Arg(n);
}

BENCHMARK(measure<OnPcpsim, &Pcpsim::hold>)->Name("hold/pcpsim")->Apply(population);
BENCHMARK(measure<OnHeap, &Heap::hold>)->Name("hold/heap")->Apply(population);
BENCHMARK(measure<OnPcpsim, &Pcpsim::bimodal>)->Name("bimodal/pcpsim")->Apply(population);
BENCHMARK(measure<OnHeap, &Heap::bimodal>)->Name("bimodal/heap")->Apply(population);
BENCHMARK(measure<OnPcpsim, &Pcpsim::cancel>)->Name("cancel/pcpsim")->Apply(population);
BENCHMARK(measure<OnPcpsim, &Pcpsim::ping>)->Name("ping/pcpsim")->Arg(256)->Arg(10000);
BENCHMARK(measure<OnHeap, &Heap::ping>)->Name("ping/heap")->Arg(256)->Arg(10000);
BENCHMARK(measure<OnPcpsim, &Pcpsim::convoy>)->Name("convoy/pcpsim")->Arg(128);
BENCHMARK(measure<OnHeap, &Heap::convoy>)->Name("convoy/heap")->Arg(128);
BENCHMARK(measure<OnPcpsim, &Pcpsim::thread>)->Name("thread/pcpsim")->Arg(256);

}  // namespace
