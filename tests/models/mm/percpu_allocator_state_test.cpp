// Goal: the allocator starts where it is told to, and shows what kernels show. Method: small
// chunks, and the first chunk of a kernel for x86-64.
#include <doctest/doctest.h>

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
}
