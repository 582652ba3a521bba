// Goal: areas of a chunk lie where kernels put them. Method: small chunks, positions worked out.
#include "models/mm/percpu_chunk.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace pcpsim;

namespace {

constexpr Bytes page{4096};
constexpr Bytes word{4};

PercpuChunk pages(std::int64_t count) { return PercpuChunk{PercpuRegion{Pages{count}}, page}; }

PageRange range(std::int64_t start, std::int64_t end) {
    return PageRange{Pages{start}, Pages{end}};
}

/// The offset, or -1 if no place was found.
std::int64_t allocate(PercpuChunk& chunk, std::int64_t size, std::int64_t align = 4,
                      PercpuBacking backing = PercpuBacking::any) {
    const auto from = chunk.find_fit(Bytes{size}, Bytes{align}, backing);
    if (!from) return -1;
    const auto offset = chunk.allocate(*from, Bytes{size}, Bytes{align});
    REQUIRE(offset);
    chunk.validate();
    return offset->count();
}

std::string fault(const std::vector<PercpuSpan>& areas, const std::vector<PageRange>& populated) {
    PercpuChunk chunk = pages(2);
    try {
        chunk.restore(areas, populated);
        return "";
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

}  // namespace

TEST_SUITE("models/mm/percpu_chunk") {
    TEST_CASE("an area goes to the lowest place that holds it") {
        PercpuChunk chunk = pages(2);
        CHECK(allocate(chunk, 8) == 0);
        CHECK(allocate(chunk, 100) == 8);
        CHECK(allocate(chunk, 16, 64) == 128);  // 108 is not aligned
        CHECK(allocate(chunk, 20) == 108);
        CHECK(allocate(chunk, 20) == 144);
        CHECK(chunk.free(Bytes{8}) == Bytes{100});
        CHECK(allocate(chunk, 60) == 8);
        CHECK(allocate(chunk, 44) == 164);  // 40 are left between
        CHECK(allocate(chunk, 40) == 68);
    }
    TEST_CASE("an area may lie in several pages, none of which is empty then") {
        PercpuChunk chunk = pages(4);
        chunk.populated(range(0, 4));
        CHECK(chunk.nr_empty_populated() == Pages{4});
        CHECK(allocate(chunk, 4000) == 0);
        CHECK(allocate(chunk, 5000) == 4000);
        CHECK(chunk.nr_empty_populated() == Pages{1});
        CHECK(chunk.pages_of(PercpuSpan{Bytes{4000}, Bytes{5000}}) == range(0, 3));
        CHECK_FALSE(chunk.is_empty_page(Pages{2}));
        CHECK(chunk.is_empty_page(Pages{3}));
        CHECK(chunk.free(Bytes{4000}) == Bytes{5000});
        chunk.validate();
        CHECK(chunk.nr_empty_populated() == Pages{3});
        CHECK(chunk.contig_bytes() == 4 * page - Bytes{4000});
    }
    TEST_CASE("pages allocated before they have memory are owed to the count of empty ones") {
        PercpuChunk chunk = pages(2);
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
    TEST_CASE("an area that must have memory passes over pages without") {
        constexpr auto populated = PercpuBacking::populated;
        PercpuChunk chunk = pages(8);
        CHECK(allocate(chunk, 8, 4, populated) == -1);
        chunk.populated(range(2, 3));
        chunk.populated(range(5, 8));
        CHECK(allocate(chunk, 8, 4, populated) == 2 * 4096);
        CHECK(allocate(chunk, 5000, 4, populated) == 5 * 4096);
        CHECK(allocate(chunk, 8, 4) == 0);
    }
    TEST_CASE("what is freed is known to the chunk in its first page, or if a page became empty") {
        PercpuChunk chunk = pages(3);
        for (int i = 0; i < 12; ++i) CHECK(allocate(chunk, 1024) == 1024 * i);
        CHECK(chunk.contig_bytes() == Bytes{0});
        chunk.free(Bytes{5 * 1024});  // in the second page
        CHECK(chunk.free_bytes() == 1_KiB);
        CHECK(chunk.contig_bytes() == Bytes{0});
        CHECK(allocate(chunk, 4) == -1);
        chunk.free(Bytes{1024});  // in the first
        CHECK(chunk.contig_bytes() == 1_KiB);
        CHECK(allocate(chunk, 4) == 1024);
        for (const std::int64_t i : {4, 6, 7}) chunk.free(Bytes{1024 * i});
        CHECK(chunk.contig_bytes() == 4_KiB);
    }
    TEST_CASE("the longest run is not looked for among those that alignment spoils") {
        PercpuChunk chunk = pages(1);
        const std::vector<PercpuSpan> areas{
            {Bytes{0}, Bytes{64}}, {Bytes{96}, Bytes{40}}, {Bytes{180}, Bytes{4096 - 180}}};
        chunk.restore(areas, {});
        // Free: 64 to 96, well aligned, and 136 to 180, longer.
        CHECK(allocate(chunk, 32, 32) == -1);
        CHECK(allocate(chunk, 32, 8) == 64);
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
        CHECK(chunk.areas() == std::vector{PercpuSpan{Bytes{100}, word}});
    }
    TEST_CASE("a chunk is restored with all that its areas and pages tell") {
        PercpuChunk chunk = pages(4);
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
