#pragma once
// A percpu allocator that writes down what a recorded kernel would: allocations behind their
// section of pcpu_lock, nothing where the balance worker flushes TLBs, and frees in between.
#include <string>
#include <vector>

#include "analysis/replay/percpu_replay.hpp"
#include "analysis/replay/percpu_source.hpp"
#include "tests/models/mm/random.hpp"

namespace pcpsim::test {

/// Four CPUs with units of 16 pages, of which the first chunk has four.
inline PercpuGeometry small_units() {
    PercpuGeometry geometry{};
    geometry.page_size = Bytes{4096};
    geometry.unit_size = Bytes{65536};
    geometry.nr_units = geometry.nr_cpus = 4;
    geometry.dynamic_size = Bytes{4 * 4096};
    return geometry;
}

/// Records, each at its own microsecond.
class Records final : public RecordStream {
public:
    explicit Records(std::vector<trace::Record> records) : records_{std::move(records)} {}
    bool next(trace::Record& record) override {
        if (at_ == records_.size()) return false;
        record = records_[at_++];
        return true;
    }

private:
    std::vector<trace::Record> records_;
    std::size_t at_ = 0;
};

class PercpuRecorder {
public:
    enum class Races : std::uint8_t { none, some };

    explicit PercpuRecorder(std::uint64_t seed, Races races = Races::none,
                            std::string_view era = "6.1")
        : random_{seed},
          races_{races == Races::some},
          rules_{*find_percpu_rules(era)},
          choice_{depopulation_named(std::string{rules_.depopulation})},
          allocator_{small_units(), rules_},
          strategy_{choice_.make(allocator_)} {
        allocator_.depopulate_by(strategy_.get());
        PercpuChunkState first;
        first.region.pages = Pages{4};
        first.first = true;
        first.populated = {PageRange{Pages{0}, Pages{4}}};
        allocator_.restore(first);
        allocator_.populated(allocator_.create_chunk(PercpuType::root), {Pages{0}, Pages{4}});
        start_ = snapshots("boot", "boot");
        mark("start");
    }

    /// Frees of other threads, and runs of the worker, come between what is recorded of one.
    void run(int operations, int most_alive) {
        for (int i = 0; i < operations; ++i) {
            const bool grows = (i / most_alive) % 2 == 0;
            if (random_.below(10) < (grows ? 8 : 2))
                allocate();
            else
                free_some(1);
            if (wants_balance_ && random_.below(3) == 0) balance();
        }
        mark("done");
    }

    [[nodiscard]] const std::vector<trace::Record>& records() const { return records_; }
    [[nodiscard]] const Choice<Depopulation>& depopulation() const { return choice_; }
    /// The start, and the state at the end.
    [[nodiscard]] RecordedPercpu recorded() {
        RecordedPercpu recorded{small_units(), rules_, start_};
        const PercpuSnapshots end = snapshots("done", "end");
        recorded.snapshots.snapshots.push_back(end.snapshots.front());
        recorded.snapshots.maps.push_back(end.maps.front());
        return recorded;
    }

private:
    struct Live {
        ChunkId chunk;
        Bytes offset;
    };

    static trace::Address address(ChunkId chunk) { return {0x1000 + chunk.number()}; }
    static std::int32_t number(Bytes bytes) { return static_cast<std::int32_t>(bytes.count()); }

    template <class Event>
    void record(std::int32_t pid, const Event& event) {
        trace::Record record;
        record.line = std::ssize(records_) + 1;
        record.actor.pid = pid;
        record.event = trace::PercpuEvent{event};
        records_.push_back(record);
    }
    void mark(std::string_view name) {
        trace::PercpuMark mark;
        std::ranges::copy(name, mark.text.begin());
        mark.kilobytes = allocator_.footprint().count() / 1024;
        record(1, mark);
    }

    /// Thread 7: the event comes well behind what it tells of.
    void allocate() {
        PercpuRequest request;
        request.size = Bytes{4 * (1 + random_.below(random_.below(4) == 0 ? 800 : 40))};
        request.align = Bytes{std::int64_t{4} << random_.below(5)};
        auto area = allocator_.allocate(request);
        if (!area) {
            if (!allocator_.has_free_chunk(request.type)) {
                const ChunkId created = allocator_.create_chunk(request.type);
                record(7, trace::PercpuCreateChunk{address(created)});
            }
            area = allocator_.allocate(request);
        }
        wants_balance_ |= allocator_.wants_balance(request.type);
        for (const PageRange& gap : allocator_.unpopulated(*area)) {
            record(7, trace::PercpuPopulated{address(area->chunk), gap.start, gap.end});
            allocator_.populated(area->chunk, gap);
        }
        if (races_ && random_.below(8) == 0) free_some(random_.below(3));
        if (races_ && wants_balance_ && random_.below(16) == 0) balance();
        record(7, trace::PercpuAlloc{address(area->chunk), number(area->offset), number(area->size),
                                     number(request.align), false, false});
        live_.push_back({area->chunk, area->offset});
    }

