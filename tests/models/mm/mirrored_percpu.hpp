#pragma once
// A percpu allocator whose every step is held against the reference: places, slots, counters.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "models/config/node.hpp"
#include "models/mm/percpu_balance.hpp"
#include "tests/models/mm/reference_percpu.hpp"

namespace pcpsim::test {

inline std::unique_ptr<Depopulation> make_depopulation(const std::string& name,
                                                       PercpuAllocator& allocator) {
    Node params;
    params.kind = Node::Kind::object;
    Errors errors;
    return registry<Depopulation>().at(name).read(params, errors)->make(allocator);
}

class MirroredPercpu {
public:
    MirroredPercpu(const PercpuGeometry& geometry, const char* era, const char* name)
        : allocator{geometry, *find_percpu_rules(era)},
          strategy{make_depopulation(name, allocator)},
          page_{static_cast<int>(geometry.page_size / percpu_min_alloc_size)} {
        allocator.depopulate_by(strategy.get());
        allocator.set_up_first_chunk();
        for (const ChunkId id : allocator.chunks()) adopt(id);
        if (const auto reserved = allocator.reserved_chunk()) adopt(*reserved);
        follow_lists();
    }

    PercpuAllocator allocator;
    std::unique_ptr<Depopulation> strategy;

    /// Nothing only if the request is atomic, or for the reserved chunk.
    std::optional<PercpuArea> allocate(const PercpuRequest& request) {
        for (;;) {
            const auto expected = predict(request);
            const auto area = allocator.allocate(request);
            REQUIRE(area == expected);
            check_lists();
            if (area) return took(*area);
            if (request.atomic || request.reserved) return std::nullopt;
            REQUIRE(!allocator.has_free_chunk(request.type));
            create_chunk(request.type);
        }
    }

    ChunkId create_chunk(PercpuType type = PercpuType::root) {
        const ChunkId id = allocator.create_chunk(type);
        adopt(id);
        follow_lists();
        return id;
    }

    /// Whether the worker is wanted.
    bool free(const PercpuArea& area) {
        ReferenceChunk& chunk = chunks_.at(area.chunk);
        const int before = slot_by_hint(area.chunk);
        const int size = chunk.free(position(area.offset));
        const PercpuFreed freed = allocator.free(area.chunk, area.offset);
        REQUIRE(freed.size == percpu_min_alloc_size * size);
        if (allocator.is_isolated(area.chunk))
            follow_lists();
        else
            relocate(area.chunk, before);
        check_lists();
        return freed.wants_balance;
    }

    /// One step of a worker; false once it is done.
    bool balance_step(Generator<BalanceStep>& worker) { return next_step(worker).has_value(); }

    /// All its steps, executed.
    std::vector<BalanceStep> run(Generator<BalanceStep> worker) {
        std::vector<BalanceStep> steps;
        while (const auto step = next_step(worker)) steps.push_back(*step);
        return steps;
    }
    /// Pages looked at by check(), and those whose longest run was known as such.
    struct Seen {
        std::int64_t pages = 0, exact = 0;
    } seen;

    /// Everything that bitmaps tell.
    void check() {
        allocator.validate();
        Pages populated = allocator.geometry().first_unit_pages();
        for (const auto& [id, chunk] : chunks_) {
            check(chunk, allocator.chunk(id));
            if (!allocator.is_reclaimable(id)) continue;
            populated += Pages{std::count(chunk.backed.begin(), chunk.backed.end(), 1)};
        }
        CHECK(allocator.nr_populated() == populated);
        CHECK(allocator.footprint() ==
              allocator.geometry().page_size * (populated.count() * allocator.geometry().nr_units));
    }

private:
    using Slots = std::vector<std::vector<ChunkId>>;

    std::optional<BalanceStep> next_step(Generator<BalanceStep>& worker) {
        const auto step = worker.next();
        if (!step) return follow_lists(), std::nullopt;
        apply(*step, allocator);
        const auto back = [&](char memory) {
            for (Pages p = step->pages.start; p < step->pages.end; p += Pages{1})
                chunks_.at(step->chunk).backed[static_cast<std::size_t>(p.count())] = memory;
        };
        if (step->kind == BalanceStep::Kind::populate) back(1);
        if (step->kind == BalanceStep::Kind::depopulate) back(0);
        if (step->kind == BalanceStep::Kind::destroy) chunks_.erase(step->chunk);
        if (step->kind == BalanceStep::Kind::create)
            adopt(*allocator.first_in(step->type, allocator.free_slot()));
        return follow_lists(), step;
    }

    static int position(Bytes offset) { return static_cast<int>(offset / percpu_min_alloc_size); }

    void adopt(ChunkId id) {
        const PercpuChunk& chunk = allocator.chunk(id);
        const int pages = static_cast<int>(chunk.region().pages.count());
        ReferenceChunk& added = chunks_.emplace(id, ReferenceChunk{pages, page_}).first->second;
        const int hidden_end = added.end() - position(chunk.region().end_offset);
        std::fill_n(added.taken.begin(), position(chunk.region().start_offset), 1);
        std::fill(added.taken.begin() + hidden_end, added.taken.end(), 1);
        for (const PageRange& range : chunk.populated_in(chunk.all_pages()))
            for (Pages p = range.start; p < range.end; p += Pages{1})
                added.backed[static_cast<std::size_t>(p.count())] = 1;
    }

