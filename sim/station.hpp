#pragma once
// A shared capacity (memory bandwidth of a domain) as a FIFO server. A contact books its service;
// the caller then stalls until the returned time. No event of its own.
#include <algorithm>
#include <deque>

#include "sim/units.hpp"

namespace pcpsim {

class Station {
public:
    /// How many bookings are not yet served at `now`, the one in service included.
    [[nodiscard]] std::int64_t waiting(Time now) {
        while (!done_.empty() && done_.front() <= now) done_.pop_front();
        return static_cast<std::int64_t>(done_.size());
    }
    /// Appends a service and returns when it will be complete. `now` never decreases.
    Time book(Time now, Duration service) {
        free_at_ = std::max(free_at_, now) + service;
        busy_ += service;
        done_.push_back(free_at_);
        return free_at_;
    }
    [[nodiscard]] Duration busy() const { return busy_; }

private:
    Time free_at_;
    Duration busy_;
    std::deque<Time> done_;
};

}  // namespace pcpsim
