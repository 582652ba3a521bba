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
    TEST_CASE("among many chunks each keeps its names") {
        constexpr std::size_t chunks = 1000;
        const auto address = [](std::size_t i) { return Address{0xffffe8ffffc00000 - (i << 21)}; };
        const auto hash = [](std::size_t i) { return Address{i * 0x9e37'79b9 & 0xffff'ffff}; };
        PercpuNames names;
        for (std::size_t i = 1; i <= chunks; ++i) {
            names.add(address(i), ChunkId{i});
            names.add(hash(i), ChunkId{i});
        }
        for (std::size_t i = 1; i <= chunks; i += 3) names.remove(ChunkId{i});
        for (std::size_t i = 1; i <= chunks; ++i) {
            const bool is_there = i % 3 != 1;
            CHECK((names.find(address(i)) == ChunkId{i}) == is_there);
            CHECK((names.find(hash(i)) == ChunkId{i}) == is_there);
            CHECK(names.find(hash(i)).has_value() == is_there);
        }
    }
    TEST_CASE("no address is no name") {
        PercpuNames names;
        names.add(Address{}, ChunkId{0});
        CHECK(!names.find(Address{}));
        CHECK(names.name_of(ChunkId{7}) == "chunk 7");
    }
}