    /// Threads 20 and on.
    void free_some(std::int64_t count) {
        for (; count > 0 && !live_.empty(); --count) {
            std::swap(live_[static_cast<std::size_t>(random_.below(std::ssize(live_)))],
                      live_.back());
            const Live freed = live_.back();
            live_.pop_back();
            wants_balance_ |= allocator_.free(freed.chunk, freed.offset).wants_balance;
            record(20 + static_cast<std::int32_t>(random_.below(4)),
                   trace::PercpuFree{address(freed.chunk), number(freed.offset)});
        }
    }

    /// Thread 9, with pcpu_lock dropped while it executes a step.
    void balance() {
        wants_balance_ = false;
        record(9, trace::PercpuBalance{});
        if (rules_.numbers_isolated_lists) record(9, trace::PercpuBalanceFree{false});
        Generator<BalanceStep> steps = strategy_->balance();
        for (auto step = steps.next(); step; step = steps.next()) {
            if (races_) free_some(random_.below(4));
            execute(*step);
        }
        if (rules_.numbers_isolated_lists) record(9, trace::PercpuBalanceFree{true});
    }

    void execute(const BalanceStep& step) {
        const trace::Address chunk = address(step.chunk);
        switch (step.kind) {
            case BalanceStep::Kind::populate:
                record(9, trace::PercpuPopulated{chunk, step.pages.start, step.pages.end});
                break;
            case BalanceStep::Kind::depopulate:
                record(9, trace::PercpuDepopulated{chunk, step.pages.start, step.pages.end});
                break;
            case BalanceStep::Kind::create:
                record(9, trace::PercpuCreateChunk{address(allocator_.create_chunk(step.type))});
                return;
            case BalanceStep::Kind::destroy:
                record(9, trace::PercpuDestroyChunk{chunk});
                break;
            case BalanceStep::Kind::flush_tlb:
                break;
        }
        apply(step, allocator_);
    }

    PercpuSnapshots snapshots(const std::string& name, const std::string& map_name) {
        PercpuSnapshots taken{"small.chunks", {}, {}};
        PercpuSnapshot& snapshot = taken.snapshots.emplace_back();
        PercpuMap& map = taken.maps.emplace_back();
        snapshot.name = name;
        map.name = map_name;
        snapshot.nr_slots = allocator_.nr_slots();
        snapshot.nr_populated = allocator_.nr_populated();
        snapshot.nr_units = allocator_.geometry().nr_units;
        snapshot.unit_pages = allocator_.geometry().unit_pages();
        snapshot.empty[0] = allocator_.nr_empty_populated(PercpuType::root);
        for (const ChunkId id : allocator_.chunks()) {
            const PercpuChunk& chunk = allocator_.chunk(id);
            RecordedChunk& line = snapshot.chunks.emplace_back();
            line.slot = allocator_.slot(id);
            line.base = address(id);
            line.free_bytes = chunk.free_bytes();
            line.contig_bytes = chunk.contig_bytes();
            line.pages = chunk.region().pages;
            line.populated = chunk.nr_populated();
            line.empty = chunk.nr_empty_populated();
            line.isolated = allocator_.is_isolated(id);
            line.first = id == allocator_.first_chunk();
            RecordedAreas& areas = map.chunks.emplace_back();
            areas.slot = line.slot;
            areas.base = line.base;
            areas.populated = chunk.populated_in(chunk.all_pages());
            areas.areas = chunk.areas();
        }
        return taken;
    }

    Random random_;
    bool races_;
    PercpuRules rules_;
    Choice<Depopulation> choice_;
    PercpuAllocator allocator_;
    std::unique_ptr<Depopulation> strategy_;
    PercpuSnapshots start_;
    std::vector<trace::Record> records_;
    std::vector<Live> live_;
    bool wants_balance_ = false;
};

/// What a replay of these records finds.
inline PercpuResult replay_percpu(const std::vector<trace::Record>& records,
                                  const RecordedPercpu& recorded,
                                  const Choice<Depopulation>& depopulation,
                                  const PercpuOrder& order = {},
                                  PercpuRequests* requests = nullptr) {
    PercpuReplay replay{recorded, depopulation, requests};
    replay.follow(order);
    Records source{records};
    PercpuStream stream{source, replay};
    trace::Record other;
    while (stream.next(other)) {
    }
    return replay.finish();
}

}  // namespace pcpsim::test
