#include "analysis/replay/percpu_names.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;
using pcpsim::trace::Address;

TEST_SUITE("analysis/replay/percpu_names") {
    TEST_CASE("a chunk has an address and its hash, until it is gone") {
        PercpuNames names;
        names.add(Address{0x1000}, ChunkId{0});
        names.add(Address{0x55}, ChunkId{0});
        names.add(Address{0x2000}, ChunkId{1});
        CHECK(names.find(Address{0x1000}) == ChunkId{0});
        CHECK(names.find(Address{0x55}) == ChunkId{0});
        CHECK(names.name_of(ChunkId{0}) == "chunk 1000");
        names.remove(ChunkId{0});
        CHECK(!names.find(Address{0x1000}));
        CHECK(!names.find(Address{0x55}));
        CHECK(names.find(Address{0x2000}) == ChunkId{1});
    }
    TEST_CASE("a later chunk may be at the address of an earlier one") {
        PercpuNames names;
        names.add(Address{0x1000}, ChunkId{0});
        CHECK(names.find(Address{0x1000}) == ChunkId{0});
        names.add(Address{0x1000}, ChunkId{1});
        CHECK(names.find(Address{0x1000}) == ChunkId{1});
    }
    TEST_CASE("no address is no name") {
        PercpuNames names;
        names.add(Address{}, ChunkId{0});
        CHECK(!names.find(Address{}));
        CHECK(names.name_of(ChunkId{7}) == "chunk 7");
    }
}
