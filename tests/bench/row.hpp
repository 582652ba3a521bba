#pragma once
// One row of the comparison: `ENGINE HOLD|PING|CONVOY N EVENTS` from the command line, a warm-up,
// the measured stretch, and one line of output.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "tests/bench/workload.hpp"

namespace bench {

class Row {
public:
    Row(const char* engine, int argc, char** argv)
        : engine_{engine},
          workload_{argc > 1 ? argv[1] : "hold"},
          n_{argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 256},
          events_{argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1'000'000},
          resident_{resident_kib()} {
        tally_.left = std::max<std::uint64_t>(2 * n_, 20'000);
    }
    [[nodiscard]] const std::string& workload() const { return workload_; }
    [[nodiscard]] std::uint64_t n() const { return n_; }
    /// An event fired. Ends the program when it was the last one: tearing down is not measured.
    void fired(std::uint64_t time) {
        if (tally_.fired(time)) [[unlikely]]
            stretch_over();
    }

private:
    [[gnu::noinline]] void stretch_over() {
        if (!measuring_) {
            measuring_ = true;
            warm_checksum_ = tally_.checksum;
            tally_.left = events_;
            began_ = cpu_seconds();
            return;
        }
        const double nanoseconds = (cpu_seconds() - began_) * 1e9 / static_cast<double>(events_);
        const auto bytes = static_cast<unsigned long long>(resident_kib() - resident_) * 1024 / n_;
        std::printf("%s %s %llu %.1f %llu %016llx\n", engine_.c_str(), workload_.c_str(),
                    static_cast<unsigned long long>(n_), nanoseconds, bytes,
                    static_cast<unsigned long long>(warm_checksum_));
        std::fflush(stdout);
        _exit(0);
    }
    static double cpu_seconds() {
        timespec now{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
    }
    static long resident_kib() {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    }

    std::string engine_;
    std::string workload_;
    std::uint64_t n_;
    std::uint64_t events_;
    long resident_;
    Tally tally_;
    bool measuring_ = false;
    std::uint64_t warm_checksum_ = 0;
    double began_ = 0;
};

}  // namespace bench
