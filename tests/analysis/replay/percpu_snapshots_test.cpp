// Goal: whatever a file of chunks holds, the answer is its content, or an error that says where.
#include "analysis/replay/percpu_snapshots.hpp"

#include <doctest/doctest.h>

#include "models/config/errors.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

PercpuSnapshots read(const std::string& text) {
    const TemporaryFolder temporary;
    return read_percpu_snapshots(temporary.write("a.chunks", text));
}

/// The complaint behind the file's name.
std::string complaint(const std::string& text) {
    const TemporaryFolder temporary;
    const std::string path = temporary.write("a.chunks", text);
    try {
        read_percpu_snapshots(path);
    } catch (const ScenarioError& error) {
        return std::string{error.what()}.substr(path.size());
    }
    return "none";
}

const std::string counters =
    "### labpcpu.boot\nnr_slots 21 nr_populated 65 nr_units 4 unit_pages 128 nr_empty_pop 3\n";

}  // namespace

TEST_SUITE("analysis/replay/percpu_snapshots") {
    TEST_CASE("chunks with counters and hints, and their areas") {
        const PercpuSnapshots all =
            read(counters +
                 "chunk type=1 slot=19 base_addr=ffffe8ffffc00000 base_hash=00000000ba25aed5 "
                 "free_bytes=24 contig_bytes=16 nr_pages=128 nr_populated=3 nr_empty_pop=2 "
                 "immutable=0 isolated=1 first=0 reserved=0 start_offset=0 end_offset=8\n"
                 "### labpcpumap.end\n"
                 "chunk type=0 slot=8 base_addr=12 pop=0-7,9-10, allocs=0:32,64:4\n");
        const PercpuSnapshot* snapshot = all.find("boot");
        REQUIRE(snapshot != nullptr);
        CHECK(snapshot->nr_slots == 21);
        CHECK(snapshot->nr_populated == Pages{65});
        CHECK(snapshot->empty[0] == Pages{3});
        REQUIRE(snapshot->chunks.size() == 1);
        const RecordedChunk& chunk = snapshot->chunks[0];
        CHECK(chunk.type == PercpuType::memcg);
        CHECK(chunk.hash == trace::Address{0xba25aed5});
        CHECK(chunk.contig_bytes == Bytes{16});
        CHECK(chunk.isolated);
        CHECK(chunk.end_offset == Bytes{8});
        CHECK(all.find("end") == nullptr);
        const PercpuMap* map = all.find_map("end");
        REQUIRE(map != nullptr);
        REQUIRE(map->chunks.size() == 1);
        CHECK(map->chunks[0].populated ==
              std::vector<PageRange>{{Pages{0}, Pages{7}}, {Pages{9}, Pages{10}}});
        CHECK(map->chunks[0].areas ==
              std::vector<PercpuSpan>{{Bytes{0}, Bytes{32}}, {Bytes{64}, Bytes{4}}});
    }
    TEST_CASE("what is wrong is said with its line") {
        CHECK(complaint("hello\n") ==
              ":1: expected a section, the counters of a snapshot or a chunk, got \"hello\"");
        CHECK(complaint("### else\n") ==
              ":1: expected \"### labpcpu.NAME\" or \"### labpcpumap.NAME\", got \"else\"");
        CHECK(complaint("chunk type=0\n") ==
              ":1: expected a section before the first chunk, got \"type=0\"");
        CHECK(complaint(counters + "chunk slot=3\n").starts_with(":3: expected \"... base_addr"));
        CHECK(complaint(counters + "chunk slot=-3\n") ==
              ":3: expected slot from 0 to 63, got \"-3\"");
        CHECK(complaint(counters + "chunk base_addr=xyz\n") ==
              ":3: expected an address, got \"xyz\"");
        CHECK(complaint("### labpcpumap.a\nchunk base_addr=1 pop=0-7,9\n") ==
              ":2: expected a list \"N-N,...\", got \"9\"");
        CHECK(complaint("### labpcpu.a\nnr_slots 3\n").starts_with(":2: expected \"... nr_units"));
    }
    TEST_CASE("a file that is cut is refused") {
        CHECK(complaint(counters + "chunk type=0 slot=19 base_ad")
                  .starts_with(":3: expected whole lines to its end"));
    }
}
