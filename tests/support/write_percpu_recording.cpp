// Writes a recording of percpu requests of any length, as ftrace text on standard output:
//
//   write_percpu_recording OPERATIONS CHUNKS NAME > NAME.trace
//
// and what lies beside it, NAME.meta.json and NAME.chunks. Four CPUs run 6.1 and fill about so many
// chunks with areas of the sizes that cgroups have, which come and go. The allocator is that of
// models/mm, so this measures how fast a recording is replayed, not whether the predictions are
// true. The same arguments give the same text.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "models/config/errors.hpp"
#include "models/mm/percpu_depopulation.hpp"
#include "tests/models/mm/random.hpp"

namespace {

using namespace pcpsim;

constexpr std::int64_t units = 4, unit_pages = 128, first_pages = 7;

PercpuGeometry geometry() {
    PercpuGeometry geometry{};
    geometry.page_size = Bytes{4096};
    geometry.unit_size = Bytes{4096} * unit_pages;
    geometry.nr_units = geometry.nr_cpus = units;
    geometry.dynamic_size = Bytes{4096} * first_pages;
    return geometry;
}

Choice<Depopulation> sideline() {
    Errors errors;
    auto bound = registry<Depopulation>().at("sideline").read(Node{}, errors);
    return Choice<Depopulation>{"sideline", "sideline", std::move(bound)};
}

class Writer {
public:
    explicit Writer(const std::string& name)
        : allocator_{geometry(), *find_percpu_rules("6.1")},
          strategy_{sideline().make(allocator_)} {
        allocator_.depopulate_by(strategy_.get());
        PercpuChunkState first;
        first.region.pages = Pages{first_pages};
        first.first = true;
        first.populated = {PageRange{Pages{0}, Pages{first_pages}}};
        allocator_.restore(first);
        std::ofstream{name + ".meta.json"}
            << R"({"kernel": "Linux (none) 6.1.0 #1", "topology": ["node0 cpus 0-3 distance 10"],)"
            << R"( "zones": ["node 0 zone DMA32 zone_ptr ff start_pfn 4096 spanned 99999"]})";
        std::ofstream{name + ".chunks"} << fmt::format(
            "### labpcpu.boot\n"
            "nr_slots {0} nr_populated {1} nr_units {2} unit_pages {3} nr_empty_pop {1}\n"
            "chunk type=0 slot={4} base_addr={5:x} base_hash=0 free_bytes={6} contig_bytes={6} "
            "nr_pages={1} nr_populated={1} nr_empty_pop={1} first=1\n"
            "### labpcpumap.boot\n"
            "chunk type=0 slot={4} base_addr={5:x} pop=0-{1}, allocs=\n",
            allocator_.nr_slots(), first_pages, units, unit_pages, allocator_.slot(ChunkId{0}),
            base(ChunkId{0}), 4096 * first_pages);
        line("init-1", "tracing_mark_write: LABPCPU start kB={}",
             allocator_.footprint().count() / 1024);
    }

    void run(std::int64_t operations, std::int64_t chunks) {
        const Bytes most = geometry().unit_size * chunks;
        for (std::int64_t i = 0; i < operations; ++i) {
            if (filled_ < most && (random_.below(2) == 0 || filled_ * 2 < most))
                allocate();
            else
                free();
            if (wanted_) balance();
        }
    }

private:
    static std::uint64_t base(ChunkId chunk) {
        return 0xffff'e8ff'ffc0'0000 - 0x20'0000 * std::uint64_t{chunk.number()};
    }

    template <class... Values>
    void line(const char* thread, fmt::format_string<Values...> event, Values&&... values) {
        microseconds_ += 3;
        fmt::print("{}      [003] ..... {:5}.{:06}: {}\n", thread, microseconds_ / 1'000'000,
                   microseconds_ % 1'000'000, fmt::format(event, std::forward<Values>(values)...));
    }

    void allocate() {
        constexpr std::int64_t sizes[]{8, 8, 8, 8, 8, 64, 128, 1096, 688, 4, 32};
        PercpuRequest request;
        request.size = Bytes{sizes[random_.below(std::ssize(sizes))]};
        request.align = request.size == Bytes{128} ? Bytes{64} : Bytes{8};
        auto area = allocator_.allocate(request);
        if (!area) {
            if (!allocator_.has_free_chunk(request.type)) create("cgx-139");
            area = allocator_.allocate(request);
        }
        wanted_ |= allocator_.wants_balance(request.type);
        for (const PageRange& gap : allocator_.unpopulated(*area))
            execute("cgx-139", {BalanceStep::Kind::populate, request.type, area->chunk, gap});
        line("cgx-139",
             "percpu_alloc_percpu: call_site=mem_cgroup_css_alloc+0xf4/0x680 reserved=0 "
             "is_atomic=0 size={} align={} base_addr={:x} off={} bytes_alloc=24 gfp_flags=",
             request.size.count(), request.align.count(), base(area->chunk), area->offset.count());
        live_.push_back(*area);
        filled_ += area->size;
    }

    void free() {
        std::swap(live_[static_cast<std::size_t>(random_.below(std::ssize(live_)))], live_.back());
        const PercpuArea area = live_.back();
        live_.pop_back();
        filled_ -= area.size;
        wanted_ |= allocator_.free(area.chunk, area.offset).wants_balance;
        line("ksoftirqd/3-28", "percpu_free_percpu: base_addr={:x} off={}", base(area.chunk),
             area.offset.count());
    }

    void balance() {
        wanted_ = false;
        const char* worker = "kworker/3:1-49";
        line(worker, "pcpu_balance_workfn:");
        line(worker, "pcpu_balance_free: empty_only=0");
        Generator<BalanceStep> steps = strategy_->balance();
        while (const auto step = steps.next()) execute(worker, *step);
        line(worker, "pcpu_balance_free: empty_only=1");
    }

    void create(const char* thread) {
        line(thread, "percpu_create_chunk: base_addr={:x}",
             base(allocator_.create_chunk(PercpuType::root)));
    }

    void execute(const char* thread, const BalanceStep& step) {
        if (step.kind == BalanceStep::Kind::create) return create(thread);
        const std::uint64_t chunk = base(step.chunk);
        if (step.kind == BalanceStep::Kind::destroy)
            line(thread, "percpu_destroy_chunk: base_addr={:x}", chunk);
        else if (step.kind != BalanceStep::Kind::flush_tlb)
            line(thread, "{}: base=0x{:x} start={} end={}",
                 step.kind == BalanceStep::Kind::populate ? "pcpu_populated" : "pcpu_depopulated",
                 chunk, step.pages.start.count(), step.pages.end.count());
        apply(step, allocator_);
    }

    test::Random random_{1};
    PercpuAllocator allocator_;
    std::unique_ptr<Depopulation> strategy_;
    std::vector<PercpuArea> live_;
    Bytes filled_;
    bool wanted_ = false;
    std::int64_t microseconds_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t operations = argc == 4 ? std::atoll(argv[1]) : 0;
    const std::int64_t chunks = argc == 4 ? std::atoll(argv[2]) : 0;
    if (operations < 1 || chunks < 1) {
        fmt::print(stderr, "usage: write_percpu_recording OPERATIONS CHUNKS NAME > NAME.trace\n");
        return 2;
    }
    Writer writer{argv[3]};
    writer.run(operations, chunks);
}
