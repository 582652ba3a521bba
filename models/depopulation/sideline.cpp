// Depopulation by sidelining: a chunk with many empty pages gives them back and then stands behind
// all others, until nothing else has room.
//
//   free    a quarter of the chunk is empty, and enough pages elsewhere: isolate -> to depopulate
//   worker  to depopulate: empty pages from the last to the first --> sidelined
//           ... until few empty pages are left anywhere, or the chunk is free: back to its slot
//   alloc   slot after slot, then sidelined (back to its slot if it has room), then free chunks
//   free    in a sidelined chunk, a page became empty: to depopulate, once more
//
// Good on:  bursts of which a few scattered areas stay: their chunks shrink to the pages in use,
//           and new areas fill other chunks first.
// Bad on:   load that comes again soon: it populates anew, page by page, under the mutex. Every
//           depopulated chunk costs a TLB flush on all CPUs.
// Kernel:   pcpu_should_reclaim_chunk(), pcpu_reclaim_populated(), 5.14 (f183324133ea).
#include "models/mm/percpu_balance.hpp"

namespace pcpsim {
namespace {

class Sideline final : public Depopulation {
public:
    struct Params {
        static constexpr auto fields() { return std::tuple{}; }
    };
    Sideline(PercpuAllocator& allocator, Params) : allocator_{allocator} {}

    bool freed(ChunkId chunk) override {
        if (!allocator_.is_isolated(chunk) && allocator_.is_free(chunk))
            return has_surplus_free_chunk(allocator_, chunk);
        if (!should_reclaim(chunk)) return false;
        allocator_.isolate(chunk);
        return true;
    }

    Generator<BalanceStep> balance() override {
        for (const PercpuType type : allocator_.types()) {
            co_yield destroy_free_chunks(allocator_, type, FreeChunks::all);
            co_yield reclaim_populated(type);
            co_yield populate_reserve(allocator_, type);
            // Chunks that lost all their pages above went to the free ones.
            co_yield destroy_free_chunks(allocator_, type, FreeChunks::without_memory);
        }
    }

private:
    [[nodiscard]] bool should_reclaim(ChunkId id) const {
        if (!allocator_.is_reclaimable(id)) return false;
        const PercpuChunk& chunk = allocator_.chunk(id);
        const Pages empty = chunk.nr_empty_populated();
        if (allocator_.is_isolated(id)) return empty != Pages{0};
        const Pages all = allocator_.nr_empty_populated(allocator_.type_of(id));
        return all > Pages{percpu_empty_high} + empty && empty >= chunk.region().pages / 4;
    }

    /// Too few empty pages are left outside of isolated chunks.
    [[nodiscard]] bool is_short(PercpuType type) const {
        return allocator_.nr_empty_populated(type) < Pages{percpu_empty_high};
    }

    Generator<BalanceStep> reclaim_populated(PercpuType type) {
        while (const auto id = allocator_.first_in(type, allocator_.to_depopulate_slot())) {
            const PercpuChunk& chunk = allocator_.chunk(*id);
            PageRange gone{chunk.region().pages, Pages{0}};
            Pages end = chunk.region().pages;  // what lies beyond was seen
            bool reintegrate = false;
            while (end > Pages{0} && chunk.nr_empty_populated() != Pages{0}) {
                reintegrate = is_short(type);
                const PageRange empty = last_empty(chunk, end);
                if (reintegrate || empty.size() == Pages{0}) break;
                co_yield depopulate(allocator_, *id, empty);
                gone = PageRange{empty.start, std::max(gone.end, empty.end)};
                end = empty.start - Pages{1};  // the page before was in use
            }
            if (gone.size() > Pages{0}) co_yield flush_tlb(allocator_, *id, gone);
            if (reintegrate || allocator_.is_free(*id))
                allocator_.reintegrate(*id);
            else
                allocator_.sideline(*id);
        }
    }

    /// The last run of empty pages below `end`.
    static PageRange last_empty(const PercpuChunk& chunk, Pages end) {
        const Pages one{1};
        while (end > Pages{0} && !chunk.is_empty_page(end - one)) end -= one;
        Pages start = end;
        while (start > Pages{0} && chunk.is_empty_page(start - one)) start -= one;
        return PageRange{start, end};
    }

    PercpuAllocator& allocator_;
};

const Register<Depopulation, Sideline> registered{
    "sideline", "chunks a quarter empty give their pages back and stand behind others (5.14)"};

}  // namespace
}  // namespace pcpsim
