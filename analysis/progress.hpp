#pragma once
// A line on a terminal's stderr that says how far the runs are. It reads the wall clock, which no
// result does.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace pcpsim {

/// "12/60 runs, 3.4 million events/s, 25 s left"
std::string progress_text(std::size_t done, std::size_t total, std::uint64_t events,
                          double seconds);

class Progress {
public:
    Progress(std::size_t total, bool visible);
    /// Wipes the line.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// From any thread. The line is rewritten at most ten times a second.
    void run_done(std::uint64_t events);

private:
    using Clock = std::chrono::steady_clock;
    void show(Clock::time_point now);

    const std::size_t total_;
    const bool visible_;
    const Clock::time_point start_ = Clock::now();
    std::mutex mutex_;  ///< Guards what follows and the line.
    Clock::time_point shown_ = start_;
    std::size_t done_ = 0;
    std::uint64_t events_ = 0;
};

}  // namespace pcpsim
