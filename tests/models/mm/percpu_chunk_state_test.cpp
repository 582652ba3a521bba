// Goal: a chunk knows its pages, and can be told what it holds. Method: small chunks, all of their
// state compared.
#include "models/mm/percpu_chunk.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "tests/models/mm/small_chunk.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

std::string fault(const std::vector<PercpuSpan>& areas, const std::vector<PageRange>& populated) {
    PercpuChunk chunk = small_chunk(2);
    try {
        chunk.restore(areas, populated);
        return "";
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

}  // namespace

TEST_SUITE("models/mm/percpu_chunk_state") {
    TEST_CASE("pages allocated before they have memory are owed to the count of empty ones") {
        PercpuChunk chunk = small_chunk(2);
        CHECK(allocate(chunk, 5000) == 0);
        CHECK(chunk.nr_empty_populated() == Pages{-2});
        CHECK(chunk.unpopulated_in(chunk.all_pages()) == std::vector{range(0, 2)});
        chunk.populated(range(0, 2));
        CHECK(chunk.nr_empty_populated() == Pages{0});
        CHECK(chunk.nr_populated() == Pages{2});
        chunk.free(Bytes{0});
        chunk.depopulated(range(1, 2));
        CHECK(chunk.nr_empty_populated() == Pages{1});
        CHECK(chunk.populated_in(chunk.all_pages()) == std::vector{range(0, 1)});
    }
    TEST_CASE("a hidden part is neither free nor allocated") {
        PercpuChunk chunk{PercpuRegion{Pages{2}, Bytes{100}, Bytes{200}}, page};
        CHECK(chunk.free_bytes() == 2 * page - Bytes{300});
        CHECK(chunk.contig_bytes() == chunk.free_bytes());
        CHECK_FALSE(chunk.is_allocated(Bytes{0}));
        CHECK_FALSE(chunk.is_allocated(2 * page - Bytes{200}));
        CHECK(chunk.areas().empty());
        CHECK(allocate(chunk, 4) == 100);
        CHECK(chunk.is_allocated(Bytes{100}));
        CHECK_FALSE(chunk.is_allocated(Bytes{104}));
        CHECK(chunk.areas() == std::vector{PercpuSpan{Bytes{100}, Bytes{4}}});
    }
    TEST_CASE("a chunk is restored with all that its areas and pages tell") {
        PercpuChunk chunk = small_chunk(4);
        const std::vector<PercpuSpan> areas{{Bytes{8}, Bytes{8}}, {Bytes{16}, Bytes{8184}}};
        const std::vector<PageRange> populated{range(0, 1), range(3, 4)};
        chunk.restore(areas, populated);
        chunk.validate();
        CHECK(chunk.areas() == areas);
        CHECK(chunk.populated_in(chunk.all_pages()) == populated);
        CHECK(chunk.nr_populated() == Pages{2});
        CHECK(chunk.nr_empty_populated() == Pages{-1});  // page 3, less pages 1 and 2
        CHECK(chunk.contig_bytes() == 4 * page - Bytes{8200});
        CHECK(chunk.free(Bytes{16}) == Bytes{8184});
    }
    TEST_CASE("areas and pages that contradict each other are named") {
        CHECK(fault({{Bytes{0}, Bytes{8}}}, {range(0, 2)}).empty());
        CHECK(fault({{Bytes{8188}, Bytes{8}}}, {}) == "area 8188:8 does not lie in the chunk");
        CHECK(fault({{Bytes{8}, Bytes{0}}}, {}) == "area 8:0 does not lie in the chunk");
        CHECK(fault({{Bytes{2}, Bytes{8}}}, {}) == "area 2:8 is not aligned");
        CHECK(fault({{Bytes{0}, Bytes{8}}, {Bytes{4}, Bytes{8}}}, {}) ==
              "area 4:8 overlaps another");
        CHECK(fault({}, {range(1, 3)}) == "pages 1-3 do not lie in the chunk");
        CHECK(fault({}, {range(0, 2), range(1, 2)}) == "pages 1-2 are populated twice");
    }
}
