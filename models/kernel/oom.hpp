#pragma once
// The OOM killer: when reclaim finds nothing any more, the process with most pages has to go.
#include <string>
#include <vector>

#include "models/kernel/thread.hpp"
#include "models/mm/page.hpp"
#include "sim/check.hpp"

namespace pcpsim {

/// No zone has a page left, nothing can be reclaimed and nobody killed: the simulated kernel dies.
class OutOfMemory : public Stall {
public:
    using Stall::Stall;
};

/// A process that the OOM killer may choose. Once it is killed it is to exit and to free its
/// pages.
class OomCandidate {
public:
    virtual ~OomCandidate() = default;
    [[nodiscard]] virtual Thread& thread() = 0;
    /// Its resident set.
    [[nodiscard]] virtual Pages pages() const = 0;
    /// SIGKILL; who waits for something is to wake up, too.
    virtual void kill() { thread().request_stop(); }
};

class OomKiller {
public:
    /// The candidate outlives the run.
    void add(OomCandidate& candidate) { candidates_.push_back(&candidate); }
    /// out_of_memory(): kills the process with most pages, the one added first among equals, unless
    /// one that was killed still has pages. False if there is nobody to kill.
    bool out_of_memory();
    [[nodiscard]] std::uint64_t kills() const { return kills_; }

private:
    std::vector<OomCandidate*> candidates_;
    std::uint64_t kills_ = 0;
};

}  // namespace pcpsim
