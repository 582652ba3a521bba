#include "analysis/replay/trace_fields.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;
using namespace pcpsim::trace;

namespace {

template <class E>
E read(std::string_view name, std::string_view fields) {
    Event event;
    REQUIRE(reader_of(name)(Fields{fields}, event) == FieldsRead::complete);
    REQUIRE(std::holds_alternative<E>(event));
    return std::get<E>(event);
}

FieldsRead result_of(std::string_view name, std::string_view fields) {
    Event event;
    return reader_of(name)(Fields{fields}, event);
}

}  // namespace

TEST_SUITE("analysis/replay/trace_fields") {
    TEST_CASE("the tracepoints of kmem") {
        const auto alloc = read<PageAlloc>(
            "mm_page_alloc", " page=0xffffea0001 pfn=0x3f order=2 migratetype=1 gfp_flags=X");
        CHECK(alloc.page == Pfn{0x3f});
        CHECK(alloc.order == Order{2});
        CHECK(alloc.type == MigrateType::movable);
        CHECK(read<PageFreeBatched>("mm_page_free_batched", " pfn=17 order=0").page == Pfn{17});
        const auto locked = read<PageAllocZoneLocked>(
            "mm_page_alloc_zone_locked", " pfn=17 order=3 migratetype=2 percpu_refill=1");
        CHECK(locked.order == Order{3});
        CHECK(locked.type == MigrateType::reclaimable);
        CHECK(read<PagePcpuDrain>("mm_page_pcpu_drain", " pfn=17 order=0 migratetype=5").type ==
              MigrateType::isolate);
    }
    TEST_CASE("a fallback names the block, and the type that was wanted") {
        const auto taken = read<PageAllocExtfrag>(
            "mm_page_alloc_extfrag",
            " page=0000000042483488 pfn=0x19400 alloc_order=1 fallback_order=10 pageblock_order=9 "
            "alloc_migratetype=0 fallback_migratetype=1 fragmenting=0 change_ownership=1");
        CHECK(taken.page == Pfn{0x19400});
        CHECK(taken.order == Order{1});
        CHECK(taken.type == MigrateType::unmovable);
    }
    TEST_CASE("a failed allocation has no page") {
        for (const char* fields : {"page=(null) pfn=0 order=0 migratetype=0 gfp_flags=0",
                                   "pfn=0xffffffffffffffff order=0 migratetype=0 gfp_flags=0"})
            CHECK(!read<PageAlloc>("mm_page_alloc", fields).page);
    }
    TEST_CASE("the probe on a free reads what its kernel has") {
        const auto old = read<PcpCommit>("pcp_commit", " pfn=0x1c50 mt=1 order=0x0");
        CHECK(old.page == Pfn{0x1c50});
        CHECK(!old.pcp);
        CHECK(old.fields == PcpFields{});
        const auto tuned = read<PcpCommit>(
            "pcp_commit",
            " page=0xffffea0000281ec0 mt=0 order=1 pcp=0xffff88807dabc440 count=174 high=475 "
            "flags=2 af=3 fc=-5");
        CHECK(!tuned.page);
        CHECK(tuned.pcp == Address{0xffff88807dabc440});
        CHECK(tuned.fields.count == 174);
        CHECK(tuned.fields.high == 475);
        CHECK(tuned.fields.flags == 2);
        CHECK(tuned.fields.alloc_factor == 3);
        CHECK(tuned.fields.free_count == -5);
        CHECK(tuned.fields.free_factor == PcpFields::absent);
    }
    TEST_CASE("the probe on a bulk free, too") {
        const auto tuned = read<PcpBulkfree>(
            "pcp_bulkfree",
            " zone=0xa1 pcp=0xb2 n=63 pindex=0 count=571 high=572 high_min=475 high_max=15591 "
            "batch=63 alloc_factor=1 free_count=19");
        CHECK(tuned.zone == Address{0xa1});
        CHECK(tuned.pcp == Address{0xb2});
        CHECK(tuned.asked == 63_pages);
        CHECK(tuned.list == 0);
        CHECK(tuned.fields.count == 571);
        CHECK(tuned.fields.high == 572);
        CHECK(tuned.fields.high_min == 475);
        CHECK(tuned.fields.high_max == 15591);
        CHECK(tuned.fields.batch == 63);
        CHECK(tuned.fields.alloc_factor == 1);
        CHECK(tuned.fields.free_count == 19);
        const auto old = read<PcpBulkfree>("pcp_bulkfree",
                                           "zone=0xa1 pcp=0xb2 n=263 count=263 high=378 batch=63");
        CHECK(old.asked == 263_pages);
        CHECK(old.list == PcpFields::absent);
        CHECK(old.fields.alloc_factor == PcpFields::absent);
    }
    TEST_CASE("a bulk allocation has the migratetype of its flags") {
        CHECK(read<BulkAlloc>("bulk_alloc", " (f+0x0/0x6b0) gfp=0x2dc2 nr=4").type ==
              MigrateType::unmovable);
        CHECK(read<BulkAlloc>("bulk_alloc", " gfp=0xdca nr=4").type == MigrateType::movable);
        CHECK(read<BulkReturn>("bulk_ret", " (f+0x24f/0x850 <- g) ret=16").pages == 16_pages);
    }
    TEST_CASE("drains") {
        CHECK(!read<DrainAll>("drain_all", " (f+0x4/0x10) zone=0x0").zone);
        CHECK(!read<DrainAll>("drain_all", " zone=0x0").inner);
        CHECK(read<DrainAll>("drain_all_inner", " zone=0x1 force=0").zone == Address{1});
        CHECK(read<DrainAll>("drain_all_inner", " zone=0x1 force=0").inner);
        CHECK(!read<DrainAll>("drain_all_inner", " zone=0x1 force=0").forced);
        CHECK(read<DrainAll>("drain_all_inner", " zone=0x1 force=1").forced);
        read<DrainReturn>("drain_ret", " (f+0xdd/0x150 [m] <- drain_all_pages)");
        read<DrainWork>("drain_wq", " (drain_local_pages_wq+0x0/0x60)");
        read<DrainLocal>("drain_local", " (drain_local_pages+0x0/0x70) zone=0x1");
        CHECK(read<ZonePcpDisable>("zone_pcp_disable", " (f+0x0/0x40) zone=0x3").zone ==
              Address{3});
        CHECK(read<DrainPages>("drain_pages", " cpu=3").cpu == CpuId{3});
        CHECK(read<DrainPagesZone>("drain_pages_zone", " cpu=3 zone=0x2").zone == Address{2});
        CHECK(read<DecayPcpHigh>("decay_pcp_high",
                                 " (f+0x4/0xa0) zone=0x1 pcp=0x2 count=3 high=4 high_min=5 batch=6")
                  .fields.batch == 6);
    }
    TEST_CASE("of work items those of drains are told from others") {
        const std::string tail = " workqueue=mm_percpu_wq req_cpu=7 cpu=3";
        const auto drain = read<WorkQueued>(
            "workqueue_queue_work", " work struct=ff12 function=drain_local_pages_wq" + tail);
        CHECK(drain.drains);
        CHECK(drain.cpu == CpuId{3});
        CHECK(!read<WorkQueued>("workqueue_queue_work",
                                " work struct=ff12 function=vmstat_update req_cpu=8192 cpu=-1")
                   .drains);
        read<DrainWorkEnd>("workqueue_execute_end",
                           " work struct ff12: function drain_local_pages_wq");
        CHECK(result_of("workqueue_execute_end", " work struct ff12: function vmstat_update") ==
              FieldsRead::unknown);
    }
    TEST_CASE("a field that is missing, cut or no number breaks the event") {
        CHECK(result_of("mm_page_free", " pfn=17") == FieldsRead::broken);
        CHECK(result_of("mm_page_free", " order=0") == FieldsRead::broken);
        CHECK(result_of("mm_page_free", " pfn= order=0") == FieldsRead::broken);
        CHECK(result_of("mm_page_free", " pfn=0x order=0") == FieldsRead::broken);
        CHECK(result_of("pcp_commit", " pfn=1 mt=1 order=0 count=1z") == FieldsRead::broken);
        CHECK(result_of("pcp_bulkfree", " zone=0xa1 pcp=0xb2 n=-1") == FieldsRead::broken);
        CHECK(result_of("pcp_bulkfree", " zone=0xa1 pcp=0xb2 n=1 batch=0") == FieldsRead::broken);
        CHECK(result_of("decay_pcp_high", " zone=0xa1 pcp=0xb2 batch=-1") == FieldsRead::broken);
        CHECK(result_of("pcp_bulkfree", " zone=0xa1 pcp=0xb2 n=1 count=99999999999") ==
              FieldsRead::broken);
    }
    TEST_CASE("other names are unknown") {
        CHECK(result_of("mm_page_allo", "") == FieldsRead::unknown);
        CHECK(result_of("", "") == FieldsRead::unknown);
    }
}
