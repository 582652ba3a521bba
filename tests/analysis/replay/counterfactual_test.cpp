// Goal: the same requests are answered as another kernel would, and as the recorded one did.
#include "analysis/replay/counterfactual.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/replay/small_recording.hpp"

using namespace pcpsim;
using namespace pcpsim::test;

namespace {

struct Answered {
    AllocatorCounts recorded, counts;
    std::int64_t allocations, failed;
};

struct Asked {
    const char* recorded = "6.1";
    const char* era = "6.1";
    const char* strategy = "remote-spinlock";
    PcpSettings pcp = {};
    RecordedKernel kernel = small_kernel();
};

Answered answer(const std::string& text, const Asked& asked = {}) {
    const KernelRules& rules = *find_kernel_rules(asked.recorded);
    Counterfactual other{
        asked.kernel,
        {&rules, find_kernel_rules(asked.era), drain_strategy(asked.strategy), asked.pcp}};
    Script script{text};
    CHECK(Replay{asked.kernel, rules, &other}.run(script).checks.mismatched() == 0);
    return {other.recorded(), other.counts(), other.allocations(), other.failed()};
}

/// Eight pages off two refills of four.
std::string eight_pages() {
    std::string text = both_empty;
    for (int i = 0; i < 8; ++i) {
        if (i % 4 == 0) text += refill("0/7", 8000 + i, 4);
        text += alloc("0/7", 8000 + i);
    }
    return text;
}
/// And freed: the list holds them all.
std::string eight_freed() {
    std::string text = eight_pages();
    for (int i = 0; i < 8; ++i) text += free("0/7", 8000 + i, i);
    return text;
}
/// Four pages are spilled by the last of 16 frees.
std::string spilled() {
    std::string text = eight_freed();
    for (int i = 0; i < 8; ++i) text += free("0/7", 9000 + i, 8 + i);
    return text + bulk_free("0/7", 0, 4, 16);
}
std::string drain_of_eight() { return eight_freed() + drain_begins + visit(0, 8) + drain_ends; }

}  // namespace

TEST_SUITE("analysis/replay/counterfactual") {
    TEST_CASE("the recorded kernel itself does what it did") {
        for (const std::string& text : {eight_pages(), spilled(), drain_of_eight()}) {
            const Answered same = answer(text);
            CHECK(same.counts == same.recorded);
            CHECK(same.counts.refills == 2);
            CHECK(same.counts.zone_locks() > 0);
        }
        CHECK(answer(spilled()).counts.spilled == 4_pages);
        CHECK(answer(drain_of_eight()).counts.drained == 8_pages);
        CHECK(answer(drain_of_eight()).counts.visited == 1);
    }
    TEST_CASE("another batch refills in other sizes, another high spills elsewhere") {
        Asked asked;
        asked.pcp.batch = 2_pages;
        const Answered small = answer(eight_pages(), asked);
        CHECK(small.counts.refills == 4);
        CHECK(small.recorded.refills == 2);
        asked.pcp = {std::nullopt, 100_pages};
        CHECK(answer(spilled(), asked).counts.spills == 0);
        asked.pcp = {std::nullopt, 8_pages};
        CHECK(answer(spilled(), asked).counts.spills > 1);
    }
    TEST_CASE("what is set as it was changes nothing") {
        Asked asked;
        asked.pcp = {4_pages, std::nullopt};
        CHECK(answer(spilled(), asked).counts == answer(spilled()).counts);
    }
    TEST_CASE("another strategy visits others, or by other means") {
        Asked asked;
        asked.strategy = "workqueue";
        const AllocatorCounts work = answer(drain_of_eight(), asked).counts;
        CHECK(work.visited == 1);
        CHECK(work.work_items == 1);
        asked.strategy = "ipi-all";
        const AllocatorCounts all = answer(drain_of_eight(), asked).counts;
        CHECK(all.visited == 2);
        CHECK(all.interrupts == 1);
        CHECK(all.work_items == 0);
        CHECK(all.drained == 8_pages);
    }
    TEST_CASE("a list that the recorded drain left alone is emptied at its end, if it has pages") {
        // With high 8 CPU 0 keeps pages that the recorded one did not.
        const std::string text = both_empty + refill("0/7", 8000, 4) + alloc("0/7", 8000) +
                                 alloc("0/7", 8001) + alloc("0/7", 8002) + alloc("0/7", 8003) +
                                 drain_begins + drain_ends;
        Asked asked;
        asked.pcp.batch = 6_pages;
        const Answered kept = answer(text, asked);
        CHECK(kept.recorded.visited == 0);
        CHECK(kept.counts.visited == 1);
        CHECK(kept.counts.drained == 2_pages);
    }
    TEST_CASE("a free returns the block that its allocation got, so that no page is lost") {
        Asked asked;
        asked.kernel.zones.front().spanned = Pages{1024};
        asked.kernel.zones.front().start = Pfn{8192};
        std::string text = both_empty + refill("0/7", 8300, 4) + alloc("0/7", 8300);
        for (int i = 0; i < 3000; ++i) text += free("0/7", 8300, 3) + alloc("0/7", 8300);
        const Answered many = answer(text, asked);
        CHECK(many.allocations == 3001);
        CHECK(many.failed == 0);
        CHECK(many.counts == many.recorded);
    }
    TEST_CASE("a block that has a list in one era only goes to the buddy allocator in the other") {
        const std::string block =
            "0/7 mm_page_alloc_zone_locked: pfn=8192 order=2 migratetype=1 percpu_refill=0\n"
            "0/7 mm_page_alloc: pfn=8192 order=2 migratetype=1 gfp_flags=0\n"
            "0/7 mm_page_free: pfn=8192 order=2\n";
        Asked asked;
        asked.recorded = "5.10";
        asked.strategy = "workqueue";
        const Answered lists = answer(eight_freed() + block, asked);
        CHECK(lists.recorded.past_lists == 2);
        CHECK(lists.counts.past_lists == 0);
        CHECK(lists.counts.refills == 3);
        asked.era = "5.10";
        const Answered same = answer(eight_freed() + block, asked);
        CHECK(same.counts == same.recorded);
    }
    TEST_CASE("before a list is known nothing is asked of it") {
        const Answered none = answer(alloc("0/7", 8000) + free("0/7", 8000, 30));
        CHECK(none.allocations == 0);
        CHECK(none.counts == AllocatorCounts{});
    }
}
