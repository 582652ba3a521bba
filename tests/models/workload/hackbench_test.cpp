// Goal: every message is read and every page comes back. Method: small groups on the tiny machine,
// in plenty of memory and in too little.
#include <doctest/doctest.h>

#include "tests/support/reading.hpp"
#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

struct HackbenchRun : WorkloadRun {
    explicit HackbenchRun(const std::string& params)
        : WorkloadRun{"hackbench", params, "ipi-mask"} {
        workload->start({machine.topology.online()});
    }
    /// By anything but page cache.
    [[nodiscard]] Pages in_use() const {
        Pages sum = Pages{} - page_cache();
        for (const Zone& zone : kernel.memory.zones()) sum += zone.in_use();
        return sum;
    }
    [[nodiscard]] Pages page_cache() const {
        Pages sum;
        for (const MemoryNode& node : machine.topology.nodes())
            sum += kernel.reclaim.page_cache(node.node);
        return sum;
    }
};

}  // namespace

TEST_SUITE("models/workload/hackbench") {
    TEST_CASE("it ends, and everything is free again") {
        HackbenchRun run{R"("groups": 2, "loops": 5, "page_cache_permille": 0)"};
        run.kernel.engine.run();
        CHECK(run.in_use() == 0_pages);
        // 2 groups x 20 x 20 x 5 messages are written and read at 2 us each, on eight CPUs.
        const Duration work = 2 * 2 * 20 * 20 * 5 * 2_us;
        CHECK(Duration{run.measured("elapsed")} >= work / 8);
        CHECK(run.measured("allocstall") == 0);
    }
    TEST_CASE("more messages than the sockets hold make the senders wait, not the memory grow") {
        HackbenchRun run{R"("groups": 1, "loops": 100, "page_cache_permille": 0)"};
        run.kernel.engine.run();
        CHECK(run.in_use() == 0_pages);
    }
    TEST_CASE("tasks larger than what is free take page cache") {
        HackbenchRun run{R"("groups": 4, "loops": 2, "task_pages": 100,
                            "page_cache_permille": 900)"};
        run.kernel.engine.run();
        CHECK(run.measured("pgsteal-kswapd") + run.measured("pgsteal-direct") > 0);
        run.check_every_page({run.workload.get()});
    }
    TEST_CASE("text that reclaim took is read again, unless there is none") {
        const std::string tight = R"("groups": 5, "loops": 2, "task_pages": 100,
                                     "page_cache_permille": 900, )";
        HackbenchRun reads{tight + R"("text": "64MiB")"};
        reads.kernel.engine.run();
        CHECK(reads.measured("refaults") > 0);
        reads.check_every_page({reads.workload.get()});
        HackbenchRun none{tight + R"("text": "0B")"};
        none.kernel.engine.run();
        CHECK(none.measured("refaults") == 0);
    }
    TEST_CASE(
        "too many tasks for the memory: some are killed, their groups end, the others finish") {
        HackbenchRun run{R"("groups": 8, "loops": 5, "task_pages": 110,
                            "page_cache_permille": 500, "text": "1MiB")"};
        run.kernel.engine.run();
        CHECK(run.measured("oom-kills") > 0);
        CHECK(run.in_use() == 0_pages);
        run.check_every_page({run.workload.get()});
    }
    TEST_CASE("asked to stop it ends early, whoever waits for whom") {
        for (const Duration when : {1_ms, 5_ms, 9_ms, 20_ms}) {
            HackbenchRun run{R"("groups": 2, "loops": 1000, "page_cache_permille": 0)"};
            run.kernel.engine.run(Time{when});
            run.workload->stop();
            run.kernel.engine.run();
            CHECK(run.in_use() == 0_pages);
            CHECK(run.kernel.engine.now() < Time{when + 100_ms});
        }
    }
}
