// The state of the percpu allocator in a replay: at its start, at marks and at snapshots.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "analysis/replay/percpu_replay.hpp"
#include "models/config/errors.hpp"

namespace pcpsim {

using namespace trace;

namespace {

constexpr std::string_view start_mark = "start";
constexpr const char* start_map = "boot";

/// "rm_inner" of "rm_inner+1", "created" of "created2".
std::string_view base_of(std::string_view mark) {
    std::string_view base = mark.substr(0, mark.find('+'));
    while (!base.empty() && base.back() >= '0' && base.back() <= '9') base.remove_suffix(1);
    return base.empty() ? mark : base;
}

}  // namespace

void PercpuReplay::start() {
    const PercpuMap* map = recorded_.snapshots.find_map(start_map);
    const PercpuSnapshot* snapshot = recorded_.snapshots.find(start_map);
    if (map == nullptr || snapshot == nullptr)
        throw ScenarioError{fmt::format(
            "{}: expected the sections labpcpu.{} and labpcpumap.{} to start from, got only {}",
            recorded_.snapshots.file, start_map, start_map,
            map == nullptr && snapshot == nullptr ? "others"
            : map == nullptr                      ? "the first"
                                                  : "the second")};
    for (const RecordedAreas& areas : map->chunks) restore(areas, *snapshot);
    result_.started = true;
    blind_.reset();
    footprints_ = {allocator_.footprint()};
    result_.counts.holds(allocator_.footprint());
    if (requests_ != nullptr) requests_->begins(allocator_);
    compare(*snapshot);
}

void PercpuReplay::restore(const RecordedAreas& areas, const PercpuSnapshot& snapshot) {
    const auto refuse = [&](const std::string& what) {
        throw ScenarioError{fmt::format("{}:{}: {}", recorded_.snapshots.file, areas.line, what)};
    };
    const auto recorded = std::ranges::find(snapshot.chunks, areas.base, &RecordedChunk::base);
    if (recorded == snapshot.chunks.end())
        refuse(fmt::format("expected a chunk of labpcpu.{}, got {:x}", snapshot.name,
                           areas.base.value));
    if (names_.find(areas.base)) refuse("the chunk is there twice");
    PercpuChunkState state;
    state.type = areas.type;
    state.slot = areas.slot;
    state.region = {recorded->pages, recorded->start_offset, recorded->end_offset};
    state.first = recorded->first;
    state.reserved = recorded->reserved;
    state.isolated = recorded->isolated;
    state.areas = areas.areas;
    state.populated = areas.populated;
    try {
        const ChunkId id = allocator_.restore(state);
        names_.add(areas.base, id);
        names_.add(recorded->hash, id);
    } catch (const std::invalid_argument& error) {
        refuse(error.what());
    }
}

void PercpuReplay::take(const PercpuMark& event) {
    if (!result_.started && event.kilobytes && event.name() == start_mark) start();
    if (blind_ && event.kilobytes) unchecked(Check::percpu_kb, *blind_);
    if (blind_ || events_only_) return;
    if (event.kilobytes) check_kilobytes(*event.kilobytes);
    if (requests_ != nullptr) requests_->passes(event.name(), allocator_);
    const std::string_view base = base_of(event.name());
    if (base != base_mark_) settle_comparison();
    base_mark_ = base;
    if (const PercpuSnapshot* snapshot = recorded_.snapshots.find(base)) compare(*snapshot);
}

/// The program has read the value before it wrote the mark.
void PercpuReplay::check_kilobytes(std::int64_t recorded) {
    const Bytes kilobytes{recorded * 1024};
    if (kilobytes == allocator_.footprint())
        result_.checks.matched(Check::percpu_kb);
    else if (std::ranges::find(footprints_, kilobytes) != footprints_.end())
        result_.checks.explained(Check::percpu_kb);
    else
        differ(Check::percpu_kb, "mark", "-",
               fmt::format("{} kB", allocator_.footprint().count() / 1024),
               fmt::format("{} kB", recorded));
    footprints_ = {allocator_.footprint()};
}

void PercpuReplay::compare(const PercpuSnapshot& snapshot) {
    Comparison now{&snapshot};
    const auto check = [&](const std::string& where, const std::string& expected,
                           const std::string& recorded) {
        if (expected == recorded)
            ++now.matched;
        else
            now.differences.push_back({Check::chunk_state, record().line, record().time, where,
                                       "snapshot " + snapshot.name, expected, recorded});
    };
    check("counters",
          fmt::format("{} slots, {} populated, {} empty", allocator_.nr_slots(),
                      allocator_.nr_populated().count(),
                      allocator_.nr_empty_populated(PercpuType::root).count()),
          fmt::format("{} slots, {} populated, {} empty", snapshot.nr_slots,
                      snapshot.nr_populated.count(), snapshot.empty[0].count()));
    const std::vector<ChunkId> chunks = allocator_.chunks();
    for (std::size_t i = 0; i < std::max(chunks.size(), snapshot.chunks.size()); ++i) {
        std::string expected = "no chunk", recorded = "no chunk";
        if (i < chunks.size())
            expected = fmt::format("{}: {}{}", names_.name_of(chunks[i]), state_of(chunks[i]),
                                   allocator_.is_isolated(chunks[i]) ? ", isolated" : "");
        if (i < snapshot.chunks.size()) {
            const RecordedChunk& chunk = snapshot.chunks[i];
            const auto named = names_.find(chunk.base);
            recorded = fmt::format(
                "{}: slot {}, free {}, contig {}, populated {}, empty {}{}",
                named ? names_.name_of(*named) : fmt::format("chunk {:x}", chunk.base.value),
                chunk.slot, chunk.free_bytes.count(), chunk.contig_bytes.count(),
                chunk.populated.count(), chunk.empty.count(), chunk.isolated ? ", isolated" : "");
        }
        check(fmt::format("chunk {} of the lists", i), expected, recorded);
    }
    now.tries = comparison_.snapshot == &snapshot ? comparison_.tries : 0;
    comparison_ = std::move(now);
}

/// The snapshot was not taken at the mark itself, perhaps.
void PercpuReplay::compare_again() {
    constexpr int most_tries = 4096;
    if (comparison_.tries >= most_tries) return;
    const Comparison before = comparison_;
    compare(*before.snapshot);
    if (comparison_.matched <= before.matched) comparison_ = before;
    ++comparison_.tries;
}

void PercpuReplay::settle_comparison() {
    if (comparison_.snapshot == nullptr) return;
    for (std::int64_t i = 0; i < comparison_.matched; ++i)
        result_.checks.matched(Check::chunk_state);
    for (Difference& difference : comparison_.differences)
        result_.checks.mismatched(std::move(difference));
    comparison_ = {};
}

/// Every area and every populated page, at the end.
void PercpuReplay::check_map(const PercpuMap& map, Ending ending) {
    for (const RecordedAreas& recorded : map.chunks) {
        const auto id = names_.find(recorded.base);
        const bool exists = id && allocator_.exists(*id);
        if (exists && allocator_.chunk(*id).areas() == recorded.areas &&
            allocator_.chunk(*id).populated_in(allocator_.chunk(*id).all_pages()) ==
                recorded.populated) {
            result_.checks.matched(Check::chunk_state);
            continue;
        }
        if (ending == Ending::cut) {
            unchecked(Check::chunk_state, Unchecked::recording_ends);
            continue;
        }
        differ(Check::chunk_state, fmt::format("chunk {:x}", recorded.base.value),
               "map " + map.name, exists ? state_of(*id) : "no such chunk",
               fmt::format("{} areas, {} populated ranges", recorded.areas.size(),
                           recorded.populated.size()));
    }
}

}  // namespace pcpsim
