// Percpu allocations and frees in a steady state, with few and with many chunks. An item is one
// operation: an allocation or a free.
#include <benchmark/benchmark.h>

#include <numeric>

#include "models/mm/percpu_allocator.hpp"
#include "tests/models/mm/random.hpp"

namespace {

using namespace pcpsim;

PercpuGeometry geometry() {
    PercpuLayout layout;
    layout.static_size = Bytes{217088};
    layout.groups = {{CpuId{0}, CpuId{1}, CpuId{2}, CpuId{3}}};
    return make_percpu_geometry(layout);
}

/// What control groups ask for: see sizes in recordings of their creation.
PercpuRequest request(test::Random& random) {
    constexpr std::array<std::int64_t, 11> sizes{8, 8, 8, 8, 8, 64, 128, 1096, 688, 4, 32};
    PercpuRequest request;
    request.size = Bytes{sizes[static_cast<std::size_t>(random.below(11))]};
    request.align =
        request.size == Bytes{128} ? Bytes{64} : Bytes{request.size.count() < 8 ? 4 : 8};
    return request;
}

/// Small, so that the benchmark's own memory does not count for much.
struct Live {
    std::uint32_t chunk : 12;
    std::uint32_t granule : 20;
};

Live allocate(PercpuAllocator& allocator, test::Random& random) {
    const PercpuRequest wanted = request(random);
    for (;;) {
        if (const auto area = allocator.allocate(wanted)) {
            for (const PageRange& pages : allocator.unpopulated(*area))
                allocator.populated(area->chunk, pages);
            return Live{
                .chunk = area->chunk.number() & 0xfff,
                .granule =
                    static_cast<std::uint32_t>(area->offset / percpu_min_alloc_size) & 0xfffff};
        }
        allocator.create_chunk(PercpuType::root);
    }
}

void free(PercpuAllocator& allocator, Live area) {
    allocator.free(ChunkId{area.chunk}, percpu_min_alloc_size * area.granule);
}

/// A random area is freed and another allocated; all chunks but the last were full, of which
/// range(1) per cent is free.
void allocate_and_free(benchmark::State& state) {
    const PercpuGeometry layout = geometry();
    PercpuAllocator allocator{layout, *find_percpu_rules("6.1")};
    test::Random random{1};
    std::vector<Live> live;
    while (allocator.stats().nr_chunks <= state.range(0))
        live.push_back(allocate(allocator, random));
    const auto some = [&] {
        return static_cast<std::size_t>(random.below(static_cast<std::int64_t>(live.size())));
    };
    for (auto holes = live.size() * static_cast<std::size_t>(state.range(1)) / 100; holes > 0;
         --holes) {
        std::swap(live[some()], live.back());
        free(allocator, live.back());
        live.pop_back();
    }
    const std::int64_t scanned = allocator.stats().chunks_scanned;
    std::size_t next = some();
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        Live& area = live[next];
        next = some();
        __builtin_prefetch(&live[next]);  // what the benchmark remembers is not what it measures
        free(allocator, area);
        area = allocate(allocator, random);
    }
    state.SetItemsProcessed(state.iterations() * 2);
    state.counters["scanned"] =
        benchmark::Counter(static_cast<double>(allocator.stats().chunks_scanned - scanned),
                           benchmark::Counter::kAvgIterations);
}

/// One chunk after the other is filled, then all are emptied in the order of allocation.
void fill_and_empty(benchmark::State& state) {
    const PercpuGeometry layout = geometry();
    std::int64_t operations = 0;
    for (auto unused : state) {
        benchmark::DoNotOptimize(unused);
        PercpuAllocator allocator{layout, *find_percpu_rules("6.1")};
        test::Random random{1};
        std::vector<Live> live;
        while (allocator.stats().nr_chunks <= state.range(0))
            live.push_back(allocate(allocator, random));
        for (const Live area : live) free(allocator, area);
        operations += 2 * static_cast<std::int64_t>(live.size());
    }
    state.SetItemsProcessed(operations);
}

BENCHMARK(allocate_and_free)->ArgsProduct({{10, 100, 1000}, {0, 10, 50}});
BENCHMARK(fill_and_empty)->Arg(10)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
