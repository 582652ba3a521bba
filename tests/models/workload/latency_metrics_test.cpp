#include "models/workload/latency_metrics.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

namespace {

std::vector<std::int64_t> values(const std::vector<Duration>& samples) {
    std::vector<std::int64_t> values;
    for (const Measurement& metric : latency_metrics("x/wait", "wait", samples))
        values.push_back(metric.value);
    return values;
}

}  // namespace

TEST_SUITE("models/workload/latency_metrics") {
    TEST_CASE("mean, median, 99th percentile and longest, whatever the order") {
        std::vector<Duration> samples;
        for (int i = 200; i >= 1; --i) samples.push_back(Duration{i * 10});
        // The 100th and the 198th of 200 in ascending order.
        CHECK(values(samples) == std::vector<std::int64_t>{1005, 1000, 1980, 2000});
    }
    TEST_CASE("one sample is all of them, none is zero") {
        CHECK(values({Duration{7}}) == std::vector<std::int64_t>{7, 7, 7, 7});
        CHECK(values({}) == std::vector<std::int64_t>{0, 0, 0, 0});
    }
    TEST_CASE("names and sentences say which one it is") {
        const std::vector<Measurement> metrics = latency_metrics("x/wait", "wait", {});
        CHECK(metrics[0].name == "x/wait-mean");
        CHECK(metrics[0].sentence == "mean wait");
        CHECK(metrics[3].name == "x/wait-max");
        CHECK(metrics[3].sentence == "longest wait");
    }
}
