// Goal: what a trace says of allocations and frees becomes requests that refer to each other.
#include "analysis/replay/recorded_requests.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

RecordedRequests read(const std::string& text) {
    Script script{text};
    return requests_of(script);
}
std::string page_alloc(const char* who, int page, int order = 0, int type = 1) {
    return std::string{who} + " mm_page_alloc: pfn=" + std::to_string(page) +
           " order=" + std::to_string(order) + " migratetype=" + std::to_string(type) + "\n";
}
std::string page_free(const char* who, int page, int order = 0) {
    return std::string{who} + " mm_page_free: pfn=" + std::to_string(page) +
           " order=" + std::to_string(order) + "\n";
}

}  // namespace

TEST_SUITE("analysis/replay/recorded_requests") {
    TEST_CASE("a free refers to the last allocation of its block") {
        const RecordedRequests requests =
            read(page_alloc("1/7", 8000, 2, 0) + page_free("0/9", 8000, 2) +
                 page_alloc("1/7", 8000) + page_free("1/7s", 8000));
        CHECK(requests.allocations == 2);
        CHECK(requests.frees == 2);
        REQUIRE(requests.blocks.size() == 2);
        CHECK(requests.blocks[0].order == Order{2});
        CHECK(requests.blocks[0].type == MigrateType::unmovable);
        CHECK(requests.blocks[0].cpu == CpuId{1});
        REQUIRE(requests.cpus.size() == 2);
        REQUIRE(requests.cpus[0].size() == 1);
        CHECK(requests.cpus[0][0].frees);
        CHECK(requests.cpus[0][0].block == 0);
        REQUIRE(requests.cpus[1].size() == 3);
        CHECK(requests.cpus[1][2].block == 1);
    }
    TEST_CASE("time is counted from the first request, then from the CPU's last one") {
        // A line a second.
        const RecordedRequests requests = read(page_alloc("0/7", 1) + page_alloc("0/7", 2) +
                                               page_alloc("1/8", 3) + page_alloc("0/7", 4));
        CHECK(requests.cpus[0][0].after == 0_s);
        CHECK(requests.cpus[0][1].after == 1_s);
        CHECK(requests.cpus[1][0].after == 2_s);
        CHECK(requests.cpus[0][2].after == 2_s);
    }
    TEST_CASE(
        "what was allocated before, or otherwise, is taken at the start for the CPU that frees") {
        const RecordedRequests requests =
            read(page_free("1/7", 5000) + page_alloc("0/7", 8000, 3) + page_free("1/7", 8000));
        REQUIRE(requests.blocks.size() == 3);
        CHECK(requests.blocks[0].earlier);
        CHECK(requests.blocks[0].cpu == CpuId{1});
        CHECK_FALSE(requests.blocks[1].earlier);
        CHECK(requests.blocks[2].earlier);
        CHECK(requests.cpus[1][1].block == 2);
    }
    TEST_CASE("failed allocations, gigantic pages and other events ask for nothing") {
        const RecordedRequests requests =
            read(page_alloc("0/7", 8000) + "0/7 mm_page_alloc: pfn=0 order=0 migratetype=0\n" +
                 page_free("0/7", 1 << 18, 13) + "0/7 mm_page_free_batched: pfn=8000\n");
        CHECK(requests.frees == 0);
        CHECK_THROWS_AS(read("0/7 mm_page_free_batched: pfn=8000\n"), ScenarioError);
    }
    TEST_CASE("equal requests have equal fingerprints, and others have not") {
        const std::string text = page_alloc("0/7", 1) + page_free("0/7", 1);
        CHECK(read(text).fingerprint == read(text).fingerprint);
        CHECK(read(text).fingerprint !=
              read(page_alloc("0/7", 1) + page_free("1/7", 1)).fingerprint);
    }
    TEST_CASE("a file is read without its meta file") {
        const RecordedRequests requests =
            RequestReader{}.read(PCPSIM_SOURCE_DIR "/tests/data/drains-5.10.trace.gz");
        CHECK(requests.cpus.size() == 4);
        CHECK(requests.allocations == 2361);
        CHECK(requests.frees == 1827);
    }
}
