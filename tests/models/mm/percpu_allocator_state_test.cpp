// Goal: the allocator starts where it is told to, and shows what kernels show. Method: small
// chunks, and the first chunk of a kernel for x86-64.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/models/mm/small_percpu.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

std::string fault(const PercpuChunkState& state) {
    PercpuAllocator percpu = small_percpu();
    try {
        percpu.restore(state);
        return "";
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

}  // namespace

TEST_SUITE("models/mm/percpu_allocator_state") {
    TEST_CASE("eras without isolated chunks do not number their lists") {
        PercpuAllocator old = small_percpu("5.10");
        PercpuAllocator recent = small_percpu();
        CHECK(old.nr_slots() == 16);
        CHECK(recent.nr_slots() == 18);
        CHECK(old.slot(old.create_chunk(PercpuType::memcg)) == 15);
        CHECK(recent.slot(recent.create_chunk(PercpuType::memcg)) == 16);
    }
    TEST_CASE("Percpu counts the first unit as a whole, and units that no CPU uses") {
        PercpuLayout layout;
        layout.static_size = Bytes{217'088};
        layout.groups = group_by_distance(12, [](CpuId, CpuId) { return true; });
        PercpuAllocator percpu{make_percpu_geometry(layout), *find_percpu_rules("6.1")};
        percpu.set_up_first_chunk();
        CHECK(percpu.nr_populated() == Pages{53 + 2 + 7});
        CHECK(percpu.footprint() == 4_KiB * (62 * 16));
        percpu.populated(percpu.create_chunk(PercpuType::root), PageRange{Pages{0}, Pages{3}});
        CHECK(percpu.footprint() == 4_KiB * (65 * 16));
    }
    TEST_CASE("a state that contradicts itself is refused") {
        PercpuChunkState first = used_chunk(1);
        first.first = true;
        CHECK(fault(used_chunk(8, 13)).empty());
        PercpuChunkState both = first;
        both.reserved = true;
        CHECK(fault(both) == "the first chunk is not the reserved one");
        CHECK(fault(used_chunk(8, 18)) == "there is no such slot");
        CHECK(fault(used_chunk(17)) == "area 0:69632 does not lie in the chunk");
        PercpuChunkState large = used_chunk(1);
        large.region.pages = Pages{17};
        CHECK(fault(large) == "the chunk has no page, or more than a unit");
        PercpuChunkState group = used_chunk(1);
        group.type = PercpuType::memcg;
        CHECK(fault(group) == "the era has no chunks of this type");
        PercpuChunkState aside = used_chunk(1, 15);
        CHECK(fault(aside) == "a chunk is isolated, or not, against its slot");
        aside.isolated = true;
        CHECK(fault(aside).empty());
    }
    TEST_CASE("a copy goes its own way, and acts alike while it holds the same") {
        PercpuAllocator percpu = small_percpu();
        const ChunkId id = percpu.create_chunk(PercpuType::root);
        percpu.populated(id, PageRange{Pages{0}, Pages{2}});
        PercpuAllocator copy{percpu};
        CHECK(copy.acts_like(percpu));
        const PercpuRequest request{.size = Bytes{64}};
        const auto area = copy.allocate(request);
        REQUIRE(area);
        CHECK_FALSE(copy.acts_like(percpu));
        CHECK_FALSE(percpu.is_allocated(id, area->offset));
        CHECK(percpu.allocate(request) == area);
        CHECK(copy.acts_like(percpu));
        percpu.validate();
        copy.validate();
    }
    TEST_CASE("hints tell two allocators apart that hold the same areas") {
        // Of two runs as long the one that came second is remembered beside the other, unless it
        // is the better aligned one.
        const auto freed = [](int first, int second) {
            PercpuAllocator percpu = small_percpu();
            const ChunkId id = percpu.create_chunk(PercpuType::root);
            std::vector<PercpuArea> areas;
            for (const int size : {16, 8, 32, 8, 16, 8})
                areas.push_back(*percpu.allocate({.size = Bytes{size}}));
            while (percpu.chunk(id).contig_bytes() > Bytes{0})
                percpu.allocate({.size = std::min(percpu.chunk(id).contig_bytes(), Bytes{32768})});
            percpu.free(id, areas[static_cast<std::size_t>(first)].offset);
            percpu.free(id, areas[static_cast<std::size_t>(second)].offset);
            return percpu;
        };
        CHECK(freed(0, 4).chunk(ChunkId{0}).areas() == freed(4, 0).chunk(ChunkId{0}).areas());
        CHECK(freed(0, 4).acts_like(freed(0, 4)));
        CHECK_FALSE(freed(0, 4).acts_like(freed(4, 0)));
    }
}
