// Goal: costs by name are the numbers of the cost table.
// Method: what is set is read back, in every type of cost.
#include "analysis/calibration/cost.hpp"

#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

TEST_SUITE("analysis/calibration/cost") {
    TEST_CASE("times are picoseconds, shares are what their name says") {
        const CostTable costs = tiny_costs();
        CHECK(cost_of(costs, "page_fault") == 500'000);
        CHECK(cost_of(costs, "memory_service_per_waiter_ppm") == 2000);
        CHECK(cost_text("page_fault", 94'830) == "94.83ns");
        CHECK(cost_json("page_fault", 94'830) == "\"94.83ns\"");
        CHECK(cost_json("memory_service_per_waiter_ppm", 2000) == "2000");
    }
    TEST_CASE("a cost is set within its range, and no other changes") {
        for (const std::string& name : cost_names()) {
            CAPTURE(name);
            CostTable costs = tiny_costs();
            const std::int64_t before = cost_of(costs, name);
            set_cost(costs, name, before + 1);
            CHECK(cost_of(costs, name) == before + 1);
            for (const std::string& other : cost_names())
                if (other != name) CHECK(cost_of(costs, other) == cost_of(tiny_costs(), other));
        }
        CostTable costs = tiny_costs();
        set_cost(costs, "page_fault", -5);
        CHECK(costs.page_fault == 1_ps);
        set_cost(costs, "smt_slowdown_permille", 999'999);
        CHECK(costs.smt_slowdown_permille == 10'000);
    }
    TEST_CASE("rounds to significant digits, whole numbers only") {
        CHECK(rounded(94'830, 3) == 94'800);
        CHECK(rounded(95'950, 2) == 96'000);
        CHECK(rounded(7.4, 3) == 7);
        CHECK(rounded(999.6, 3) == 1000);
        CHECK(rounded(0, 3) == 0);
    }
}
