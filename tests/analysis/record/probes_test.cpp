#include "analysis/record/probes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "analysis/replay/trace_fields.hpp"
#include "models/mm/kernel_rules.hpp"

using namespace pcpsim;

namespace {

/// What the probe prints, with numbers in the place of what it fetches: "zone=0x1 n=1".
std::string printed(const Probe& probe) {
    std::string text;
    for (std::size_t at = 0; at < probe.fields.size();) {
        const std::size_t equals = probe.fields.find('=', at);
        const std::size_t end = std::min(probe.fields.find(' ', at), probe.fields.size());
        const std::string key = probe.fields.substr(at, equals - at);
        const bool pointer = key == "page" || key == "zone" || key == "pcp";
        text += ' ' + key + (pointer ? "=0xffffea0000001000" : "=1");
        at = end + 1;
    }
    return text;
}

}  // namespace

TEST_SUITE("analysis/record/probes") {
    TEST_CASE("every era has probes, and replay reads what each of them prints") {
        for (const std::string_view era : kernel_names())
            for (const Probe& probe : probes_of(era)) {
                CAPTURE(era);
                CAPTURE(probe.event);
                trace::Event event;
                CHECK(reader_of(probe.event)(Fields{printed(probe)}, event) ==
                      FieldsRead::complete);
                CHECK_FALSE(probe.functions.empty());
            }
        CHECK_THROWS_AS(probes_of("2.6"), std::out_of_range);
    }
    TEST_CASE("the count is behind the spinlock, which pcps have since 6.0") {
        const auto bulk_free = [](std::string_view era) {
            const std::vector<Probe> probes = probes_of(era);
            return std::ranges::find(probes, "pcp_bulkfree", &Probe::event)->fields;
        };
        CHECK(bulk_free("5.17").find(" count=+0(") != std::string::npos);
        CHECK(bulk_free("6.0").find(" count=+@0(") != std::string::npos);
        CHECK(bulk_free("6.12").find(" batch=+@16(") != std::string::npos);
    }
    TEST_CASE("work items are recorded where drains are made of them") {
        const auto has = [](std::string_view era) {
            return std::ranges::count(tracepoints_of(era), "workqueue/workqueue_queue_work") == 1;
        };
        for (const std::string_view era : kernel_names())
            CHECK(has(era) == (find_kernel_rules(era)->drain_strategy == "workqueue"));
    }
}
