#include "analysis/replay/recorded_pcp.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

namespace {

constexpr Order base{0};
constexpr MigrateType movable = MigrateType::movable;

RecordedPcp pcp_of(std::string_view era) {
    RecordedPcp pcp{*find_kernel_rules(era), CpuId{0}, 0};
    trace::PcpFields fields;
    fields.batch = 4;
    fields.high = 16;
    pcp.adopt(fields);
    return pcp;
}

PageRuns pages(std::int64_t first, std::uint32_t count) {
    PageRuns runs;
    runs.push_tail(PageRun{Pfn{first}, count, 1});
    return runs;
}

}  // namespace

TEST_SUITE("analysis/replay/recorded_pcp") {
    TEST_CASE("nothing is known at first, and all once the lists are empty") {
        RecordedPcp pcp = pcp_of("6.1");
        CHECK(!pcp.knows_all());
        CHECK(!pcp.count());
        pcp.become_empty();
        CHECK(pcp.knows_all());
        CHECK(pcp.knows(Order{3}, MigrateType::reclaimable));
        CHECK(pcp.count() == 0_pages);
        pcp.forget(Unchecked::after_lost_events);
        CHECK(!pcp.knows(base, movable));
        CHECK(pcp.doubt() == Unchecked::after_lost_events);
    }
    TEST_CASE("unseen pages count until they are taken, and then all lists are known") {
        RecordedPcp pcp = pcp_of("6.1");
        CHECK(!pcp.free(Pfn{100}, base, movable));
        pcp.learn_count(3_pages);
        CHECK(pcp.count() == 3_pages);
        pcp.take_unseen(1_pages);
        CHECK(!pcp.knows_all());
        pcp.take_unseen(1_pages);
        CHECK(pcp.knows_all());
        CHECK(pcp.count() == 1_pages);
    }
    TEST_CASE("a spill is predicted from all pages, the unseen ones too") {
        RecordedPcp pcp = pcp_of("6.1");
        pcp.learn_count(14_pages);
        CHECK(pcp.free(Pfn{100}, base, movable) == 0_pages);
        CHECK(pcp.free(Pfn{101}, base, movable) == 4_pages);
    }
    TEST_CASE("under pressure a spill comes at four batches, as one without would not") {
        RecordedPcp pcp = pcp_of("6.1");
        trace::PcpFields higher;
        higher.batch = 4;
        higher.high = 40;
        pcp.adopt(higher);
        pcp.learn_count(15_pages);
        CHECK(pcp.free(Pfn{100}, base, movable) == 0_pages);
        CHECK(!pcp.spills_under_pressure(5_pages, base));
        CHECK(pcp.spills_under_pressure(4_pages, base));
        CHECK(pcp.model.tuning().free_factor == 1);
    }
    TEST_CASE("a zone below its high watermark does not let high rise at a refill") {
        RecordedPcp pcp = pcp_of("6.12");
        trace::PcpFields fields;
        fields.batch = 4;
        fields.high = fields.high_min = 8;
        fields.high_max = 400;
        fields.alloc_factor = 2;
        fields.free_count = 0;
        pcp.adopt(fields);
        pcp.become_empty();
        // 4 << 2 pages; below the watermark only as many as high leaves room for, 8 - 4.
        PageRuns few = pages(200, 4);
        CHECK(pcp.refill_with(base, movable, few, Blocks{4}) == Blocks{4});
        CHECK(pcp.model.tuning().high == 8_pages);
        pcp.become_empty();
        PageRuns many = pages(300, 16);
        CHECK(pcp.refill_with(base, movable, many, Blocks{16}) == Blocks{16});
        CHECK(pcp.model.tuning().high == 24_pages);
    }
    TEST_CASE("a refill makes its list known, and no other") {
        RecordedPcp pcp = pcp_of("6.1");
        PageRuns blocks = pages(200, 4);
        CHECK(pcp.next_refill(base) == Blocks{4});
        CHECK(pcp.refill_with(base, movable, blocks) == Blocks{4});
        CHECK(pcp.knows(base, movable));
        CHECK(!pcp.knows(base, MigrateType::unmovable));
        CHECK(pcp.head(base, movable) == Pfn{200});
    }
    TEST_CASE("the depth of a page counts from the head, over runs of any step") {
        RecordedPcp pcp = pcp_of("6.1");
        pcp.become_empty();
        PageRuns blocks = pages(200, 4);
        pcp.refill_with(base, movable, blocks);
        for (const int page : {90, 80, 70, 500}) pcp.free(Pfn{page}, base, movable);
        const std::int64_t order[] = {500, 70, 80, 90, 200, 201, 202, 203};
        for (std::int64_t i = 0; i < 8; ++i) CHECK(pcp.depth_of(Pfn{order[i]}, base, movable) == i);
        for (const int page : {60, 75, 100, 199, 204, 501})
            CHECK(!pcp.depth_of(Pfn{page}, base, movable));
    }
    TEST_CASE("lifting a page and putting it back changes nothing") {
        RecordedPcp pcp = pcp_of("6.1");
        pcp.become_empty();
        pcp.free(Pfn{100}, base, movable);
        const PcpTuning before = pcp.model.tuning();
        const Pfn page = pcp.lift(base, movable);
        CHECK(page == Pfn{100});
        CHECK(pcp.count() == 0_pages);
        pcp.put_back(page, base, movable);
        CHECK(pcp.head(base, movable) == Pfn{100});
        CHECK(pcp.count() == 1_pages);
        CHECK(pcp.model.tuning().free_factor == before.free_factor);
    }
    TEST_CASE("recorded tuning replaces the model's, and a difference is told") {
        RecordedPcp pcp = pcp_of("6.1");
        trace::PcpFields fields;
        fields.free_factor = 2;
        CHECK(!pcp.adopt(fields));
        CHECK(pcp.model.tuning().free_factor == 2);
        CHECK(pcp.adopt(fields));
        CHECK(pcp.model.tuning().batch == 4_pages);
    }
    TEST_CASE("an era that tunes itself predicts refills once its tuning is recorded") {
        RecordedPcp pcp = pcp_of("6.12");
        pcp.become_empty();
        CHECK(!pcp.predicts_refill());
        trace::PcpFields fields;
        fields.alloc_factor = 1;
        fields.high_min = 16;
        fields.high_max = 64;
        pcp.adopt(fields);
        CHECK(pcp.predicts_refill());
        pcp.lose_count();
        CHECK(!pcp.predicts_refill());
        CHECK(pcp_of("6.1").predicts_refill());
    }
}
