// Goal: the sum over tasks is the sum over tasks. Method: added up one by one.
#include "models/kernel/active_tasks.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/random.hpp"
#include "tests/support/tiny_machine.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

TEST_SUITE("models/kernel/active_tasks") {
    TEST_CASE("fetches are those from each task, several of a CPU among them") {
        RegularShape shape = tiny_shape;
        shape.threads_per_core = 2;
        const Machine machine = tiny_machine(shape);
        ActiveTasks tasks{machine};
        std::vector<CpuId> running;
        test::Random random{1};
        for (int step = 0; step < 200; ++step) {
            const std::uint64_t version = tasks.version();
            if (!running.empty() && random.below(3) == 0) {
                tasks.remove(running.back());
                running.pop_back();
            } else {
                running.emplace_back(static_cast<std::size_t>(
                    random.below(static_cast<std::int64_t>(machine.topology.cpus()))));
                tasks.add(running.back());
            }
            CHECK(tasks.version() != version);
            CHECK(tasks.size() == std::ssize(running));
            for (const CpuId cpu : machine.topology.possible()) {
                Duration expected;
                for (const CpuId other : running)
                    expected += machine.interconnect.transfer(other, cpu);
                CHECK(tasks.fetches_to(cpu) == expected);
            }
        }
    }
}
