// Goal: the outcome of many jobs does not depend on the number of threads.
// Method: jobs that record what they did, under one and several threads.
#include "analysis/runner.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

using namespace pcpsim;

TEST_SUITE("analysis/runner") {
    TEST_CASE("every job is done once, whatever the threads") {
        for (const unsigned threads : {1u, 2u, 7u, 100u}) {
            CAPTURE(threads);
            std::vector<int> calls(40);
            CHECK(run_jobs(calls.size(), threads, [&](std::size_t job) { ++calls[job]; }) == 40);
            CHECK(calls == std::vector<int>(40, 1));
        }
    }
    TEST_CASE("no job is no work") {
        CHECK(run_jobs(0, 4, [](std::size_t) { FAIL("there is no job"); }) == 0);
    }
    TEST_CASE("the first exception in job order is thrown, whatever the threads") {
        for (const unsigned threads : {1u, 2u, 4u})
            for (int repetition = 0; repetition < 20; ++repetition)
                CHECK_THROWS_WITH_AS(run_jobs(30, threads,
                                              [](std::size_t job) {
                                                  if (job >= 7)
                                                      throw std::runtime_error{std::to_string(job)};
                                              }),
                                     "7", std::runtime_error);
    }
    TEST_CASE("a stop lets the jobs that have begun end, and they are the first ones") {
        for (const unsigned threads : {1u, 3u}) {
            CAPTURE(threads);
            std::atomic<bool> stop{false};
            std::vector<int> calls(50);
            const std::size_t done = run_jobs(
                calls.size(), threads,
                [&](std::size_t job) {
                    ++calls[job];
                    if (job == 5) stop = true;
                },
                &stop);
            CHECK(done >= 6);
            CHECK(done < 50);
            for (std::size_t job = 0; job < calls.size(); ++job)
                CHECK(calls[job] == (job < done ? 1 : 0));
        }
    }
}
