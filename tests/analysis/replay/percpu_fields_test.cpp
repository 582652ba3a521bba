#include "analysis/replay/percpu_fields.hpp"

#include <doctest/doctest.h>

#include <string>

#include "analysis/replay/trace_fields.hpp"

using namespace pcpsim;
using namespace pcpsim::trace;

namespace {

template <class E>
E read_percpu(std::string_view name, std::string_view fields) {
    Event event;
    REQUIRE(reader_of(name)(Fields{fields}, event) == FieldsRead::complete);
    REQUIRE(std::holds_alternative<PercpuEvent>(event));
    REQUIRE(std::holds_alternative<E>(std::get<PercpuEvent>(event)));
    return std::get<E>(std::get<PercpuEvent>(event));
}

FieldsRead result_of(std::string_view name, std::string_view fields) {
    Event event;
    return reader_of(name)(Fields{fields}, event);
}

}  // namespace

TEST_SUITE("analysis/replay/percpu_fields") {
    TEST_CASE("an allocation of 6.1, and one of 5.10 with fewer fields") {
        const auto alloc = read_percpu<PercpuAlloc>(
            "percpu_alloc_percpu",
            " call_site=alloc_desc+0x50/0x250 reserved=0 is_atomic=1 size=1096 align=8 "
            "base_addr=ffff88807da37000 off=2208 bytes_alloc=24 gfp_flags=GFP_KERNEL|__GFP_ZERO");
        CHECK(alloc.chunk == Address{0xffff88807da37000});
        CHECK(alloc.offset == 2208);
        CHECK(alloc.size == 1096);
        CHECK(alloc.align == 8);
        CHECK(alloc.atomic);
        CHECK(!alloc.reserved);
        const auto old = read_percpu<PercpuAlloc>(
            "percpu_alloc_percpu",
            " reserved=1 is_atomic=0 size=4 align=4 base_addr=00000000dc26bb42 off=8 ptr=0000");
        CHECK(old.chunk == Address{0xdc26bb42});
        CHECK(old.reserved);
    }
    TEST_CASE("before the kernel can hash pointers it prints none") {
        CHECK(read_percpu<PercpuFree>("percpu_free_percpu", " base_addr=(____ptrval____) off=8")
                  .chunk == Address{});
    }
    TEST_CASE("what the probes read") {
        const auto populated = read_percpu<PercpuPopulated>(
            "pcpu_populated", " base=0xffffe8ffffc00000 start=3 end=6");
        CHECK(populated.chunk == Address{0xffffe8ffffc00000});
        CHECK(populated.start == Pages{3});
        CHECK(populated.end == Pages{6});
        CHECK(read_percpu<PercpuBalanceFree>("pcpu_balance_free", " empty_only=1").empty_only);
        const auto entry = read_percpu<PercpuAllocEntry>(
            "pcpu_alloc", " size=0x458 align=0x8 reserved=0 gfp=0x400cc0 ra=mem_cgroup_css_alloc");
        CHECK(entry.size == 1112);
        CHECK(entry.accounted);
    }
    TEST_CASE("marks of percpu memory are read, others are not for us") {
        const auto mark =
            read_percpu<PercpuMark>("tracing_mark_write", " LABPCPU rm_inner+1 kB=8272");
        CHECK(mark.name() == "rm_inner+1");
        CHECK(mark.kilobytes == 8272);
        CHECK(!read_percpu<PercpuMark>("tracing_mark_write", " LABPCPU mapdump").kilobytes);
        CHECK(result_of("tracing_mark_write", " LABMARK run 3") == FieldsRead::unknown);
        CHECK(result_of("tracing_mark_write", " LABPCPU " + std::string(40, 'x') + " kB=1") ==
              FieldsRead::unknown);
    }
    TEST_CASE("missing, empty and oversized values are broken") {
        for (const char* fields :
             {"reserved=0 is_atomic=0 size=4 align=4 base_addr=12", "base_addr= off=3",
              "reserved=0 is_atomic=0 size=99999999999 align=4 base_addr=12 off=1",
              "reserved=0 is_atomic=0 size=4 align=4 base_addr=11112222333344445 off=1",
              "reserved=0 is_atomic=0 size=4 align=4 base_addr=12x off=1"})
            CHECK(result_of("percpu_alloc_percpu", fields) == FieldsRead::broken);
        CHECK(result_of("pcpu_populated", " base=0x1 start=6 end=6") == FieldsRead::broken);
        CHECK(result_of("pcpu_populated", " base=0x1 start=-1 end=6") == FieldsRead::broken);
    }
}
