// Goal: what protects a pcplist is paid by each page. Method: sums of the tiny machine's costs.
#include "models/kernel/hot_path.hpp"

#include <doctest/doctest.h>

#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

namespace {

Duration work(const std::vector<Phase>& phases) {
    Duration sum;
    for (const Phase& phase : phases) sum += phase.work;
    return sum;
}

}  // namespace

TEST_SUITE("models/kernel/hot_path") {
    TEST_CASE("local_lock costs turning interrupts off and on") {
        const CostTable costs = tiny_costs();
        const HotPath path = local_lock_path(costs);
        CHECK(work(path.alloc) == costs.irq_save_restore + costs.list_pop);
        CHECK(work(path.free) == costs.irq_save_restore + costs.list_push);
        CHECK_FALSE(path.takes_pcp_lock);
    }
    TEST_CASE("pcp->lock costs pinning, an atomic operation and a store more") {
        const CostTable costs = tiny_costs();
        const HotPath path = pcp_lock_path(costs);
        const Duration more = costs.preempt_toggle + costs.atomic + costs.unlock_store;
        CHECK(work(path.alloc) == work(local_lock_path(costs).alloc) + more);
        CHECK(work(path.free) == work(local_lock_path(costs).free) + more);
        CHECK(path.takes_pcp_lock);
    }
    TEST_CASE("lists are used with interrupts off, and nothing is preempted there") {
        for (const HotPath& path : {local_lock_path(tiny_costs()), pcp_lock_path(tiny_costs())})
            for (const std::vector<Phase>& phases : {path.alloc, path.free})
                for (const Phase& phase : phases) {
                    CHECK(phase.interrupts_off);
                    CHECK_FALSE(phase.preemptible);
                    CHECK(phase.activity == Activity::kernel);
                }
    }
}
