// Goal: hogs get what they ask for as long as page cache can make room, and die when it cannot.
// Method: a few of them on the tiny machine, with every page counted at the end.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

struct HogRun : WorkloadRun {
    explicit HogRun(const std::string& params, const std::string& drain = "remote-spinlock")
        : WorkloadRun{"memory-hog", params, drain, tiny_machine(), few_pages()} {
        workload->start({machine.topology.online(), true});
    }
    static MemorySpec few_pages() {
        MemorySpec spec = tiny_memory();
        spec.pcp_batch = 8_pages;
        spec.pcp_high = 200_pages;
        return spec;
    }
    HogRun& finish() {
        kernel.engine.run();
        return *this;
    }
};

}  // namespace

TEST_SUITE("models/workload/memory_hog") {
    TEST_CASE("memory that is free is had without reclaim, and is free again at the end") {
        HogRun run{R"("memory_permille": 500, "page_cache_permille": 300, "rounds": 3)"};
        run.finish();
        CHECK(run.measured("allocstall") == 0);
        CHECK(run.measured("pgsteal-kswapd") == 0);
        CHECK(run.measured("drains") == 0);
        run.check_every_page({run.workload.get()});
    }
    TEST_CASE("page cache makes room") {
        HogRun run{R"("memory_permille": 900, "page_cache_permille": 800)"};
        run.finish();
        CHECK(run.measured("pgsteal-kswapd") + run.measured("pgsteal-direct") > 0);
        CHECK(run.measured("oom-kills") == 0);
        run.check_every_page({run.workload.get()});
    }
    TEST_CASE("more than all memory takes a kill, whatever drains") {
        for (const char* const strategy : {"ipi-mask", "workqueue", "rcu-swap"}) {
            HogRun run{R"("processes": 3, "memory_permille": 1200, "page_cache_permille": 100)",
                       strategy};
            run.finish();
            CHECK(run.measured("oom-kills") >= 1);
            CHECK(run.measured("oom-kills") <= 2);
            run.check_every_page({run.workload.get()});
        }
    }
    TEST_CASE("the same run gives the same numbers") {
        const auto numbers = [] {
            HogRun run{R"("processes": 8, "memory_permille": 950, "page_cache_permille": 900)"};
            run.finish();
            std::vector<std::int64_t> values;
            for (const Measurement& metric : run.workload->measure())
                values.push_back(metric.value);
            return values;
        };
        CHECK(numbers() == numbers());
    }
}
