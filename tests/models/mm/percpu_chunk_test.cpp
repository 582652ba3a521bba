// Goal: areas of a chunk lie where kernels put them. Method: small chunks, positions worked out.
#include "models/mm/percpu_chunk.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/small_chunk.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

TEST_SUITE("models/mm/percpu_chunk") {
    TEST_CASE("an area goes to the lowest place that holds it") {
        PercpuChunk chunk = small_chunk(2);
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
        PercpuChunk chunk = small_chunk(4);
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
    TEST_CASE("an area that must have memory passes over pages without") {
        constexpr auto populated = PercpuBacking::populated;
        PercpuChunk chunk = small_chunk(8);
        CHECK(allocate(chunk, 8, 4, populated) == -1);
        chunk.populated(range(2, 3));
        chunk.populated(range(5, 8));
        CHECK(allocate(chunk, 8, 4, populated) == 2 * 4096);
        CHECK(allocate(chunk, 5000, 4, populated) == 5 * 4096);
        CHECK(allocate(chunk, 8, 4) == 0);
    }
    TEST_CASE("what is freed is known to the chunk in its first page, or if a page became empty") {
        PercpuChunk chunk = small_chunk(3);
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
        PercpuChunk chunk = small_chunk(1);
        const std::vector<PercpuSpan> areas{
            {Bytes{0}, Bytes{64}}, {Bytes{96}, Bytes{40}}, {Bytes{180}, Bytes{4096 - 180}}};
        chunk.restore(areas, {});
        // Free: 64 to 96, well aligned, and 136 to 180, longer.
        CHECK(allocate(chunk, 32, 32) == -1);
        CHECK(allocate(chunk, 32, 8) == 64);
    }
}