    [[nodiscard]] int slot_by_hint(ChunkId id) const {
        const Bytes contig = allocator.chunk(id).contig_bytes();
        return contig == Bytes{0} ? 0 : allocator.slot_of_size(contig);
    }

    /// Where the area belongs; a chunk below slot 3 that has no room goes to the head of slot 0.
    std::optional<PercpuArea> predict(const PercpuRequest& request) {
        const int size = position(request.size + Bytes{3});
        const int align = std::max(position(request.align), 1);
        const auto in = [&](ChunkId id) -> std::optional<PercpuArea> {
            const auto at = chunks_.at(id).place(allocator.chunk(id), size, align, request.atomic);
            if (!at) return std::nullopt;
            return PercpuArea{id, percpu_min_alloc_size * *at, percpu_min_alloc_size * size};
        };
        if (request.reserved && allocator.reserved_chunk()) return in(*allocator.reserved_chunk());
        Slots& slots = slots_[allocator.types().size() > 1 ? request.type : PercpuType::root];
        for (int s = allocator.slot_of_size(percpu_min_alloc_size * size);
             s <= allocator.free_slot(); ++s) {
            const std::vector<ChunkId> tried = slots[static_cast<std::size_t>(s)];
            for (const ChunkId id : tried) {
                before_ = slot_by_hint(id);
                if (const auto area = in(id)) {
                    was_isolated_ = allocator.is_isolated(id);
                    return predicted_ = area;
                }
                if (s < 3) move(slots, id, 0, true);
            }
        }
        return predicted_ = std::nullopt;
    }

    std::optional<PercpuArea> took(const PercpuArea& area) {
        ReferenceChunk& chunk = chunks_.at(area.chunk);
        chunk.allocate(position(area.offset), position(area.size));
        const bool populate = !allocator.unpopulated(area).empty();
        for (const PageRange& range : allocator.unpopulated(area)) {
            allocator.populated(area.chunk, range);
            for (Pages p = range.start; p < range.end; p += Pages{1})
                chunk.backed[static_cast<std::size_t>(p.count())] = 1;
        }
        if (populate) CHECK(allocator.unpopulated(area).empty());
        return area;
    }

    static void move(Slots& slots, ChunkId id, int to, bool front) {
        for (auto& list : slots) std::erase(list, id);
        auto& list = slots[static_cast<std::size_t>(to)];
        list.insert(front ? list.begin() : list.end(), id);
    }
    void relocate(ChunkId id, int before) {
        if (id == allocator.reserved_chunk()) return;
        const int after = slot_by_hint(id);
        if (after != before) move(slots_[allocator.type_of(id)], id, after, after > before);
    }

    [[nodiscard]] Slots lists(PercpuType type) const {
        Slots slots(static_cast<std::size_t>(allocator.to_depopulate_slot()) + 1);
        for (std::size_t s = 0; s < slots.size(); ++s)
            for (auto id = allocator.first_in(type, static_cast<int>(s)); id;
                 id = allocator.next_after(*id))
                slots[s].push_back(*id);
        return slots;
    }
    void follow_lists() {
        for (const PercpuType type : allocator.types()) slots_[type] = lists(type);
        predicted_.reset();
    }
    void check_lists() {
        if (predicted_) {
            const ChunkId id = predicted_->chunk;
            if (was_isolated_)
                move(slots_[allocator.type_of(id)], id, slot_by_hint(id), true);
            else
                relocate(id, before_);
            predicted_.reset();
        }
        for (const PercpuType type : allocator.types()) REQUIRE(slots_[type] == lists(type));
    }

    void check(const ReferenceChunk& reference, const PercpuChunk& chunk) {
        REQUIRE(chunk.free_bytes() == percpu_min_alloc_size * reference.free_positions());
        REQUIRE(chunk.nr_empty_populated() == Pages{reference.empty_pages()});
        const auto all = reference.runs(0, reference.end());
        REQUIRE(chunk.hints().contig <= ReferenceChunk::longest(all));
        for (int p = 0; p < reference.pages(); ++p) {
            const PercpuHints& hints = chunk.block_hints()[static_cast<std::size_t>(p)];
            const int base = p * reference.page();
            const auto runs = reference.runs(base, base + reference.page());
            REQUIRE(hints.contig <= ReferenceChunk::longest(runs));
            REQUIRE((hints.contig > 0) == !runs.empty());
            ++seen.pages;
            if (hints.contig == ReferenceChunk::longest(runs)) ++seen.exact;
        }
        std::vector<PercpuSpan> areas;
        for (const auto& [start, size] : reference.areas)
            areas.push_back(
                PercpuSpan{percpu_min_alloc_size * start, percpu_min_alloc_size * size});
        REQUIRE(chunk.areas() == areas);
    }

    int page_;
    std::map<ChunkId, ReferenceChunk> chunks_;
    std::map<PercpuType, Slots> slots_;
    std::optional<PercpuArea> predicted_;
    int before_ = 0;
    bool was_isolated_ = false;
};

}  // namespace pcpsim::test
