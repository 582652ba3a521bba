#include "models/workload/reclaim_metrics.hpp"

#include <doctest/doctest.h>

#include <set>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

TEST_SUITE("models/workload/reclaim_metrics") {
    TEST_CASE("all are named after the workload, each once") {
        const TinyRun run{R"({"model": "workqueue"})"};
        std::set<std::string> names;
        for (const Measurement& metric : reclaim_metrics("hog", run.kernel)) {
            CHECK(metric.name.substr(0, 4) == "hog/");
            CHECK(names.insert(metric.name).second);
        }
    }
    TEST_CASE("a drain and its pages are counted") {
        TinyRun run{R"({"model": "workqueue"})"};
        run.list(CpuId{1}, ZoneId{0}, 30_pages);
        run.drain();
        const auto value = [&](const std::string& name) {
            for (const Measurement& metric : reclaim_metrics("hog", run.kernel))
                if (metric.name == "hog/" + name) return metric.value;
            return std::int64_t{-1};
        };
        CHECK(value("drains") == 1);
        CHECK(value("drains-empty") == 0);
        CHECK(value("work-items") == 1);
        CHECK(value("pages-drained") == 30);
        CHECK(value("allocstall") == 0);
        run.drain();
        CHECK(value("drains") == 2);
        CHECK(value("drains-empty") == 1);
    }
}
